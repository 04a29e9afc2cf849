"""What a principal holds by entries of its own, as the APIs write them."""

from collections.abc import Collection, Iterable
from typing import Any

from model.kinds import ObjectKind

NOT_IN_ALL_PRIVILEGES = frozenset({"MANAGE", "EXTERNAL_USE_SCHEMA", "EXTERNAL_USE_LOCATION"})
"""What ALL_PRIVILEGES does not hold in itself. (api-facts: 6.3)"""


def direct_levels(kind: ObjectKind, access_list: dict[str, Any], client_id: str) -> list[str]:
    """The levels that it was given on the object itself. (api-facts: 5.1, 7.4)"""
    if kind.guarded_by == "secrets":
        return [item["permission"] for item in access_list.get("items", []) if _same(item["principal"], client_id)]
    return [
        permission["permission_level"]
        for entry in access_list.get("access_control_list", [])
        # A service principal may also stand there under user_name. (api-facts: 5.4)
        if any(_same(entry.get(key), client_id) for key in ("service_principal_name", "user_name"))
        for permission in entry.get("all_permissions", [])
        if not permission.get("inherited")
    ]


def have_level(kind: ObjectKind, held: Iterable[str], level: str) -> bool:
    # A level that we do not know has the power to be left alone, but shows nothing.
    return any(kind.power(level) <= kind.power(each) < len(kind.levels) for each in held)


def direct_privileges(grants: dict[str, Any], client_id: str) -> set[str]:
    """The privileges that it was given on the securable itself. (api-facts: 6.2)"""
    assignments = (each for each in grants.get("privilege_assignments", []) if _same(each["principal"], client_id))
    return {privilege for assignment in assignments for privilege in assignment.get("privileges", [])}


def have_privilege(held: Collection[str], privilege: str) -> bool:
    return privilege in held or ("ALL_PRIVILEGES" in held and privilege not in NOT_IN_ALL_PRIVILEGES)


def _same(name: object, client_id: str) -> bool:
    return str(name).casefold() == client_id.casefold()
