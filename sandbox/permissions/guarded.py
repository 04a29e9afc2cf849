"""An object together with who may do what on it: what `caller.require` asks."""

from dataclasses import dataclass
from typing import NamedTuple

from sandbox.caller import Caller, Who
from sandbox.errors import PermissionDeniedError
from sandbox.objects.rows import NamedObject
from sandbox.permissions.access_list import AccessList
from sandbox.permissions.kind import MANAGE, GuardedRow, ObjectKind


class Inherited(NamedTuple):
    who: Who
    level: str
    source: str
    """The object that gives it, as `inherited_from_object` names it."""


@dataclass(frozen=True, slots=True)
class GuardedObject:
    kind: ObjectKind
    row: GuardedRow
    access: AccessList
    inherited: tuple[Inherited, ...]

    @property
    def name(self) -> str:
        """As refusals call it: by its path, if it lies in a directory."""
        return self.row.path if isinstance(self.row, NamedObject) else self.row.name

    def level_of(self, caller: Caller) -> str | None:
        """The highest over the caller's own entry and its groups', direct and inherited, and the admins'."""
        levels = [entry.level for entry in self.access.entries if entry.who in caller.names]
        levels += [entry.level for entry in self.inherited if entry.who in caller.names]
        if caller.is_workspace_admin:
            levels.append(self.kind.admins_have)
        return max(levels, key=self.kind.power, default=None)

    def admits(self, level: str | None, at_least: str) -> bool:
        return level is not None and self.kind.power(level) >= self.kind.power(at_least)

    def refusal(self, caller: Caller, at_least: str) -> PermissionDeniedError:
        return PermissionDeniedError(self._filled(self.kind.refusal_text(at_least), caller))

    def require_access_to_list(self, caller: Caller) -> None:
        if not self.admits(self.level_of(caller), MANAGE):
            raise PermissionDeniedError(self._filled(self.kind.no_access_to_list, caller))

    def _filled(self, text: str, caller: Caller) -> str:
        return text.format(app=caller.name, id=self.row.id, name=self.name)
