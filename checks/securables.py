"""The proof of privileges on a securable."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from urllib.parse import quote

from databricks.sdk import WorkspaceClient

from checks.check import Outcome, Verdict
from checks.witnesses import Witnesses, found, run
from model.grants import SecurablePrivileges

SCHEMAS_LOOKED_INTO = 5
"""In a catalog, before the search for a table ends."""

Exercise = Callable[[WorkspaceClient, SecurablePrivileges, Witnesses], Outcome | None]
"""Does what a privilege allows; None where there is nothing to do it on."""


def prove_privilege(grant: SecurablePrivileges, privilege: str, witnesses: Witnesses) -> Outcome:
    exercise = EXERCISES.get((grant.kind, privilege))
    done = exercise(witnesses.principal, grant, witnesses) if exercise and witnesses.principal else None
    return done or witnesses.read_back_privilege(grant, privilege)


def _use(collection: str) -> Exercise:
    def look(client: WorkspaceClient, grant: SecurablePrivileges, _witnesses: Witnesses) -> Outcome:
        found(client, f"/api/2.1/unity-catalog/{collection}/{quote(grant.full_name, safe='')}")
        return Outcome(Verdict.EXERCISED, "it was looked at")

    return look


def _select(client: WorkspaceClient, grant: SecurablePrivileges, witnesses: Witnesses) -> Outcome | None:
    table = next(TABLES[grant.kind](client, grant.full_name), None)
    if table is None:
        return None
    warehouse = witnesses.warehouse.result()
    quoted = ".".join(f"`{part}`" for part in table.split("."))
    if warehouse and run(client, warehouse, f"SELECT * FROM {quoted} LIMIT 0"):  # noqa: S608 -- the name is the workspace's own, and quoted
        return Outcome(Verdict.EXERCISED, f"selected from {table}")
    return Outcome(Verdict.EXERCISED, f"{table} was seen, which takes SELECT; no warehouse of it is running to select on")


def _this_table(client: WorkspaceClient, full_name: str) -> Iterator[str]:
    yield str(found(client, f"/api/2.1/unity-catalog/tables/{quote(full_name, safe='')}")["full_name"])


def _tables_of_schema(client: WorkspaceClient, full_name: str) -> Iterator[str]:
    catalog, schema = full_name.split(".")
    return (str(table.full_name) for table in client.tables.list(catalog, schema, omit_columns=True, omit_properties=True))


def _tables_of_catalog(client: WorkspaceClient, catalog: str) -> Iterator[str]:
    for schema in islice(client.schemas.list(catalog), SCHEMAS_LOOKED_INTO):
        yield from _tables_of_schema(client, f"{catalog}.{schema.name}")


TABLES: Mapping[str, Callable[[WorkspaceClient, str], Iterator[str]]] = {
    "catalogs": _tables_of_catalog,
    "schemas": _tables_of_schema,
    "tables": _this_table,
}
"""The tables that a principal sees in a securable of each kind: those that it may read. (api-facts: 6.1)"""

EXERCISES: Mapping[tuple[str, str], Exercise] = {
    ("catalogs", "USE_CATALOG"): _use("catalogs"),
    ("schemas", "USE_SCHEMA"): _use("schemas"),
    **{(kind, "SELECT"): _select for kind in TABLES},
}
"""What shows just this privilege. All others write or make something: they are read back instead."""
