"""Plain objects: who sees them, who makes and deletes them (api-facts: 5.3, 7.1, 7.3)."""

import re
from functools import partial

from sandbox.caller import Caller
from sandbox.clock import Clock
from sandbox.errors import InvalidParameterValueError, ResourceAlreadyExistsError, ResourceDoesNotExistError
from sandbox.objects.ids import new
from sandbox.objects.rows import NamedObject
from sandbox.permissions.kind import ObjectKind
from sandbox.permissions.kinds import DASHBOARDS, KINDS, REPOS
from sandbox.permissions.rules import Permissions
from sandbox.state import State
from sandbox.workspace_tree.nodes import DASHBOARD_SUFFIX, normal, split
from sandbox.workspace_tree.rules import WorkspaceTree


class Objects:
    def __init__(self, state: State, clock: Clock, permissions: Permissions, tree: WorkspaceTree) -> None:
        self._clock = clock
        self._permissions = permissions
        self._tree = tree
        plain = [kind for kind in KINDS if kind.row_type is NamedObject]
        self._tables = {kind.request_type: state.table(NamedObject, kind.table_name) for kind in plain}
        self._by_name = {kind.request_type: self._tables[kind.request_type].index(partial(name_of, kind)) for kind in plain}

    def visible(self, caller: Caller, kind: ObjectKind) -> list[NamedObject]:
        caller.require_entitlement(*kind.entitlements)
        rows = [row for row in self._tables[kind.request_type] if row.id != kind.root]
        return self._permissions.visible(caller, kind, rows)

    def get(self, caller: Caller, kind: ObjectKind, object_id: str, *, at_least: str = "", missing: str = "") -> NamedObject:
        """The object, if the caller's level on it is high enough; if none is given, high enough to see it."""
        caller.require_entitlement(*kind.entitlements)
        row = self._tables[kind.request_type].get(object_id)
        if row is None or row.id == kind.root:
            raise ResourceDoesNotExistError(missing.format(id=object_id) if missing else kind.missing_text(object_id))
        caller.require(self._permissions.guarded(kind, row), at_least=at_least or kind.lowest)
        return row

    def by_name(self, caller: Caller, kind: ObjectKind, name: str, *, at_least: str = "", missing: str = "") -> NamedObject:
        caller.require_entitlement(*kind.entitlements)
        row = self._by_name[kind.request_type].one(name)
        if row is None:
            raise ResourceDoesNotExistError(missing.format(id=name) if missing else kind.missing_text(name))
        return self.get(caller, kind, row.id, at_least=at_least, missing=missing)

    def level(self, caller: Caller, kind: ObjectKind, row: NamedObject) -> str:
        """The caller's own, which some objects show."""
        return self._permissions.guarded(kind, row).level_of(caller) or ""

    def create(self, caller: Caller, kind: ObjectKind, name: str, *, folder: str = "", content: str = "") -> NamedObject:
        """In that directory; if the kind lies in directories and none is given, in the caller's home."""
        caller.require_entitlement(*([kind.made_with] if kind.made_with else kind.entitlements))
        if kind.made_by_admins:
            caller.require_workspace_admin()
        if kind.name_form and not re.fullmatch(kind.name_form, name):
            raise InvalidParameterValueError(f"'{name}' is not a valid name of a {kind.noun}: it must match {kind.name_form}.")
        if kind.name_is_path:
            name = _absolute(kind, name)
        if kind.unique_names and self._by_name[kind.request_type].one(name):
            raise ResourceAlreadyExistsError(f"{kind.title} with name '{name}' already exists.")
        if kind.name_is_path:
            folder, name = split(name)
        if kind.inherits_from == "directories":
            folder = self._tree.require_to_add(caller, folder or f"/Users/{caller.name}")
        row = NamedObject(new(kind.make_id) if kind.make_id else name, name, caller.name, self._clock.now(), folder, content)
        if kind in (DASHBOARDS, REPOS):
            self._tree.require_free(row.path + DASHBOARD_SUFFIX if kind is DASHBOARDS else row.path)
        self._tables[kind.request_type].put(row)
        self._permissions.created(caller.who, kind, row)
        return row

    def delete(self, kind: ObjectKind, row: NamedObject) -> None:
        self._tree.remove(kind, row)


def name_of(kind: ObjectKind, row: NamedObject) -> str:
    return row.path if kind.name_is_path else row.name


def _absolute(kind: ObjectKind, path: str) -> str:
    if not path.startswith("/"):
        raise InvalidParameterValueError(f"Got an invalid {kind.noun} name '{path}'. It must be an absolute path within the workspace.")
    return normal(path)
