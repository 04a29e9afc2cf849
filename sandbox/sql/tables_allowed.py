"""Which tables a statement may use as it means to (api-facts: 6.3, 8.1)."""

from sandbox.caller import Caller
from sandbox.errors import PermissionDeniedError
from sandbox.sql.errors import InsufficientPermissionsError, NotFoundError, StatementError
from sandbox.sql.plan import Name, Plan, Session, view_sql
from sandbox.sql.tables import Needed
from sandbox.unity_catalog.access import Access
from sandbox.unity_catalog.kinds import CATALOG, SCHEMA, TABLE
from sandbox.unity_catalog.rows import Securable


class TablesAllowed:
    def __init__(self, access: Access) -> None:
        self._access = access

    def table(self, name: Name) -> Securable | None:
        return self._access.securables.get(f"{TABLE.type}/{'.'.join(name)}")

    def needed(self, caller: Caller, found: Plan) -> list[Needed]:
        """The tables that are needed, if the caller may use each as the statement does."""
        needed = [one for name in found.reads for one in self._readable(caller, name)]
        match found.kind, found.target:
            case "write", tuple() as target:
                needed.append(Needed(self._usable(caller, target, ("MODIFY",))))
            case "create", tuple() as target:
                self._require_place(caller, target, "CREATE_TABLE")
            case "drop", tuple() as target:
                self._require_droppable(caller, target, may_be_missing=found.may_be_missing)
        return needed

    def _readable(self, caller: Caller, name: Name) -> list[Needed]:
        row = self._usable(caller, name, ("SELECT",))
        return self._with_base(row)

    def _with_base(self, row: Securable) -> list[Needed]:
        """A view reads what it stands on with its owner's rights, not with the caller's."""
        if not row.view_definition:
            return [Needed(row)]
        catalog, schema, _ = row.full_name.split(".")
        sql, reads = view_sql(row.view_definition, Session(row.owner, catalog, schema, {}))
        base = [one for name in reads if (table := self.table(name)) for one in self._with_base(table)]
        return [*base, Needed(row, sql)]

    def _usable(self, caller: Caller, name: Name, privileges: tuple[str, ...]) -> Securable:
        self._require_place(caller, name)
        row = self.table(name)
        if row is None:
            raise NotFoundError(name)
        _raise(self._access.missing_privileges(caller, row, privileges))
        return row

    def _require_place(self, caller: Caller, name: Name, *on_schema: str) -> None:
        """The catalog, then the schema: whoever may not use one never learns what is in it (api-facts: 8.1)."""
        catalog, schema = self._place(CATALOG.type, name[0]), self._place(SCHEMA.type, f"{name[0]}.{name[1]}")
        if catalog is None:
            raise StatementError("NO_SUCH_CATALOG_EXCEPTION", f"Catalog '{name[0]}' was not found.", "42704")
        _raise(self._access.missing_privileges(caller, catalog, (CATALOG.use,)))
        if schema is None:
            raise StatementError("SCHEMA_NOT_FOUND", f"The schema `{name[0]}`.`{name[1]}` cannot be found.", "42704")
        _raise(self._access.missing_privileges(caller, schema, (SCHEMA.use, *on_schema)))

    def _require_droppable(self, caller: Caller, name: Name, *, may_be_missing: bool) -> None:
        self._require_place(caller, name)
        row = self.table(name)
        if row is None and not may_be_missing:
            raise NotFoundError(name)
        if row is not None and row.view_definition:
            raise StatementError("WRONG_COMMAND_FOR_OBJECT_TYPE", f"{row.full_name} is a view, and DROP TABLE drops tables.", "42809")
        if row is not None and not self._access.may_manage(caller, row):
            raise InsufficientPermissionsError(f"User does not have MANAGE on {row.title_in_texts}.")

    def _place(self, kind: str, name: str) -> Securable | None:
        return self._access.securables.get(f"{kind}/{name}")


def _raise(missing: PermissionDeniedError | None) -> None:
    if missing is not None:
        raise InsufficientPermissionsError(missing.message)
