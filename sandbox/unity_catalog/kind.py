"""What tells one kind of securable from another."""

from dataclasses import dataclass, field

ALL = "ALL_PRIVILEGES"
MANAGE = "MANAGE"
BROWSE = "BROWSE"
NOT_IN_ALL = frozenset({MANAGE, "EXTERNAL_USE_SCHEMA", "EXTERNAL_USE_LOCATION"})
"""What ALL_PRIVILEGES neither gives nor takes away."""


@dataclass(frozen=True, slots=True)
class SecurableKind:
    """A kind of securable. A full name names its places too, from the catalog down."""

    type: str
    noun: str
    """As messages say it."""
    granted_as: tuple[str, ...]
    """How the paths of the permissions say it. A model is a function to them; kinds with a word in common share their names."""
    collection: str
    """Where it is listed and made."""
    list_key: str
    parent: "SecurableKind | None"
    created_by: str
    """What it takes to make one: on the place that it goes into, or else on the metastore."""
    own: frozenset[str]
    for_children: frozenset[str] = frozenset()
    """May be granted here for what is inside, now and later."""
    use: str = ""
    """What it takes to see it, and to reach whatever is inside; "" is any privilege on it."""
    shown_by: str = ""
    """The privilege on the metastore that shows all of the kind, where none on the thing itself does."""
    missing_code: str = "RESOURCE_DOES_NOT_EXIST"
    entity: dict[str, str] = field(default_factory=dict)
    """What a refused privilege's message calls it, by subtype, "" being the others (the words are inferred)."""
    not_of_subtype: dict[str, frozenset[str]] = field(default_factory=dict)
    only_of_subtype: dict[str, frozenset[str]] = field(default_factory=dict)
    id_field: str = ""
    subtype_field: str = ""
    details: tuple[str, ...] = ()
    """What else it is made with, and shows."""
    required: tuple[str, ...] = ()
    """What of that must be given."""

    @property
    def parts(self) -> int:
        return self.parent.parts + 1 if self.parent else 1

    @property
    def exists_code(self) -> str:
        return self.missing_code.replace("DOES_NOT_EXIST", "ALREADY_EXISTS")

    def grantable(self, subtype: str) -> frozenset[str]:
        all_of_kind = self.own | self.for_children
        return (all_of_kind - self.not_of_subtype.get(subtype, frozenset())) | self.only_of_subtype.get(subtype, frozenset())

    def entity_of(self, subtype: str) -> str:
        return self.entity.get(subtype, self.entity[""]).format(subtype=subtype)
