"""Securables and grants as JSON (api-facts: 6.1, 6.2)."""

from collections.abc import Callable, Iterable

from sandbox.caller import Caller
from sandbox.clock import epoch_ms
from sandbox.errors import Json
from sandbox.scim.rows import Principal
from sandbox.unity_catalog.kinds import CATALOG, SCHEMA, TABLE
from sandbox.unity_catalog.rows import Column, Grant, Securable
from sandbox.unity_catalog.rules import UnityCatalog

# How the API names the types of columns.
TYPE_NAMES = {
    "bigint": "LONG", "int": "INT", "smallint": "SHORT", "tinyint": "BYTE", "double": "DOUBLE", "float": "FLOAT", "string": "STRING",
    "boolean": "BOOLEAN", "date": "DATE", "timestamp": "TIMESTAMP", "binary": "BINARY",
}  # fmt: skip


def type_name(sql_type: str) -> str:
    return TYPE_NAMES.get(sql_type, "DECIMAL" if sql_type.startswith("decimal") else sql_type.upper())


def securable(unity: UnityCatalog, caller: Caller, row: Securable) -> Json:
    kind = row.kind
    return {
        "name": row.name,
        "full_name": row.full_name,
        **dict(zip(("catalog_name", "schema_name"), row.parent_name.split("."), strict=False) if kind.parent else ()),
        "owner": row.owner,
        "metastore_id": unity.metastore.full_name,
        "created_at": epoch_ms(row.created_at),
        "created_by": row.created_by,
        "updated_at": epoch_ms(row.created_at),
        "updated_by": row.created_by,
        **({kind.id_field: row.id} if kind.id_field else {}),
        **({kind.subtype_field: row.subtype} if kind.subtype_field else {}),
        **({"comment": row.comment} if row.comment else {}),
        **({"browse_only": True} if unity.is_browse_only(caller, row) else {}),
        **row.details,
        **(_MORE[row.type](unity, row) if row.type in _MORE else {}),
    }


def summary_of_metastore(row: Securable) -> Json:
    return {
        "metastore_id": row.full_name,
        "name": row.name,
        "owner": row.owner,
        "privilege_model_version": "1.0",
        "cloud": "aws",
        "region": "eu-west-1",
        "global_metastore_id": f"aws:eu-west-1:{row.full_name}",
        "created_at": epoch_ms(row.created_at),
        "created_by": row.created_by,
    }


def assignments(found: Iterable[tuple[Grant, Principal | None]]) -> list[Json]:
    """One item a principal, its privileges sorted."""
    return [
        {"principal": grant.spelling, "privileges": sorted(grant.privileges), **({"principal_id": int(whose.id)} if whose else {})}
        for grant, whose in found
    ]


def _catalog(_: UnityCatalog, row: Securable) -> Json:
    return {
        "isolation_mode": "OPEN",
        "securable_type": "CATALOG",
        "securable_kind": CATALOG.entity_of(row.subtype).partition("/")[2],
    }


def _schema(unity: UnityCatalog, row: Securable) -> Json:
    return {"catalog_type": unity.access.find(CATALOG, row.parent_name).subtype}


def _table(_: UnityCatalog, row: Securable) -> Json:
    definition = {"view_definition": row.view_definition} if row.view_definition else {"data_source_format": "DELTA", **row.details}
    return {**definition, "columns": [_column(position, column) for position, column in enumerate(row.columns)]}


def _column(position: int, column: Column) -> Json:
    name = type_name(column.type)
    return {"name": column.name, "type_text": column.type, "type_name": name, "position": position, "nullable": True}


_MORE: dict[str, Callable[[UnityCatalog, Securable], Json]] = {
    CATALOG.type: _catalog,
    SCHEMA.type: _schema,
    TABLE.type: _table,
}
