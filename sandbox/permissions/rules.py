"""The Permissions API: who holds which level on an object, who may see that, and what a write may do (api-facts: 5)."""

import json
from collections.abc import Iterable
from typing import TypeVar

from sandbox.caller import Caller, Who, stranger_of, who_of
from sandbox.errors import InvalidParameterValueError, Json, PermissionDeniedError, ResourceDoesNotExistError
from sandbox.objects.rows import NamedObject
from sandbox.permissions.access_list import AccessList, Entry
from sandbox.permissions.guarded import GuardedObject
from sandbox.permissions.inheritance import Inheritance
from sandbox.permissions.kind import MANAGE, OWNER, GuardedRow, ObjectKind
from sandbox.permissions.kinds import BY_REQUEST_TYPE, DESCRIPTIONS, KINDS
from sandbox.permissions.rendering import as_json
from sandbox.scim.directory import Directory
from sandbox.state import State, Table

Row = TypeVar("Row", bound=GuardedRow)

NAMES_OF_KINDS = {"service_principal_name": "ServicePrincipalName", "user_name": "UserName", "group_name": "GroupName"}
HOMES = ("/Users", "/Repos")


class Permissions:
    def __init__(self, state: State, directory: Directory) -> None:
        self._directory = directory
        self._lists = state.table(AccessList)
        self._objects: dict[str, Table[GuardedRow]] = {kind.request_type: state.table(kind.row_type, kind.table_name) for kind in KINDS}
        self._inheritance = Inheritance(state)
        self._rendered: dict[str, tuple[GuardedObject, int, bytes]] = {}

    def rows(self, kind: ObjectKind) -> Table[GuardedRow]:
        """All objects of a kind, whoever may see them."""
        return self._objects[kind.request_type]

    def guarded(self, kind: ObjectKind, row: GuardedRow) -> GuardedObject:
        access = self._lists.get(f"{kind.request_type}/{row.id}") or AccessList(kind.request_type, row.id)
        return GuardedObject(kind, row, access, self._inheritance.of(kind, row))

    def visible(self, caller: Caller, kind: ObjectKind, rows: Iterable[Row]) -> list[Row]:
        """Those on which the caller has any level: what a list shows it (api-facts: 7.1)."""
        return [row for row in rows if self.guarded(kind, row).level_of(caller) is not None]

    def created(self, who: Who, kind: ObjectKind, row: GuardedRow) -> None:
        """The creator's first entry (api-facts: 5.3)."""
        level = MANAGE if kind.owners == "none" else OWNER
        self._lists.put(AccessList(kind.request_type, row.id, (Entry(who, level),)))

    def deleted(self, kind: ObjectKind, row: GuardedRow) -> None:
        self._lists.remove(f"{kind.request_type}/{row.id}")

    def forget(self, who: Who) -> None:
        """The principal was deleted from the account; out of a workspace its entries are kept (api-facts: 0)."""
        for access in self._lists:
            if any(entry.who == who for entry in access.entries):
                self._lists.put(access.without(who))

    def seed(self, kind: ObjectKind, object_id: str, entries: list[Entry]) -> None:
        self._lists.put(AccessList(kind.request_type, object_id).merged(entries, kind))

    def read(self, caller: Caller, request_type: str, object_id: str) -> bytes:
        guarded = self._manageable(caller, request_type, object_id)
        return self._json(guarded)

    def replace(self, caller: Caller, request_type: str, object_id: str, items: object) -> bytes:
        guarded = self._manageable(caller, request_type, object_id)
        return self._write(caller, guarded, guarded.access.replaced(self._entries(guarded, items), guarded.kind))

    def merge(self, caller: Caller, request_type: str, object_id: str, items: object) -> bytes:
        guarded = self._manageable(caller, request_type, object_id)
        return self._write(caller, guarded, guarded.access.merged(self._entries(guarded, items), guarded.kind))

    def set_entry(self, caller: Caller, request_type: str, object_id: str, who: Who, level: str | None) -> None:
        """What the web page does for a person: one entry changed or taken away, and nothing in between. The API cannot take one away."""
        guarded = self._manageable(caller, request_type, object_id)
        if level is not None:
            entry = self._entry(guarded, {who.kind: who.name, "permission_level": level})
            self._write(caller, guarded, guarded.access.merged([entry], guarded.kind))
        else:
            self._write(caller, guarded, guarded.access.without(who))

    def plant(self, caller: Caller, request_type: str, object_id: str, item: Json) -> bytes:
        """An entry of a kind of principal that no client knows: one may come with any release of Databricks."""
        guarded = self._manageable(caller, request_type, object_id)
        who = stranger_of(item)
        if who is None:
            raise InvalidParameterValueError(
                "entry: must name one principal, by a key that ends in _name and that the API does not have, such as agent_name."
            )
        entry = Entry(who, self._level(guarded, item))
        return self._write(caller, guarded, guarded.access.merged([entry], guarded.kind))

    def levels(self, caller: Caller, request_type: str, object_id: str) -> Json:
        levels = self._manageable(caller, request_type, object_id).kind.levels_on(object_id)
        return {"permission_levels": [{"permission_level": level, "description": DESCRIPTIONS[level]} for level in levels]}

    def _manageable(self, caller: Caller, request_type: str, object_id: str) -> GuardedObject:
        kind = BY_REQUEST_TYPE.get(request_type)
        if kind is None:
            raise InvalidParameterValueError(f"'{request_type}' is not a valid request object type")
        row = self.rows(kind).get(object_id)
        if row is None:
            raise ResourceDoesNotExistError(kind.missing_text(object_id))
        guarded = self.guarded(kind, row)
        guarded.require_access_to_list(caller)
        return guarded

    def _write(self, caller: Caller, guarded: GuardedObject, after: AccessList) -> bytes:
        before = guarded.access.owner
        if after.owner != before and not caller.is_workspace_admin:
            raise PermissionDeniedError(f"{caller.name} cannot change the owner of {guarded.name}: only an administrator can.")
        self._lists.put(after.keeping(self._fixed(guarded)))
        return self._json(self.guarded(guarded.kind, guarded.row))

    def _fixed(self, guarded: GuardedObject) -> list[Entry]:
        """Whose home a directory is, manages it whatever is written (api-facts: 5.4)."""
        row = guarded.row
        if not isinstance(row, NamedObject) or row.folder not in HOMES:
            return []
        owner = self._directory.by_who(Who("user_name", row.name))
        return [Entry(owner.who, MANAGE)] if owner else []

    def _entries(self, guarded: GuardedObject, items: object) -> list[Entry]:
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise InvalidParameterValueError("access_control_list must be a list of entries.")
        return [self._entry(guarded, item) for item in items]

    def _entry(self, guarded: GuardedObject, item: Json) -> Entry:
        return Entry(self._holder(guarded, item), self._level(guarded, item))

    def _holder(self, guarded: GuardedObject, item: Json) -> Who:
        who = who_of(item)
        if who is None:
            stranger = stranger_of(item)
            if stranger and stranger in dict(guarded.access.entries):
                return stranger
            raise InvalidParameterValueError(
                "Exactly one of user_name, group_name and service_principal_name must be specified in each entry of access_control_list."
            )
        principal = self._directory.by_who(who)
        if principal is None or not self._directory.in_workspace(principal) or not self._directory.has_settled(principal, "permissions"):
            raise ResourceDoesNotExistError(f"Principal: {NAMES_OF_KINDS[who.kind]}({who.name}) does not exist")
        return principal.who

    def _level(self, guarded: GuardedObject, item: Json) -> str:
        kind, level = guarded.kind, item.get("permission_level")
        levels = kind.levels_on(guarded.row.id)
        if not isinstance(level, str) or level not in (*levels, *kind.old_levels):
            raise InvalidParameterValueError(
                f"Permission level {level} is not supported for {kind.noun}; supported levels: {', '.join(levels)}."
            )
        return level

    def _json(self, guarded: GuardedObject) -> bytes:
        """Kept until a list that counts or the directory changes: reading an access list is the commonest call of all."""
        key, version = guarded.access.key, self._directory.version
        kept = self._rendered.get(key)
        if kept is None or kept[0] != guarded or kept[1] != version:
            kept = (guarded, version, json.dumps(as_json(guarded, self._directory), separators=(",", ":")).encode())
            self._rendered[key] = kept
        return kept[2]
