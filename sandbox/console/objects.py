"""Objects with levels: who was given which on each, and who has it in the end. Secret scopes are among them, though not to the API."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sandbox.caller import Who
from sandbox.console.names import Named, Names
from sandbox.console.rendering import link, matches
from sandbox.permissions.guarded import GuardedObject
from sandbox.permissions.kind import GuardedRow, ObjectKind
from sandbox.permissions.kinds import BY_REQUEST_TYPE, KINDS
from sandbox.secret_scopes.rows import Scope
from sandbox.secret_scopes.rules import SCOPES
from sandbox.state import Table
from sandbox.workspace import Workspace

ALL_KINDS = (*KINDS, SCOPES)


@dataclass(frozen=True, slots=True)
class Place:
    title: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class ObjectShown:
    guarded: GuardedObject

    @property
    def kind(self) -> ObjectKind:
        return self.guarded.kind

    @property
    def id(self) -> str:
        return self.guarded.row.id

    @property
    def title(self) -> str:
        return self.guarded.name

    @property
    def href(self) -> str:
        return link("object", type=self.kind.request_type, id=self.id)


@dataclass(frozen=True, slots=True)
class Source:
    """One entry of an access list: what it gives, to whom, and from where if it was not given on the object itself."""

    level: str
    holder: Named
    inherited_from: Place | None

    def way_for(self, principal: Named) -> str:
        """Whether it is the principal's own entry on the object itself."""
        return "direct" if self.holder == principal and not self.inherited_from else "inherited"


@dataclass(frozen=True, slots=True)
class Held:
    """What one principal has on one object: the highest level, and all that it comes from, the highest first."""

    shown: ObjectShown
    holder: Named
    sources: tuple[Source, ...]

    @property
    def level(self) -> str:
        return self.sources[0].level

    @property
    def is_direct(self) -> bool:
        return any(source.way_for(self.holder) == "direct" for source in self.sources)


@dataclass(frozen=True, slots=True)
class Count:
    kind: ObjectKind
    objects: int


class Objects:
    def __init__(self, workspace: Workspace) -> None:
        self._permissions = workspace.permissions
        self._scopes = workspace.secret_scopes.rows
        self._directory = workspace.directory
        self._names = Names(workspace.directory)

    def counts(self) -> list[Count]:
        return [Count(kind, len(self._rows(kind))) for kind in ALL_KINDS]

    def kind(self, request_type: str) -> ObjectKind | None:
        return SCOPES if request_type == SCOPES.request_type else BY_REQUEST_TYPE.get(request_type)

    def of(self, kind: ObjectKind) -> list[ObjectShown]:
        shown = (ObjectShown(self._permissions.guarded(kind, row)) for row in self._rows(kind))
        return sorted(shown, key=lambda one: one.title.lower())

    def search(self, wanted: str, kind: ObjectKind | None) -> list[ObjectShown]:
        """By name or id, among one kind or all."""
        kinds = [kind] if kind else ALL_KINDS
        return [shown for one in kinds for shown in self.of(one) if matches(wanted, shown.title, shown.id)]

    def find(self, request_type: str, object_id: str) -> ObjectShown | None:
        kind = self.kind(request_type)
        row = self._rows(kind).get(object_id) if kind else None
        return ObjectShown(self._permissions.guarded(kind, row)) if kind and row else None

    def access_list(self, shown: ObjectShown) -> list[Source]:
        """All entries, principal by principal; also those of principals that are out of the workspace, which its API hides."""
        return sorted(self._sources(shown), key=lambda source: source.holder.order)

    def held_on(self, shown: ObjectShown) -> list[Held]:
        """Who may use the object in the end: service principals and people, by whatever group or place."""
        principals = (*self._directory.service_principals, *self._directory.users)
        callers = ((self._names.of(principal), self._directory.caller(principal.id)) for principal in principals)
        found = (self._held(shown, named, caller.names) for named, caller in callers if caller and caller.in_workspace)
        return sorted((held for held in found if held), key=lambda held: held.holder.order)

    def held_by(self, holder: Named, names: Collection[Who]) -> list[Held]:
        """All that whoever goes by these names may use; first what was given to the holder itself."""
        found = (self._held(shown, holder, names) for kind in ALL_KINDS for shown in self.of(kind))
        return sorted((held for held in found if held), key=lambda held: not held.is_direct)

    def _rows(self, kind: ObjectKind) -> Table[GuardedRow] | Table[Scope]:
        return self._scopes if kind is SCOPES else self._permissions.rows(kind)

    def _held(self, shown: ObjectShown, holder: Named, names: Collection[Who]) -> Held | None:
        sources = sorted(self._sources(shown, names), key=lambda source: shown.kind.power(source.level), reverse=True)
        return Held(shown, holder, tuple(sources)) if sources else None

    def _sources(self, shown: ObjectShown, names: Collection[Who] | None = None) -> Iterator[Source]:
        for who, level in shown.guarded.access.entries:
            if names is None or who in names:
                yield Source(level, self._names.of_who(who), None)
        for who, level, place in shown.guarded.inherited:
            if names is None or who in names:
                yield Source(level, self._names.of_who(who), self._place(place))

    def _place(self, object_id: str) -> Place:
        """`/directories/123` is an object with a page; `/jobs/` is all of a kind, and has none."""
        request_type, _, identity = object_id.strip("/").rpartition("/")
        above = self.find(request_type, identity)
        return Place(above.title, above.href) if above else Place(object_id)
