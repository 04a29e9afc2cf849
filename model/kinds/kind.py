"""What is known of one kind of object, or of securable."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias
from urllib.parse import quote

OWNER = "IS_OWNER"
UNITY_CATALOG = "/api/2.1/unity-catalog"


@dataclass(frozen=True)
class Listing:
    """A flat listing of all objects of a kind. (api-facts: 7.1)"""

    path: str
    items: str
    """The key of the answer that holds them."""
    name: str
    """The field with the name that people see; a dot leads into a nested one."""
    id: str
    query: str | None = None
    """The request parameter that filters by exact name, where there is one: a full listing is then never needed."""
    page_size: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """The request parameter that asks for the largest page."""
    apart: tuple[str, ...] = ()
    """Fields that tell those of one name apart, as far as an answer has them; none where names are unique."""
    numbered: bool = False
    """Pages are asked for by number, until one is empty, rather than by token."""


@dataclass(frozen=True)
class Lookup:
    """A request for one declared name, where there is no flat listing: paths, and models of a workspace. (api-facts: 7.1)"""

    path: str
    query: str
    """The request parameter that takes the name."""
    id: str
    """The field with the id; a dot leads into a nested one."""
    name: str
    """The field with the name of what was found, which is not always the one that was asked for."""
    type: str | None = None
    """What the answer's `object_type` must be, where the same path finds other things too."""
    form: Literal["path", "name"] = "path"
    others: Listing | None = None
    """Where names like a missing one are found, if not in the directory that its path leads to."""


@dataclass(frozen=True)
class Fixed:
    """Objects that every workspace has, under names which are their ids."""

    names: tuple[str, ...]


Finding: TypeAlias = Listing | Lookup | Fixed


class _Kind:
    noun: str

    @property
    def a_noun(self) -> str:
        """The noun with its article, as it stands inside a sentence."""
        return f"{'an' if self.noun[0] in 'aeio' else 'a'} {self.noun}"

    @property
    def plural(self) -> str:
        return f"{self.noun[:-1]}ies" if self.noun[-1] == "y" else f"{self.noun}s"

    @property
    def A_noun(self) -> str:  # noqa: N802 -- the capital is the point
        """The same at a sentence's beginning."""
        return self.a_noun[0].upper() + self.a_noun[1:]


@dataclass(frozen=True)
class ObjectKind(_Kind):
    """A kind of object: guarded by the Permissions API, or as a secret scope by ACLs of its own. (api-facts: 5.2, 7.4)"""

    key: str
    """Its key in `grants`."""
    noun: str
    request_type: str
    """`{type}` in the path of the Permissions API."""
    levels: tuple[str, ...]
    """All levels, each stronger than those before it."""
    found: Finding
    """How a name becomes an id."""
    entitlements: tuple[str, ...] = ()
    """Without one of these, a principal cannot use the objects whatever its level; none where nothing is known to be needed."""
    seen_at: str | None = None
    """Where whoever has the lowest level sees the object: a path with `{id}` or `{name}`. (api-facts: 7.1, 8.2)"""
    old_levels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Former names of levels, which old access lists may still hold."""
    only: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Objects, by name, that have fewer levels than others of their kind."""
    guarded_by: Literal["permissions", "secrets"] = "permissions"
    """Which API holds the access list."""
    also: tuple[str, ...] = ()
    """What people call them besides the noun."""

    @property
    def grantable(self) -> tuple[str, ...]:
        """The levels that can be given and taken away without another word."""
        # IS_OWNER is taken from whoever has it (api-facts: 5.4), and cannot be taken away without somebody to give it to.
        return tuple(level for level in self.levels if level != OWNER)

    @property
    def has_owner(self) -> bool:
        return OWNER in self.levels

    @property
    def manage(self) -> str:
        """The level that lets its holder change the access list."""
        return "MANAGE" if self.guarded_by == "secrets" else "CAN_MANAGE"

    def grantable_on(self, name: str) -> tuple[str, ...]:
        """What can be granted on the object of this name."""
        return self.only.get(name, self.grantable)

    def access_list(self, object_id: str) -> str:
        """The path of an object's access list. An id may hold anything, and stays one part of the path."""
        if self.guarded_by == "secrets":
            return f"/api/2.0/secrets/acls/list?scope={quote(object_id, safe='')}"
        return f"/api/2.0/permissions/{self.request_type}/{quote(object_id, safe='')}"

    def power(self, level: str) -> int:
        """How strong a level is among those of this kind. One that is not known is taken for the strongest, so that nothing lowers it."""
        level = self.old_levels.get(level, level)
        return self.levels.index(level) if level in self.levels else len(self.levels)


@dataclass(frozen=True)
class SecurableKind(_Kind):
    """A kind of securable, guarded by Unity Catalog. (api-facts: 6.2, 6.3)"""

    key: str
    noun: str
    securable_type: str
    """`{securable_type}` in the path of its grants."""
    collection: str
    """Its part of the path of listings, whose key of items is the same but for `items`."""
    privileges: tuple[str, ...]
    form: tuple[str, ...]
    """The parts of a full name."""
    items: str = ""
    """The key of a listing's items, where it is not the collection's name."""
    above: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What any privilege needs on the securables that this one lies in: kind to privilege, outermost first."""
    beside: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """What a privilege needs on the same securable."""
    not_on: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Privileges that some types of table do not have."""
    seen_with: str | None = None
    """The privilege that it takes to look at one. (api-facts: 6.1)"""
    also: tuple[str, ...] = ()
    """What people call them besides the noun."""
    purpose: str = ""
    """What the answer's `purpose` must be, where the same path finds credentials for another one too. (api-facts: 6.1)"""

    def listing(self) -> tuple[str, str]:
        """The path of the listing, and the key of its items."""
        return f"{UNITY_CATALOG}/{self.collection}", self.items or self.collection.replace("-", "_")

    def one(self, full_name: str) -> str:
        """The path of one securable."""
        return f"{UNITY_CATALOG}/{self.collection}/{quote(full_name, safe='')}"

    def grants(self, api_name: str) -> str:
        """The path of what was granted on a securable, by the name that the API has for it."""
        return f"{UNITY_CATALOG}/permissions/{self.securable_type}/{quote(api_name, safe='')}"

    def effective_grants(self, api_name: str) -> str:
        """The path of what holds there, what is inherited included."""
        return f"{UNITY_CATALOG}/effective-permissions/{self.securable_type}/{quote(api_name, safe='')}"
