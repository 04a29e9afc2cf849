"""Securables as a tree, and what was granted on each."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sandbox.console.names import Named, Names
from sandbox.console.rendering import link, matches
from sandbox.unity_catalog.kind import SecurableKind
from sandbox.unity_catalog.kinds import KINDS
from sandbox.unity_catalog.rows import Securable
from sandbox.workspace import Workspace


@dataclass(frozen=True, slots=True)
class SecurableShown:
    row: Securable

    @property
    def title(self) -> str:
        """Whole, as it is declared and granted on."""
        return self.row.title or self.row.full_name

    @property
    def type(self) -> str:
        return self.row.type.replace("_", " ")

    @property
    def href(self) -> str:
        return link("securable", type=self.row.type, name=self.row.full_name)


@dataclass(frozen=True, slots=True)
class Branch:
    shown: SecurableShown
    grants: int
    """On the thing itself; what is inside may have more."""
    inside: "tuple[Branch, ...]"


@dataclass(frozen=True, slots=True)
class Granted:
    """What one principal has by one place: its privileges, or that it owns it, which gives all on the thing itself."""

    place: SecurableShown
    holder: Named
    privileges: tuple[str, ...]
    owns: bool = False


class Securables:
    def __init__(self, workspace: Workspace) -> None:
        self._access = workspace.unity_catalog.access
        self._names = Names(workspace.directory)

    def __len__(self) -> int:
        return len(self._access.securables)

    def trees(self) -> dict[str, tuple[Branch, ...]]:
        """By type, those that lie in no other, each with all that is in it."""
        return {kind.type: found for kind in KINDS if kind.parent is None and (found := self._inside(kind, ""))}

    def search(self, wanted: str) -> list[Branch]:
        """By name, wherever it lies; without what is inside."""
        found = (SecurableShown(row) for row in self._in_order())
        return [Branch(one, self._grants(one.row), ()) for one in found if matches(wanted, one.title)]

    def find(self, type_: str, full_name: str) -> SecurableShown | None:
        row = self._access.securables.get(f"{type_}/{full_name}")
        return SecurableShown(row) if row else None

    def inside(self, shown: SecurableShown) -> tuple[Branch, ...]:
        kinds = [kind for kind in KINDS if kind.parent is shown.row.kind]
        return tuple(branch for kind in kinds for branch in self._inside(kind, shown.row.full_name))

    def above(self, shown: SecurableShown) -> list[SecurableShown]:
        return [SecurableShown(row) for row in self._access.ancestors(shown.row)]

    def owner(self, shown: SecurableShown) -> Named:
        return self._names.of_account_name(shown.row.owner)

    def grants_on(self, shown: SecurableShown) -> list[Granted]:
        return self._granted(shown.row)

    def inherited_by(self, shown: SecurableShown) -> list[Granted]:
        """What was granted above and means something here, the nearest place first."""
        kind = shown.row.kind
        places = reversed(list(self._access.ancestors(shown.row)))
        return [granted for place in places for granted in self._granted(place, kind.own | kind.for_children)]

    def held_by(self, holder: Named, names: Collection[str]) -> list[Granted]:
        """Place by place, what was granted to whoever goes by these names, and what they own; first what is the holder's own."""
        return sorted((held for row in self._in_order() for held in self._held(row, names)), key=lambda held: held.holder != holder)

    def _in_order(self) -> list[Securable]:
        return sorted(self._access.securables, key=lambda row: (row.full_name, row.type))

    def _grants(self, row: Securable) -> int:
        return len(self._access.granted_on(row).grants)

    def _held(self, row: Securable, names: Collection[str]) -> Iterator[Granted]:
        if row.owner in names:
            yield Granted(SecurableShown(row), self._names.of_account_name(row.owner), (), owns=True)
        for grant in self._access.granted_on(row).grants:
            if grant.principal in names:
                yield Granted(SecurableShown(row), self._names.of_account_name(grant.principal), tuple(sorted(grant.privileges)))

    def _granted(self, place: Securable, meaningful: Collection[str] | None = None) -> list[Granted]:
        found = []
        for grant in self._access.granted_on(place).grants:
            words = sorted(word for word in grant.privileges if meaningful is None or word in meaningful)
            if words:
                found.append(Granted(SecurableShown(place), self._names.of_account_name(grant.principal), tuple(words)))
        return sorted(found, key=lambda granted: granted.holder.order)

    def _inside(self, kind: SecurableKind, place: str) -> tuple[Branch, ...]:
        rows = sorted(self._access.inside(kind, place), key=lambda row: row.name)
        shown = [SecurableShown(row) for row in rows]
        return tuple(Branch(one, self._grants(one.row), self.inside(one)) for one in shown)
