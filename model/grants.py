"""Grants as values: as declared, by name; and as resolved, with the ids that a workspace knows."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from model.config import Value
from model.kinds import OBJECT_KINDS, SECURABLE_KINDS, SecurableKind
from model.vocabulary import ID

Path: TypeAlias = tuple[str, ...]


@dataclass(frozen=True)
class Wanted:
    """A level on one object or privileges on one securable, wherever it is said."""

    kind: str
    name: str
    value: Value
    path: Path
    """Where it stands in the integration's part of the file."""
    source: str | None
    """The preset or consumer that asks for it; None where the integration does itself."""
    next_owner: str | None = None


@dataclass(frozen=True)
class DeclaredObjectGrant:
    """A level on an object, which the stack file names as people do or by `id:`."""

    kind: str
    reference: str
    level: str
    path: Path
    """Where it stands in the integration's part of the file."""
    source: str | None = None
    """The preset or consumer that it comes from."""
    next_owner: str | None = None
    """Beside IS_OWNER, who becomes the owner when the integration gives it up."""

    @property
    def slug(self) -> str:
        return slug(self.kind, self.reference)


@dataclass(frozen=True)
class DeclaredSecurableGrant:
    """All privileges of one integration on one securable."""

    kind: str
    full_name: str
    """In lower case, as Unity Catalog keeps it. (api-facts: 6)"""
    privileges: tuple[str, ...]
    """Sorted, those that are implied included."""
    implied: tuple[str, ...]
    """Those that nobody declared, but that the declared ones are useless without."""
    path: Path
    source: str | None = None

    @property
    def slug(self) -> str:
        return slug(self.kind, self.full_name)


DeclaredGrant: TypeAlias = DeclaredObjectGrant | DeclaredSecurableGrant


class ObjectGrant(BaseModel):
    """A level on an object of the workspace."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["object"] = "object"
    kind: str
    id: str
    name: str
    level: str
    next_owner: str | None = Field(default=None, exclude=True)
    """Beside IS_OWNER; who proves a grant, or reads one in the state, has nothing to do with it."""

    @property
    def target(self) -> str:
        """What it is on, as people are told."""
        return f"{OBJECT_KINDS[self.kind].noun} {self.name}"


class SecurablePrivileges(BaseModel):
    """Privileges on a securable."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["securable"] = "securable"
    kind: str
    full_name: str
    id: str = ""
    """By which the API knows it, where that is not its full name: a metastore's."""
    privileges: tuple[str, ...]
    implied: tuple[str, ...] = ()

    @property
    def api_name(self) -> str:
        return self.id or self.full_name

    @property
    def target(self) -> str:
        """What they are on, as people are told."""
        return f"{SECURABLE_KINDS[self.kind].noun} {self.full_name}"


Grant: TypeAlias = Annotated[ObjectGrant | SecurablePrivileges, Field(discriminator="type")]
"""What is handed on as JSON: `pydantic.TypeAdapter(list[Grant])` reads it."""


def grants_of(wanted: Iterable[Wanted]) -> list[DeclaredGrant]:
    """All grants of an integration: one for each object, exactly one for each securable."""
    wanted = list(wanted)
    return [
        *_on_objects([each for each in wanted if each.kind in OBJECT_KINDS]),
        *_on_securables([each for each in wanted if each.kind in SECURABLE_KINDS]),
    ]


def _on_objects(wanted: Sequence[Wanted]) -> Iterator[DeclaredObjectGrant]:
    strongest: dict[tuple[str, str], Wanted] = {}
    for each in wanted:
        before = strongest.get((each.kind, each.name))
        # What the integration says itself goes before what a preset gives; of two presets, the stronger level is needed.
        if before is None or each.source is None or (before.source and _power(each) > _power(before)):
            strongest[each.kind, each.name] = each
    for kind in OBJECT_KINDS:
        for each in (each for each in strongest.values() if each.kind == kind):
            yield DeclaredObjectGrant(kind, each.name, str(each.value), each.path, each.source, each.next_owner)


def _power(wanted: Wanted) -> int:
    return OBJECT_KINDS[wanted.kind].power(str(wanted.value))


def _on_securables(wanted: Sequence[Wanted]) -> Iterator[DeclaredSecurableGrant]:
    declared: dict[tuple[str, str], set[str]] = defaultdict(set)
    needed: dict[tuple[str, str], set[str]] = defaultdict(set)
    places: dict[tuple[str, str], Wanted] = {}
    for each in wanted:
        securable = each.kind, each.name.lower()
        declared[securable].update(each.value)
        places[securable] = each
    for each in wanted:
        for securable, privilege in _needs(SECURABLE_KINDS[each.kind], each.name.lower(), tuple(each.value)):
            needed[securable].add(privilege)
            places.setdefault(securable, each)
    for kind_key in SECURABLE_KINDS:
        for securable in (securable for securable in places if securable[0] == kind_key):
            said = declared[securable]
            # ALL_PRIVILEGES holds every USE_ privilege in itself. (api-facts: 6.3)
            implied = set() if "ALL_PRIVILEGES" in said else needed[securable] - said
            if said or implied:
                place = places[securable]
                yield DeclaredSecurableGrant(*securable, tuple(sorted(said | implied)), tuple(sorted(implied)), place.path, place.source)


def _needs(kind: SecurableKind, full_name: str, privileges: tuple[str, ...]) -> Iterator[tuple[tuple[str, str], str]]:
    """What the privileges are useless without, as (kind, name) and privilege."""
    for privilege in privileges:
        for needed in kind.beside.get(privilege, ()):
            yield (kind.key, full_name), needed
    parts = full_name.split(".")
    for depth, (above, needed) in enumerate(kind.above.items(), start=1):
        yield (above, ".".join(parts[:depth])), needed


def slug(kind: str, name: str) -> str:
    """The end of a Pulumi name: readable, the same whatever else there is, and different for every name.

    The colon keeps the names of two integrations apart, since neither their names nor kinds can hold one.
    """
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", name.removeprefix(ID))
    prefix = ID if name.startswith(ID) else ""
    if prefix + plain != name:
        plain += "-" + sha256(name.encode()).hexdigest()[:8]
    return f"{kind}:{prefix}{plain}"
