"""What there is to know about one kind of object that the Permissions API guards (api-facts: 5.2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from sandbox.objects.ids import MakeId
from sandbox.objects.rows import NamedObject

OWNER = "IS_OWNER"
MANAGE = "CAN_MANAGE"
FOLDER_LEVELS = ("CAN_READ", "CAN_RUN", "CAN_EDIT", MANAGE)
"""What a directory has, and hands down to what lies in it."""

ADVICE = "Please contact the owner or an administrator for access."
WORDS = {
    "CAN_VIEW": "View",
    "CAN_READ": "Read",
    "CAN_USE": "Use",
    "CAN_QUERY": "Query",
    "CAN_RUN": "Run",
    "CAN_EDIT": "Edit",
    "CAN_ATTACH_TO": "Attach",
    "CAN_RESTART": "Restart",
    "CAN_MANAGE_RUN": "Manage Run",
    MANAGE: "Manage",
}
"""The levels as refusals say them; those of clusters and directories were seen, the others are inferred from them (api-facts: 8.2)."""


class GuardedRow(Protocol):
    @property
    def key(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class ObjectKind:
    """A kind of object. Texts are filled in with `app` (who calls), `id` and `name` (of the object; its path if it lies in a directory)."""

    request_types: tuple[str, ...]
    """As the paths say it: first the one that answers use in `object_id`, then its aliases."""
    object_type: str
    noun: str
    """As messages say it."""
    levels: tuple[str, ...]
    """Ascending: each includes those before it."""
    row_type: type[GuardedRow] = NamedObject
    known_as: str = ""
    """What people call one, where messages use another word."""
    make_id: MakeId | None = None
    """None where its name is its id."""
    name_is_path: bool = False
    unique_names: bool = True
    name_form: str = ""
    """What a name must look like as a whole, where not every one is taken."""
    made_with: str = ""
    """The entitlement that it takes to make one, where that is another than to reach it."""
    made_by_admins: bool = False
    entitlements: tuple[str, ...] = ()
    """One of these is needed to reach this part of the API at all; inferred (see README.md)."""
    owners: Literal["none", "at most one", "exactly one"] = "none"
    inherits_from: Literal["nothing", "directories", "root"] = "nothing"
    root: str = ""
    """The id of the object that stands for all of the kind, if there is one. There `admins` have an entry, which a PUT must repeat."""
    root_keeps_admins: str = "Cannot remove admins's CAN_MANAGE permission on {id}"
    admins_have: str = MANAGE
    admins_from: str = ""
    """What admins are shown to inherit from, where that is not the path of the kind."""
    old_levels: Mapping[str, str] = field(default_factory=dict)
    """Former names of levels, which are still taken."""
    fewer_levels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By id: objects that have not all levels of their kind."""
    has_object_id: bool = True
    missing: str = ""
    no_access_to_list: str = f"{{app}} does not have Manage permissions on {{name}}. {ADVICE}"
    refusals: Mapping[str, str] = field(default_factory=dict)
    """What is said to whoever calls without the level that the call needs, where it is not the common text (api-facts: 8.2)."""

    @property
    def request_type(self) -> str:
        return self.request_types[0]

    @property
    def table_name(self) -> str:
        return self.request_type if self.row_type is NamedObject else self.row_type.__name__

    @property
    def lowest(self) -> str:
        """What it takes to see an object of the kind."""
        return self.levels[0]

    def levels_on(self, object_id: str) -> tuple[str, ...]:
        return self.fewer_levels.get(object_id, self.levels)

    def power(self, level: str) -> int:
        """How much a level includes. That of admins is the highest, also where nobody can be given it, as on a policy."""
        level = self.old_levels.get(level, level)
        return self.levels.index(level) if level in self.levels else len(self.levels)

    def handed_down(self, level: str) -> str:
        """What a directory's level is here: an experiment has no CAN_RUN, and CAN_READ is the next below (inferred)."""
        if level in self.levels:
            return level
        return next(lower for lower in reversed(FOLDER_LEVELS[: FOLDER_LEVELS.index(level)]) if lower in self.levels)

    @property
    def common_name(self) -> str:
        return self.known_as or self.noun

    @property
    def title(self) -> str:
        """The noun as it begins a sentence."""
        return self.noun[0].upper() + self.noun[1:]

    def missing_text(self, object_id: str) -> str:
        text = self.missing or f"{self.title} {{id}} does not exist."
        return text.format(id=object_id)

    def refusal_text(self, at_least: str) -> str:
        return self.refusals.get(at_least) or f"{{app}} does not have {WORDS[at_least]} permissions on {{name}}. {ADVICE}"
