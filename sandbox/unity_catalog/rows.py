"""What Unity Catalog holds: securables, and who was granted what on each."""

from dataclasses import dataclass, field
from datetime import datetime

from sandbox.errors import Json
from sandbox.unity_catalog.kind import SecurableKind
from sandbox.unity_catalog.kinds import BY_TYPE


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: str
    """As SQL writes it, in lower case."""


@dataclass(frozen=True, slots=True)
class Securable:
    type: str
    full_name: str
    """In lower case; of a metastore, its id."""
    owner: str
    created_at: datetime
    created_by: str
    id: str
    title: str = ""
    """A metastore's name, which is not its full name."""
    subtype: str = ""
    """`MANAGED_CATALOG`, `VIEW`, ...: what the kind itself calls a type."""
    comment: str = ""
    details: Json = field(default_factory=dict)
    """What only some kinds have, as they show it: the `url` of an external location, the `options` of a connection."""
    columns: tuple[Column, ...] = ()
    view_definition: str = ""
    first_rows: tuple[tuple[str | None, ...], ...] = ()
    """Of a table of the seed: what is in it before anybody writes."""
    seeded: bool = True
    """A table of the seed without rows of its own gets made-up ones; one that somebody made is empty."""

    @property
    def key(self) -> str:
        return f"{self.type}/{self.full_name}"

    @property
    def kind(self) -> SecurableKind:
        return BY_TYPE[self.type]

    @property
    def name(self) -> str:
        return self.title or self.full_name.rpartition(".")[2]

    @property
    def parent_name(self) -> str:
        return self.full_name.rpartition(".")[0]

    @property
    def title_in_texts(self) -> str:
        return f"{self.kind.noun} '{self.title or self.full_name}'"


@dataclass(frozen=True, slots=True)
class Grant:
    """All privileges of one principal on one securable."""

    principal: str
    """The application id, user name or group name as the directory writes it."""
    spelling: str
    """The same as it was sent: the official plugin compares what it sent and what it reads byte for byte (api-facts: 11)."""
    privileges: frozenset[str]


@dataclass(frozen=True, slots=True)
class Grants:
    """The direct grants on one securable."""

    securable: str
    grants: tuple[Grant, ...] = ()

    @property
    def key(self) -> str:
        return self.securable

    def of(self, principal: str) -> frozenset[str]:
        return next((grant.privileges for grant in self.grants if grant.principal == principal), frozenset())

    def with_grant(self, changed: Grant) -> "Grants":
        """The same with this one in its place, or without it if it is empty."""
        others = [grant for grant in self.grants if grant.principal != changed.principal]
        kept = [*others, changed] if changed.privileges else others
        return Grants(self.securable, tuple(sorted(kept, key=lambda grant: grant.principal)))
