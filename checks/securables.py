"""The proof of privileges on a securable."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from databricks.sdk import WorkspaceClient

from checks.check import Outcome, Verdict
from checks.witnesses import Witnesses, found, run
from model.grants import SecurablePrivileges
from model.kinds import SECURABLE_KINDS

SCHEMAS_LOOKED_INTO = 5
"""In a catalog, before the search for a table ends."""
OPEN_TO_EVERYBODY = "information_schema"


def prove_privilege(grant: SecurablePrivileges, privilege: str, witnesses: Witnesses) -> Outcome:
    """To look at things and to select from them shows a privilege; all others write or make something, and are read back instead."""
    client = witnesses.principal
    if client and privilege == "SELECT":
        return _selected(client, grant, witnesses) or witnesses.read_back_privilege(grant, privilege)
    if client and privilege == SECURABLE_KINDS[grant.kind].seen_with:
        found(client, SECURABLE_KINDS[grant.kind].one(grant.full_name))
        return Outcome(Verdict.EXERCISED, "it was looked at")
    return witnesses.read_back_privilege(grant, privilege)


def _selected(client: WorkspaceClient, grant: SecurablePrivileges, witnesses: Witnesses) -> Outcome | None:
    """None where there is no table to select from."""
    table = next(TABLES[grant.kind](client, grant.full_name), None)
    if table is None:
        return None
    warehouse = witnesses.warehouse.result()
    quoted = ".".join(f"`{part}`" for part in table.split("."))
    if warehouse and run(client, warehouse, f"SELECT * FROM {quoted} LIMIT 0"):  # noqa: S608 -- the name is the workspace's own, and quoted
        return Outcome(Verdict.EXERCISED, f"selected from {table}")
    return Outcome(Verdict.EXERCISED, f"{table} was seen, which takes SELECT; no warehouse of it is running to select on")


def _this_table(client: WorkspaceClient, full_name: str) -> Iterator[str]:
    yield str(found(client, SECURABLE_KINDS["tables"].one(full_name))["full_name"])


def _tables_of_schema(client: WorkspaceClient, full_name: str) -> Iterator[str]:
    catalog, schema = full_name.split(".")
    return (str(table.full_name) for table in client.tables.list(catalog, schema, omit_columns=True, omit_properties=True))


def _tables_of_catalog(client: WorkspaceClient, catalog: str) -> Iterator[str]:
    schemas = (schema.name for schema in client.schemas.list(catalog) if schema.name != OPEN_TO_EVERYBODY)
    for schema in islice(schemas, SCHEMAS_LOOKED_INTO):
        yield from _tables_of_schema(client, f"{catalog}.{schema}")


TABLES: Mapping[str, Callable[[WorkspaceClient, str], Iterator[str]]] = {
    "catalogs": _tables_of_catalog,
    "schemas": _tables_of_schema,
    "tables": _this_table,
}
"""The tables that a principal sees in a securable of each kind that has SELECT: those that it may read. (api-facts: 6.1)"""
