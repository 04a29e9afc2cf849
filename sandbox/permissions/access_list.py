"""One object's direct entries, and what a write makes of them (api-facts: 5.4). Values only: nothing here knows a caller or a store."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from sandbox.caller import Who
from sandbox.errors import BadRequestError, InvalidParameterValueError
from sandbox.permissions.kind import MANAGE, OWNER, ObjectKind

ADMINS = Who("group_name", "admins")


class Entry(NamedTuple):
    who: Who
    level: str


@dataclass(frozen=True, slots=True)
class AccessList:
    request_type: str
    object_id: str
    entries: tuple[Entry, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.request_type}/{self.object_id}"

    @property
    def owner(self) -> Who | None:
        return next((entry.who for entry in self.entries if entry.level == OWNER), None)

    def merged(self, given: list[Entry], kind: ObjectKind) -> "AccessList":
        """After a PATCH: the entries that are named are set, to a lower level too, and all others stay."""
        new_owner = next((entry.who for entry in given if entry.level == OWNER), None)
        # A transfer leaves the old owner CAN_MANAGE (api-facts: 5.3); for jobs that is inferred.
        kept = [Entry(e.who, MANAGE) if new_owner and e.level == OWNER else e for e in self.entries]
        return self._with([*kept, *given], kind)

    def replaced(self, given: list[Entry], kind: ObjectKind) -> "AccessList":
        """After a PUT: what is given and nothing else, except that a warehouse keeps its owner."""
        if self.object_id == kind.root and Entry(ADMINS, MANAGE) not in given:
            raise BadRequestError(kind.root_keeps_admins.format(id=self.object_id))
        if kind.owners == "at most one" and not any(entry.level == OWNER for entry in given):
            if self.owner is None:
                raise InvalidParameterValueError(
                    f"PUT requests for {kind.noun} {self.object_id} with no existing owner must provide a new owner."
                )
            given = [*given, Entry(self.owner, OWNER)]
        return self._with(given, kind)

    def without(self, who: Who) -> "AccessList":
        """After the principal's deletion. An owner stays, by its dead name (inferred, api-facts: 5.4)."""
        kept = tuple(entry for entry in self.entries if entry.who != who or entry.level == OWNER)
        return AccessList(self.request_type, self.object_id, kept)

    def keeping(self, fixed: Iterable[Entry]) -> "AccessList":
        """With these entries as they are here, whatever was written."""
        levels = dict(self.entries) | dict(fixed)
        return AccessList(self.request_type, self.object_id, tuple(Entry(who, level) for who, level in levels.items()))

    def _with(self, entries: list[Entry], kind: ObjectKind) -> "AccessList":
        # The same principal several times: the last one wins, silently (api-facts: 5.4).
        levels = {who: level for who, level in entries if (who, level) == (ADMINS, MANAGE) or who != ADMINS}
        owners = [who for who, level in levels.items() if level == OWNER]
        if kind.owners == "exactly one" and len(owners) != 1:
            raise InvalidParameterValueError(f"The {kind.noun} must have exactly one owner.")
        if len(owners) > 1:
            raise InvalidParameterValueError(f"The {kind.noun} must have at most one owner.")
        if kind.owners == "exactly one" and owners[0].kind == "group_name":
            raise InvalidParameterValueError(f"A group cannot be the owner of a {kind.noun}.")
        return AccessList(self.request_type, self.object_id, tuple(Entry(who, level) for who, level in levels.items()))
