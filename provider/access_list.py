"""An object's access list as the Permissions API writes it (api-facts: 5.1), and what may be written back of it."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from model.kinds import OWNER

Json = dict[str, Any]


class Who(NamedTuple):
    """A principal as an entry names it."""

    key: str
    """What the entry calls the name, such as `user_name`."""
    name: str


def service_principal(application_id: str) -> Who:
    return Who("service_principal_name", application_id)


def item(who: Who, level: str) -> Json:
    """An entry as a request has it."""
    return {who.key: who.name, "permission_level": level}


def direct_level(access_list: list[Json], who: Who) -> str | None:
    """The level that a principal was given on the object itself, not by a folder or a group."""
    for entry in access_list:
        if _is(entry, who):
            return next(_direct_levels(entry), None)
    return None


def owner(access_list: list[Json]) -> Who | None:
    """Who owns the object."""
    for entry in access_list:
        if OWNER in _direct_levels(entry):
            return next(Who(key, str(name)) for key, name in _named(entry).items())
    return None


def to_put_back(access_list: list[Json], without: Iterable[Who]) -> list[Json]:
    """All direct entries but those of some principals, in the form in which a `PUT` takes them.

    An inherited level is left out: written back it would become a direct one. The key that names the principal is carried over
    as it came, so that an entry of a kind that we do not know is kept too.
    """
    left_out = set(without)
    kept: list[Json] = []
    for entry in access_list:
        if any(_is(entry, who) for who in left_out):
            continue
        kept += [_named(entry) | {"permission_level": level} for level in _direct_levels(entry)]
    return kept


def _named(entry: Json) -> Json:
    return {key: value for key, value in entry.items() if key not in {"all_permissions", "display_name"}}


def _direct_levels(entry: Json) -> Iterator[str]:
    return (held["permission_level"] for held in entry.get("all_permissions", []) if not held.get("inherited"))


def _is(entry: Json, who: Who) -> bool:
    name = str(entry.get(who.key, ""))
    # Users and application ids compare without regard to case, groups exactly (api-facts: 5.4).
    return name == who.name or (who.key != "group_name" and name.lower() == who.name.lower())
