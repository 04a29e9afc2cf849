"""An object's access list as the Permissions API writes it (api-facts: 5.1), and what may be written back of it."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]


def direct_level(access_list: list[Json], application_id: str) -> str | None:
    """The level that a service principal was given on the object itself, not by a folder or a group."""
    for entry in access_list:
        if _is(entry, application_id):
            return next(_direct_levels(entry), None)
    return None


def to_put_back(access_list: list[Json], without: set[str]) -> list[Json]:
    """All direct entries but those of some service principals, in the form in which a `PUT` takes them.

    An inherited level is left out: written back it would become a direct one. The key that names the principal is carried over
    as it came, so that an entry of a kind that we do not know is kept too.
    """
    kept: list[Json] = []
    for entry in access_list:
        if any(_is(entry, application_id) for application_id in without):
            continue
        who = {key: value for key, value in entry.items() if key not in {"all_permissions", "display_name"}}
        kept += [who | {"permission_level": level} for level in _direct_levels(entry)]
    return kept


def _direct_levels(entry: Json) -> Iterator[str]:
    return (held["permission_level"] for held in entry.get("all_permissions", []) if not held.get("inherited"))


def _is(entry: Json, application_id: str) -> bool:
    # Application ids compare without regard to case (api-facts: 5.4).
    return str(entry.get("service_principal_name", "")).lower() == application_id.lower()
