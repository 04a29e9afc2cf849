import re
from collections.abc import Sequence
from typing import TypeVar

from sandbox.errors import InvalidParameterValueError, Json, PermissionDeniedError
from sandbox.paging import page_of
from sandbox.routing import Call, Routes
from sandbox.unity_catalog import rendering
from sandbox.unity_catalog.kinds import CATALOG, SCHEMA, TABLE, SecurableKind
from sandbox.unity_catalog.rows import Securable

routes = Routes()
BASE = "/api/2.1/unity-catalog"
Item = TypeVar("Item")

SERVERS_PAGE = 50
SMALLEST_PAGE_OF_GRANTS = 150


@routes.get(f"{BASE}/metastore_summary")
def get_metastore_summary(call: Call) -> Json:
    return rendering.summary_of_metastore(call.workspace.unity_catalog.metastore)


@routes.get(f"{BASE}/current-metastore-assignment")
def get_current_metastore_assignment(call: Call) -> Json:
    metastore_id = call.workspace.unity_catalog.metastore.full_name
    return {"metastore_id": metastore_id, "workspace_id": int(call.workspace.site.workspace_id), "default_catalog_name": "main"}


@routes.get(f"{BASE}/metastores")
def list_metastores(call: Call) -> Json:
    unity = call.workspace.unity_catalog
    return {"metastores": [rendering.summary_of_metastore(unity.metastore)]} if unity.access.is_metastore_admin(call.caller) else {}


@routes.get(f"{BASE}/metastores/{{metastore_id}}")
def get_metastore(call: Call, metastore_id: str) -> Json:
    unity = call.workspace.unity_catalog
    if not unity.access.is_metastore_admin(call.caller):
        raise PermissionDeniedError(f"User is not an owner of {unity.metastore.title_in_texts}.")
    return rendering.summary_of_metastore(unity.find(unity.metastore.kind, metastore_id))


@routes.get(f"{BASE}/catalogs")
def list_catalogs(call: Call) -> Json:
    return _listed(call, CATALOG, "", "catalogs")


@routes.get(f"{BASE}/schemas")
def list_schemas(call: Call) -> Json:
    return _listed(call, SCHEMA, call.required("catalog_name"), "schemas")


@routes.get(f"{BASE}/tables")
def list_tables(call: Call) -> Json:
    return _listed(call, TABLE, f"{call.required('catalog_name')}.{call.required('schema_name')}", "tables")


@routes.get(f"{BASE}/table-summaries")
def list_table_summaries(call: Call) -> Json:
    """All tables of a catalog that the caller sees, where SQL patterns fit their names."""
    unity, catalog = call.workspace.unity_catalog, call.required("catalog_name")
    schemas = [row for row in unity.listing(call.caller, SCHEMA, catalog) if _fits(row, call.query.get("schema_name_pattern"))]
    tables = [row for schema in schemas for row in unity.listing(call.caller, TABLE, schema.full_name)]
    fitting = [row for row in tables if _fits(row, call.query.get("table_name_pattern"))]
    return _page(call, "tables", [{"full_name": row.full_name, "table_type": row.subtype} for row in fitting])


@routes.get(f"{BASE}/catalogs/{{name}}")
def get_catalog(call: Call, name: str) -> Json:
    return _one(call, CATALOG, name)


@routes.get(f"{BASE}/schemas/{{full_name}}")
def get_schema(call: Call, full_name: str) -> Json:
    return _one(call, SCHEMA, full_name)


@routes.get(f"{BASE}/tables/{{full_name}}")
def get_table(call: Call, full_name: str) -> Json:
    return _one(call, TABLE, full_name)


@routes.get(f"{BASE}/tables/{{full_name}}/exists")
def table_exists(call: Call, full_name: str) -> Json:
    """Whether it is there, to whoever may look into the schema."""
    unity = call.workspace.unity_catalog
    unity.require_name(TABLE, full_name, operation="TableExists")
    unity.get(call.caller, SCHEMA, full_name.rpartition(".")[0])
    return {"table_exists": unity.access.securables.get(f"table/{full_name.lower()}") is not None}


@routes.get(f"{BASE}/permissions/{{securable_type}}/{{full_name}}")
def get_permissions(call: Call, securable_type: str, full_name: str) -> Json:
    found = call.workspace.unity_catalog.grants(
        call.caller,
        securable_type,
        full_name,
        principal=call.query.get("principal"),
        include_deleted=_flag(call, "include_deleted_principals"),
    )
    return _page_of_grants(call, rendering.assignments(found))


@routes.patch(f"{BASE}/permissions/{{securable_type}}/{{full_name}}")
def update_permissions(call: Call, securable_type: str, full_name: str) -> Json:
    """Adds and removes, all changes or none."""
    items = rendering.assignments(call.workspace.unity_catalog.change(call.caller, securable_type, full_name, call.body))
    return {"privilege_assignments": items} if items else {}


@routes.get(f"{BASE}/effective-permissions/{{securable_type}}/{{full_name}}")
def get_effective_permissions(call: Call, securable_type: str, full_name: str) -> Json:
    found = call.workspace.unity_catalog.effective(call.caller, securable_type, full_name, principal=call.query.get("principal"))
    return _page_of_grants(call, [{"principal": principal, "privileges": items} for principal, items in sorted(found.items())])


def _one(call: Call, kind: SecurableKind, name: str) -> Json:
    unity = call.workspace.unity_catalog
    return rendering.securable(unity, call.caller, unity.get(call.caller, kind, name, include_browse=_flag(call, "include_browse")))


def _listed(call: Call, kind: SecurableKind, place: str, key: str) -> Json:
    unity = call.workspace.unity_catalog
    rows = unity.listing(call.caller, kind, place, include_browse=_flag(call, "include_browse"))
    return _page(call, key, [rendering.securable(unity, call.caller, row) for row in rows])


def _page(call: Call, key: str, items: Sequence[Json]) -> Json:
    """Unset means all, 0 the server's own size (api-facts: 6.1)."""
    asked = call.number("max_results", default=len(items))
    if asked < 0:
        raise InvalidParameterValueError(f"max_results must not be negative, but is {asked}.")
    return _cut(call, key, items, asked or (SERVERS_PAGE if "max_results" in call.query else 1))


def _page_of_grants(call: Call, items: Sequence[Json]) -> Json:
    """Here a page has at least 150 items (api-facts: 6.2)."""
    asked = call.number("max_results", default=0)
    if asked < 0 or 0 < asked < SMALLEST_PAGE_OF_GRANTS:
        raise InvalidParameterValueError(f"max_results must be 0 or at least {SMALLEST_PAGE_OF_GRANTS}, but is {asked}.")
    return _cut(call, "privilege_assignments", items, asked or max(len(items), 1))


def _cut(call: Call, key: str, items: Sequence[Json], size: int) -> Json:
    page, token = page_of(items, size=size, token=call.query.get("page_token"))
    return {**({key: list(page)} if page else {}), **({"next_page_token": token} if token else {})}


def _flag(call: Call, name: str) -> bool:
    return call.query.get(name, "").lower() == "true"


def _fits(row: Securable, pattern: str | None) -> bool:
    if not pattern:
        return True
    wanted = "".join({"%": ".*", "_": "."}.get(letter, re.escape(letter)) for letter in pattern.lower())
    return re.fullmatch(wanted, row.name) is not None
