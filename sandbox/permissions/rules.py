"""The Permissions API: who holds which level on an object, who may see that, and what a write may do (api-facts: 5)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from sandbox.caller import Caller, Who, who_of
from sandbox.errors import InvalidParameterValueError, Json, PermissionDeniedError, ResourceDoesNotExistError
from sandbox.permissions.access_list import ADMINS, AccessList, Entry
from sandbox.permissions.kinds import BY_REQUEST_TYPE, DESCRIPTIONS, KINDS, MANAGE, OWNER, GuardedRow, ObjectKind
from sandbox.scim.directory import Directory
from sandbox.scim.rows import Group, Principal
from sandbox.state import State

Row = TypeVar("Row", bound=GuardedRow)

NAMES_OF_KINDS = {"service_principal_name": "ServicePrincipalName", "user_name": "UserName", "group_name": "GroupName"}


@dataclass(frozen=True, slots=True)
class GuardedObject:
    """An object with its access list: what `caller.require` asks."""

    kind: ObjectKind
    row: GuardedRow
    access: AccessList

    def level_of(self, caller: Caller) -> str | None:
        """The highest over the caller's own entry, its groups' and the admins'."""
        levels = [entry.level for entry in self.access.entries if entry.who in caller.names]
        if caller.is_workspace_admin:
            levels.append(MANAGE)
        return max(levels, key=self.kind.levels.index, default=None)

    def admits(self, level: str | None, at_least: str) -> bool:
        return level is not None and self.kind.levels.index(level) >= self.kind.levels.index(at_least)

    def refusal(self, caller: Caller, at_least: str) -> PermissionDeniedError:
        return PermissionDeniedError(self._filled(self.kind.refusals[at_least], caller))

    def require_access_to_list(self, caller: Caller) -> None:
        if not self.admits(self.level_of(caller), MANAGE):
            raise PermissionDeniedError(self._filled(self.kind.no_access_to_list, caller))

    def _filled(self, text: str, caller: Caller) -> str:
        return text.format(app=caller.name, id=self.row.id, name=self.row.name)


class Permissions:
    def __init__(self, state: State, directory: Directory) -> None:
        self._directory = directory
        self._lists = state.table(AccessList)
        self._objects = {kind.request_type: state.table(kind.row_type) for kind in KINDS}
        self._rendered: dict[str, tuple[AccessList, int, bytes]] = {}

    def guarded(self, kind: ObjectKind, row: GuardedRow) -> GuardedObject:
        access = self._lists.get(f"{kind.request_type}/{row.id}") or AccessList(kind.request_type, row.id)
        return GuardedObject(kind, row, access)

    def visible(self, caller: Caller, kind: ObjectKind, rows: Iterator[Row]) -> list[Row]:
        """Those on which the caller has any level: what a list shows it (api-facts: 7.1)."""
        return [row for row in rows if self.guarded(kind, row).level_of(caller) is not None]

    def created(self, caller: Caller, kind: ObjectKind, row: GuardedRow) -> None:
        """The creator's first entry (api-facts: 5.3)."""
        level = MANAGE if kind.owners == "none" else OWNER
        self._lists.put(AccessList(kind.request_type, row.id, (Entry(caller.who, level),)))

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
        return self._write(caller, guarded, guarded.access.replaced(self._entries(guarded.kind, items), guarded.kind))

    def merge(self, caller: Caller, request_type: str, object_id: str, items: object) -> bytes:
        guarded = self._manageable(caller, request_type, object_id)
        return self._write(caller, guarded, guarded.access.merged(self._entries(guarded.kind, items), guarded.kind))

    def levels(self, caller: Caller, request_type: str, object_id: str) -> Json:
        kind = self._manageable(caller, request_type, object_id).kind
        return {"permission_levels": [{"permission_level": level, "description": DESCRIPTIONS[level]} for level in kind.levels]}

    def _manageable(self, caller: Caller, request_type: str, object_id: str) -> GuardedObject:
        kind = BY_REQUEST_TYPE.get(request_type)
        if kind is None:
            raise InvalidParameterValueError(f"'{request_type}' is not a valid request object type")
        row = self._objects[kind.request_type].get(object_id)
        if row is None:
            raise ResourceDoesNotExistError(kind.missing.format(id=object_id))
        guarded = self.guarded(kind, row)
        guarded.require_access_to_list(caller)
        return guarded

    def _write(self, caller: Caller, guarded: GuardedObject, after: AccessList) -> bytes:
        before = guarded.access.owner
        if after.owner != before and not caller.is_workspace_admin:
            raise PermissionDeniedError(f"{caller.name} cannot change the owner of {guarded.row.name}: only an administrator can.")
        self._lists.put(after)
        return self._json(GuardedObject(guarded.kind, guarded.row, after))

    def _entries(self, kind: ObjectKind, items: object) -> list[Entry]:
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise InvalidParameterValueError("access_control_list must be a list of entries.")
        return [self._entry(kind, item) for item in items]

    def _entry(self, kind: ObjectKind, item: Json) -> Entry:
        who = who_of(item)
        if who is None:
            raise InvalidParameterValueError(
                "Exactly one of user_name, group_name and service_principal_name must be specified in each entry of access_control_list."
            )
        principal = self._directory.by_who(who)
        if principal is None or not self._directory.in_workspace(principal) or not self._directory.has_settled(principal):
            raise ResourceDoesNotExistError(f"Principal: {NAMES_OF_KINDS[who.kind]}({who.name}) does not exist")
        level = item.get("permission_level")
        if level not in kind.levels:
            raise InvalidParameterValueError(
                f"Permission level {level} is not supported for {kind.noun}; supported levels: {', '.join(kind.levels)}."
            )
        return Entry(principal.who, level)

    def _json(self, guarded: GuardedObject) -> bytes:
        """Kept until the list or the directory changes: reading an access list is the commonest call of all."""
        access, version = guarded.access, self._directory.version
        kept = self._rendered.get(access.key)
        if kept is None or kept[0] is not access or kept[1] != version:
            kept = (access, version, json.dumps(self._rendering(guarded), separators=(",", ":")).encode())
            self._rendered[access.key] = kept
        return kept[2]

    def _rendering(self, guarded: GuardedObject) -> Json:
        kind, access = guarded.kind, guarded.access
        items = {entry.who: self._item(entry) for entry in access.entries if self._is_listed(entry.who)}
        inherited = {"permission_level": MANAGE, "inherited": True, "inherited_from_object": [kind.root]}
        items.setdefault(ADMINS, {"group_name": "admins", "all_permissions": []})["all_permissions"].append(inherited)
        return {
            "object_id": f"/{kind.request_type}/{access.object_id}",
            "object_type": kind.object_type,
            "access_control_list": list(items.values()),
        }

    def _item(self, entry: Entry) -> Json:
        principal: Principal | None = self._directory.by_who(entry.who)
        named = principal is not None and not isinstance(principal, Group)
        return {
            entry.who.kind: entry.who.name,
            **({"display_name": principal.display_name} if principal and named else {}),
            "all_permissions": [{"permission_level": entry.level, "inherited": False}],
        }

    def _is_listed(self, who: Who) -> bool:
        """Not while its principal is out of the workspace; a dead owner is (both inferred, api-facts: 0, 5.4)."""
        principal = self._directory.by_who(who)
        return principal is None or self._directory.in_workspace(principal)
