import re
from collections.abc import Iterable

from sandbox.errors import InvalidParameterValueError, Json, PermissionDeniedError
from sandbox.routing import Call, Routes
from sandbox.unity_catalog import rendering
from sandbox.unity_catalog.kind import SecurableKind
from sandbox.unity_catalog.kinds import KINDS, METASTORE, MODEL, SCHEMA, SERVICE_CREDENTIAL, STORAGE_CREDENTIAL, TABLE
from sandbox.unity_catalog.pages import flag, page
from sandbox.unity_catalog.rows import Securable

routes = Routes()
BASE = "/api/2.1/unity-catalog"


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
    return rendering.summary_of_metastore(unity.access.find(METASTORE, metastore_id))


@routes.get(f"{BASE}/models")
def list_models(call: Call) -> Json:
    """In a schema, or wherever the caller sees some."""
    if "schema_name" in call.query:
        return _listed(call, MODEL)
    rows = call.workspace.unity_catalog.everywhere(call.caller, MODEL, include_browse=flag(call, "include_browse"))
    wanted = call.query.get("catalog_name", "").lower()
    return page(call, MODEL.list_key, _shown(call, [row for row in rows if not wanted or row.full_name.startswith(f"{wanted}.")]))


@routes.get(f"{BASE}/credentials")
def list_credentials(call: Call) -> Json:
    """Credentials of both purposes, or of one."""
    unity, purpose = call.workspace.unity_catalog, call.query.get("purpose")
    rows = [row for of, kind in _PURPOSES.items() if purpose in (None, of) for row in unity.listing(call.caller, kind, "")]
    return page(call, SERVICE_CREDENTIAL.list_key, [_credential(call, row) for row in rows])


@routes.get(f"{BASE}/credentials/{{name}}")
def get_credential(call: Call, name: str) -> Json:
    unity = call.workspace.unity_catalog
    return _credential(call, unity.get(call.caller, _kind_of_credential(call, name), name))


@routes.post(f"{BASE}/credentials")
def create_credential(call: Call) -> Json:
    purpose = call.required("purpose")
    if purpose not in _PURPOSES:
        raise InvalidParameterValueError(f"purpose must be {' or '.join(_PURPOSES)}, not {purpose}.")
    return _credential(call, call.workspace.unity_catalog.making.create(call.caller, _PURPOSES[purpose], call.body))


@routes.patch(f"{BASE}/credentials/{{name}}")
def update_credential(call: Call, name: str) -> Json:
    return _credential(call, call.workspace.unity_catalog.update(call.caller, _kind_of_credential(call, name), name, call.body))


@routes.delete(f"{BASE}/credentials/{{name}}")
def delete_credential(call: Call, name: str) -> Json:
    return _deleted(call, _kind_of_credential(call, name), name)


@routes.get(f"{BASE}/table-summaries")
def list_table_summaries(call: Call) -> Json:
    """All tables of a catalog that the caller sees, where SQL patterns fit their names."""
    unity, catalog = call.workspace.unity_catalog, call.required("catalog_name")
    schemas = [row for row in unity.listing(call.caller, SCHEMA, catalog) if _fits(row, call.query.get("schema_name_pattern"))]
    tables = [row for schema in schemas for row in unity.listing(call.caller, TABLE, schema.full_name)]
    fitting = [row for row in tables if _fits(row, call.query.get("table_name_pattern"))]
    return page(call, "tables", [{"full_name": row.full_name, "table_type": row.subtype} for row in fitting])


@routes.get(f"{BASE}/tables/{{full_name}}/exists")
def table_exists(call: Call, full_name: str) -> Json:
    """Whether it is there, to whoever may look into the schema."""
    unity = call.workspace.unity_catalog
    unity.require_name(TABLE, full_name, operation="TableExists")
    unity.get(call.caller, SCHEMA, full_name.rpartition(".")[0])
    return {"table_exists": unity.access.securables.get(f"table/{full_name.lower()}") is not None}


_PURPOSES = {"SERVICE": SERVICE_CREDENTIAL, "STORAGE": STORAGE_CREDENTIAL}


def _credential(call: Call, row: Securable) -> Json:
    purpose = next(purpose for purpose, kind in _PURPOSES.items() if kind is row.kind)
    return {**rendering.securable(call.workspace.unity_catalog, call.caller, row), "purpose": purpose}


def _kind_of_credential(call: Call, name: str) -> SecurableKind:
    is_storage = call.workspace.unity_catalog.access.securables.get(f"{STORAGE_CREDENTIAL.type}/{name.lower()}")
    return STORAGE_CREDENTIAL if is_storage else SERVICE_CREDENTIAL


def _collection(kind: SecurableKind) -> None:
    """Listing, getting, making, changing and deleting, the same for each kind."""
    collection = f"{BASE}/{kind.collection}"

    @routes.get(collection)
    def list_all(call: Call) -> Json:
        return _listed(call, kind)

    @routes.get(f"{collection}/{{name}}")
    def get_one(call: Call, name: str) -> Json:
        unity = call.workspace.unity_catalog
        row = unity.get(call.caller, kind, name, include_browse=flag(call, "include_browse"))
        return rendering.securable(unity, call.caller, row)

    @routes.post(collection)
    def create(call: Call) -> Json:
        # A function comes in a box of its own.
        body, unity = call.body.get("function_info", call.body), call.workspace.unity_catalog
        if not isinstance(body, dict):
            raise InvalidParameterValueError("function_info must be an object.")
        return rendering.securable(unity, call.caller, unity.making.create(call.caller, kind, body))

    @routes.patch(f"{collection}/{{name}}")
    def update(call: Call, name: str) -> Json:
        unity = call.workspace.unity_catalog
        return rendering.securable(unity, call.caller, unity.update(call.caller, kind, name, call.body))

    @routes.delete(f"{collection}/{{name}}")
    def delete(call: Call, name: str) -> Json:
        return _deleted(call, kind, name)


def _listed(call: Call, kind: SecurableKind) -> Json:
    place = ".".join(call.required(part) for part in ("catalog_name", "schema_name")[: kind.parts - 1])
    rows = call.workspace.unity_catalog.listing(call.caller, kind, place, include_browse=flag(call, "include_browse"))
    return page(call, kind.list_key, _shown(call, rows))


def _shown(call: Call, rows: Iterable[Securable]) -> list[Json]:
    return [rendering.securable(call.workspace.unity_catalog, call.caller, row) for row in rows]


def _deleted(call: Call, kind: SecurableKind, name: str) -> Json:
    unity = call.workspace.unity_catalog
    for gone in unity.making.delete(unity.changeable(call.caller, kind, name), force=flag(call, "force")):
        if gone.kind is TABLE:
            call.workspace.statements.forget(gone.full_name)
    return {}


def _fits(row: Securable, pattern: str | None) -> bool:
    if not pattern:
        return True
    wanted = "".join({"%": ".*", "_": "."}.get(letter, re.escape(letter)) for letter in pattern.lower())
    return re.fullmatch(wanted, row.name) is not None


for _kind in KINDS:
    if _kind is not METASTORE:
        _collection(_kind)
