"""Unity Catalog: which securables a caller sees, and who was granted what on them (api-facts: 6)."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

from sandbox.caller import Caller, Who
from sandbox.clock import Clock
from sandbox.errors import ApiError, InvalidParameterValueError, Json, PermissionDeniedError
from sandbox.scim.directory import Directory
from sandbox.scim.rows import Group, Principal
from sandbox.state import State
from sandbox.unity_catalog.access import Access, denied
from sandbox.unity_catalog.changes import Change, changes_of
from sandbox.unity_catalog.kind import MANAGE, SecurableKind
from sandbox.unity_catalog.kinds import CATALOG, SCHEMA, TABLE, WORDS_OF_PERMISSIONS, granted_as
from sandbox.unity_catalog.making import Making
from sandbox.unity_catalog.rows import Column, Grant, Securable
from sandbox.unity_catalog.sharing import Sharing

ACCOUNT_USERS = "account users"
SYSTEM_USER = "System user"
"""Databricks itself, who owns the catalog `system`: nobody's principal, so that only metastore admins may grant there."""


class UnityCatalog:
    def __init__(self, state: State, clock: Clock, directory: Directory) -> None:
        self._clock = clock
        self._directory = directory
        self.access = Access(state)
        self.making = Making(self.access, clock)
        self.sharing = Sharing(self.access)

    @property
    def metastore(self) -> Securable:
        return self.access.metastore()

    def get(self, caller: Caller, kind: SecurableKind, name: str, *, include_browse: bool = False) -> Securable:
        """The securable, if the caller sees it. Whoever cannot reach its place never learns whether it is there."""
        self.require_name(kind, name, operation=f"Get{kind.type.title().replace('_', '')}")
        self._require_place(caller, kind, name)
        row = self.access.find(kind, name)
        missing = self.access.missing_sight(caller, row)
        if missing and not (include_browse and self.access.may_browse(caller, row)):
            raise missing
        return row

    def listing(self, caller: Caller, kind: SecurableKind, place: str, *, include_browse: bool = False) -> list[Securable]:
        """What the caller sees of a place, by name."""
        if kind.parent is not None:
            self._require_inside(caller, kind.parent, place, include_browse=include_browse)
        rows = sorted(self.access.inside(kind, place.lower()), key=lambda row: row.full_name)
        return [row for row in rows if self.sees(caller, row, include_browse=include_browse)]

    def everywhere(self, caller: Caller, kind: SecurableKind, *, include_browse: bool = False) -> list[Securable]:
        """What the caller sees of a kind, wherever it lies."""
        rows = sorted(self.access.of_kind(kind), key=lambda row: row.full_name)
        return [row for row in rows if self.sees(caller, row, include_browse=include_browse)]

    def sees(self, caller: Caller, row: Securable, *, include_browse: bool = False) -> bool:
        return self.access.missing_sight(caller, row) is None or (include_browse and self.access.may_browse(caller, row))

    def is_browse_only(self, caller: Caller, row: Securable) -> bool:
        return self.access.missing_sight(caller, row) is not None

    def grants(
        self, caller: Caller, securable_type: str, name: str, *, principal: str | None, include_deleted: bool = False
    ) -> list[tuple[Grant, Principal | None]]:
        """The direct grants: all of them to whoever may manage them, to anybody else its own and its groups' (api-facts: 6.3)."""
        row = self._guarded(securable_type, name, operation="GetPermissions")
        return self._shown(caller, row, self.access.granted_on(row).grants, principal=principal, include_deleted=include_deleted)

    def effective(self, caller: Caller, securable_type: str, name: str, *, principal: str | None) -> dict[str, list[Json]]:
        """By principal, the privileges granted here and those that come from above and mean something here. No group is taken apart."""
        row = self._guarded(securable_type, name, operation="GetEffectivePermissions")
        meaningful = row.kind.grantable(row.subtype)
        found: dict[str, list[Json]] = {}
        for place in (row, *reversed(list(self.access.ancestors(row)))):
            inherited = {} if place is row else {"inherited_from_type": place.type.upper(), "inherited_from_name": place.full_name}
            shown = self._shown(caller, row, self.access.granted_on(place).grants, principal=principal)
            for grant, _ in shown:
                items = found.setdefault(grant.spelling, [])
                items.extend({"privilege": word, **inherited} for word in sorted(grant.privileges & meaningful))
        return {spelling: items for spelling, items in found.items() if items}

    def change(self, caller: Caller, securable_type: str, name: str, body: Json) -> list[tuple[Grant, Principal | None]]:
        """All changes, or none."""
        row = self._guarded(securable_type, name, operation="UpdatePermissions")
        if not self.access.may_manage(caller, row):
            raise denied(row, MANAGE)
        changes = changes_of(body, row)
        self._require_catalog_owner(caller, row, changes)
        for change in changes:
            principal = self._canonical(change.principal)
            granted = self.access.granted_on(row)
            grant = Grant(principal, change.principal, change.applied(granted.of(principal)))
            self.access.grants.put(granted.with_grant(grant))
        return self._shown(caller, row, self.access.granted_on(row).grants, principal=None)

    def changeable(self, caller: Caller, kind: SecurableKind, name: str) -> Securable:
        """The securable, if the caller manages it. Whoever cannot reach its place never learns that it is not there."""
        self.require_name(kind, name, operation="Update")
        if self.access.securables.get(f"{kind.type}/{name.lower()}") is None:
            self._require_place(caller, kind, name)
        row = self.access.find(kind, name)
        if not self.access.may_manage(caller, row):
            raise denied(row, MANAGE)
        return row

    def update(self, caller: Caller, kind: SecurableKind, name: str, body: Json) -> Securable:
        """Another owner, another comment; a thing keeps its name and its place here."""
        row = self.changeable(caller, kind, name)
        if unknown := body.keys() - {"name", "owner", "comment"}:
            raise InvalidParameterValueError(f"Only owner and comment can be changed here, not {', '.join(sorted(unknown))}.")
        owner = self._canonical(str(body["owner"])) if body.get("owner") else row.owner
        changed = replace(row, owner=owner, comment=str(body.get("comment", row.comment)))
        self.access.securables.put(changed)
        return changed

    def create_table(self, caller: Caller, full_name: str, columns: Sequence[Column]) -> Securable:
        """A new table, its creator's own; the rows are whoever's who calls this."""
        schema = self.access.find(SCHEMA, full_name.rpartition(".")[0])
        if missing := self.access.missing_privileges(caller, schema, ("USE_SCHEMA", "CREATE_TABLE")):
            raise missing
        row = Securable(
            type=TABLE.type,
            full_name=full_name.lower(),
            owner=caller.name,
            created_at=self._clock.now(),
            created_by=caller.name,
            id=str(uuid4()),
            subtype="MANAGED",
            columns=tuple(columns),
            seeded=False,
        )
        self.making.add(row)
        return row

    def require_name(self, kind: SecurableKind, name: str, *, operation: str) -> None:
        parts = name.split(".")
        if len(parts) != kind.parts or not all(parts):
            raise InvalidParameterValueError(f"{operation} invalid {kind.type} name: '{name}'")

    def _guarded(self, securable_type: str, name: str, *, operation: str) -> Securable:
        kinds = granted_as(securable_type)
        if not kinds:
            served = ", ".join(WORDS_OF_PERMISSIONS)
            raise InvalidParameterValueError(f"Users can only manage {served} permissions, not those of '{securable_type}'.")
        self.require_name(kinds[0], name, operation=operation)
        found = [row for kind in kinds if (row := self.access.securables.get(f"{kind.type}/{name.lower()}"))]
        return found[0] if found else self.access.find(kinds[0], name)

    def _require_place(self, caller: Caller, kind: SecurableKind, name: str) -> None:
        parent_name = name.rpartition(".")[0]
        if kind.parent is None:
            return
        self._require_place(caller, kind.parent, parent_name)
        parent = self.access.find(kind.parent, parent_name)
        if self.access.may_browse(caller, parent) or self.access.may_manage(caller, parent):
            return
        if not self.access.has(caller, parent, parent.kind.use):
            raise denied(parent, parent.kind.use)

    def _require_inside(self, caller: Caller, kind: SecurableKind, name: str, *, include_browse: bool) -> None:
        self.require_name(kind, name, operation=f"List in {kind.type}:")
        self._require_place(caller, kind, name)
        parent = self.access.find(kind, name)
        if (missing := self.access.missing_sight(caller, parent)) and not (include_browse and self.access.may_browse(caller, parent)):
            raise missing

    def _require_catalog_owner(self, caller: Caller, row: Securable, changes: list[Change]) -> None:
        """Not even a schema's owner gives EXTERNAL_USE_SCHEMA away (api-facts: 6.3)."""
        catalog = next((place for place in (*self.access.ancestors(row), row) if place.kind is CATALOG), None)
        asked = any("EXTERNAL_USE_SCHEMA" in change.add for change in changes)
        if asked and catalog and not self.access.owns(caller, catalog):
            raise PermissionDeniedError(f"Only the owner of {catalog.title_in_texts} can grant EXTERNAL USE SCHEMA.")

    def _canonical(self, name: str) -> str:
        """The name as the directory writes it, of a principal of the account; a group of the workspace is unknown here."""
        if name == ACCOUNT_USERS:
            return name
        principal = self._principal(name)
        if principal is None or not self._directory.has_settled(principal, "unity_catalog"):
            raise ApiError(f"Could not find principal with name {name}", status=404, error_code="PRINCIPAL_DOES_NOT_EXIST")
        return principal.who.name

    def _principal(self, name: str) -> Principal | None:
        group = self._directory.by_who(Who("group_name", name))
        if isinstance(group, Group) and group.of_account:
            return group
        return self._directory.by_application_id(name) or self._directory.by_user_name(name)

    def _shown(
        self, caller: Caller, row: Securable, grants: Sequence[Grant], *, principal: str | None, include_deleted: bool = False
    ) -> list[tuple[Grant, Principal | None]]:
        asked = self._principal(principal) if principal else None
        wanted = asked.who.name if asked else principal
        everybodys = self.access.may_manage(caller, row)
        found = [(grant, self._principal(grant.principal)) for grant in grants]
        return [
            (grant, whose)
            for grant, whose in found
            if (everybodys or grant.principal in caller.account_names)
            and (wanted is None or grant.principal == wanted)
            # What was granted to a principal that was deleted stays under its dead name (api-facts: 3.3).
            and (whose is not None or include_deleted or grant.principal == ACCOUNT_USERS)
        ]
