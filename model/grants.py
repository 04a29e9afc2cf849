"""Grants as values: as declared, by name; and as resolved, with the ids that a workspace knows."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from model.config import IntegrationConfig
from model.kinds import OBJECT_KINDS, SECURABLE_KINDS, SecurableKind
from model.vocabulary import ID

Path: TypeAlias = tuple[str, ...]


@dataclass(frozen=True)
class DeclaredObjectGrant:
    """A level on an object, which the stack file names as people do or by `id:`."""

    kind: str
    reference: str
    level: str
    path: Path
    """Where it stands in the integration's part of the file."""

    @property
    def slug(self) -> str:
        return _slug(self.kind, self.reference)


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

    @property
    def slug(self) -> str:
        return _slug(self.kind, self.full_name)


DeclaredGrant: TypeAlias = DeclaredObjectGrant | DeclaredSecurableGrant


class ObjectGrant(BaseModel):
    """A level on an object of the workspace."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["object"] = "object"
    kind: str
    id: str
    name: str
    level: str


class SecurablePrivileges(BaseModel):
    """Privileges on a securable."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["securable"] = "securable"
    kind: str
    full_name: str
    privileges: tuple[str, ...]
    implied: tuple[str, ...] = ()


Grant: TypeAlias = Annotated[ObjectGrant | SecurablePrivileges, Field(discriminator="type")]
"""What is handed on as JSON: `pydantic.TypeAdapter(list[Grant])` reads it."""


def grants_of(config: IntegrationConfig) -> list[DeclaredGrant]:
    """All grants of an integration: one for each object, exactly one for each securable."""
    return [*_on_objects(config), *_on_securables(config)]


def _on_objects(config: IntegrationConfig) -> Iterator[DeclaredObjectGrant]:
    for kind in OBJECT_KINDS:
        for reference, level in config.grants.get(kind, {}).items():
            yield DeclaredObjectGrant(kind, reference, str(level), ("grants", kind, reference))


def _on_securables(config: IntegrationConfig) -> Iterator[DeclaredSecurableGrant]:
    declared: dict[tuple[str, str], set[str]] = defaultdict(set)
    needed: dict[tuple[str, str], set[str]] = defaultdict(set)
    paths: dict[tuple[str, str], Path] = {}
    for kind in SECURABLE_KINDS.values():
        for name, privileges in config.grants.get(kind.key, {}).items():
            path = ("grants", kind.key, name)
            declared[kind.key, name.lower()].update(privileges)
            paths[kind.key, name.lower()] = path
            for securable, privilege in _needs(kind, name.lower(), tuple(privileges)):
                needed[securable].add(privilege)
                paths.setdefault(securable, path)
    for kind_key in SECURABLE_KINDS:
        for securable in (securable for securable in paths if securable[0] == kind_key):
            said = declared[securable]
            # ALL_PRIVILEGES holds every USE_ privilege in itself. (api-facts: 6.3)
            implied = set() if "ALL_PRIVILEGES" in said else needed[securable] - said
            if said or implied:
                yield DeclaredSecurableGrant(*securable, tuple(sorted(said | implied)), tuple(sorted(implied)), paths[securable])


def _needs(kind: SecurableKind, full_name: str, privileges: tuple[str, ...]) -> Iterator[tuple[tuple[str, str], str]]:
    """What the privileges are useless without, as (kind, name) and privilege."""
    for privilege in privileges:
        for needed in kind.beside.get(privilege, ()):
            yield (kind.key, full_name), needed
    parts = full_name.split(".")
    for depth, (above, needed) in enumerate(kind.above.items(), start=1):
        yield (above, ".".join(parts[:depth])), needed


def _slug(kind: str, name: str) -> str:
    """A Pulumi name: readable, the same whatever other grants there are, and different for every name.

    The colon keeps the names of two integrations apart, since neither their names nor kinds can hold one.
    """
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", name.removeprefix(ID))
    prefix = ID if name.startswith(ID) else ""
    if prefix + plain != name:
        plain += "-" + sha256(name.encode()).hexdigest()[:8]
    return f"{kind}:{prefix}{plain}"
