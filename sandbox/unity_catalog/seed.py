"""The company's Unity Catalog at the beginning: the `catalogs:` and `securables:` of seed.yaml, made into rows."""

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from sandbox.errors import Json
from sandbox.unity_catalog.access import Access
from sandbox.unity_catalog.kind import SecurableKind
from sandbox.unity_catalog.kinds import CATALOG, FUNCTION, KINDS, METASTORE, MODEL, SCHEMA, SHARE, TABLE, VOLUME
from sandbox.unity_catalog.rows import Column, Grant, Grants, Securable
from sandbox.unity_catalog.rules import ACCOUNT_USERS, SYSTEM_USER

PLAIN_COLUMNS = {"id": "bigint", "name": "string", "amount": "double", "created_on": "date"}
METASTORE_NAME = "primary"
METASTORE_ID = str(uuid5(NAMESPACE_URL, "metastore/primary"))


class CatalogSeed:
    """Writes the rows; `named` makes the directory's name out of the seed's."""

    def __init__(self, access: Access, named: Callable[[str], str], *, admin: str, founded: datetime) -> None:
        self._access = access
        self._named = named
        self._admin = admin
        self._founded = founded

    def write(self, catalogs: Json, securables: Json) -> None:
        self._put(METASTORE, METASTORE_ID, {"grants": securables["metastore_grants"]}, owner=self._admin, title=METASTORE_NAME)
        for name, catalog in catalogs.items():
            self._put(CATALOG, name, catalog, owner=self._admin, subtype=catalog.get("type", "MANAGED_CATALOG"))
            for schema_name, schema in catalog["schemas"].items():
                self._schema(f"{name}.{schema_name}", schema)
        for kind in KINDS:
            for name, item in securables.get(kind.list_key, {}).items():
                self._put(kind, name, item, owner=self._admin, subtype=item.get("type", ""))

    def _schema(self, place: str, schema: Json) -> None:
        self._put(SCHEMA, place, schema, owner=self._admin)
        for name, table in schema["tables"].items():
            self._table(f"{place}.{name}", table or {}, owner=schema["owner"])
        for kind in (VOLUME, FUNCTION, MODEL):
            for name, item in schema.get(kind.list_key, {}).items():
                self._put(kind, f"{place}.{name}", item, owner=schema["owner"], subtype=item.get("type", ""))

    def _table(self, full_name: str, table: Json, *, owner: str) -> None:
        columns = tuple(Column(name, kind) for name, kind in table.get("columns", PLAIN_COLUMNS).items())
        view = table.get("view", "")
        subtype = table.get("type", "VIEW" if view else "MANAGED")
        self._put(TABLE, full_name, table, owner=owner, subtype=subtype, columns=columns, view=view)

    def _put(
        self,
        kind: SecurableKind,
        full_name: str,
        item: Json,
        *,
        owner: str,
        title: str = "",
        subtype: str = "",
        columns: tuple[Column, ...] = (),
        view: str = "",
    ) -> None:
        owner = self._principal(item.get("owner", owner))
        row = Securable(
            type=kind.type,
            full_name=full_name,
            owner=owner,
            created_at=self._founded,
            # A group may own things, but makes none.
            created_by=owner if owner == SYSTEM_USER else self._named(self._admin),
            id=str(uuid5(NAMESPACE_URL, f"{kind.type}/{full_name}")),
            title=title,
            subtype=subtype,
            comment=item.get("comment", ""),
            details=item.get("details", {}),
            columns=columns,
            view_definition=view,
            first_rows=tuple(tuple(_text(value) for value in given) for given in item.get("rows", ())),
        )
        self._access.securables.put(row)
        if granted := item.get("grants"):
            self._access.grants.put(self._grants(row, granted))

    def _grants(self, row: Securable, granted: Mapping[str, list[str]]) -> Grants:
        grants = Grants(row.key)
        for name, privileges in granted.items():
            # A share goes to recipients, who are nobody in the directory.
            principal = name if row.kind is SHARE else self._principal(name)
            grants = grants.with_grant(Grant(principal, principal, frozenset(privileges)))
        return grants

    def _principal(self, name: str) -> str:
        """As Unity Catalog writes it; neither all of the account nor Databricks itself is in the directory."""
        return name if name in (ACCOUNT_USERS, SYSTEM_USER) else self._named(name)


def _text(value: object) -> str | None:
    """As SQL would take it in quotes."""
    return None if value is None else str(value)
