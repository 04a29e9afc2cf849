"""An access list as the API shows it: one entry a principal, with all its levels, direct and inherited (api-facts: 5.1)."""

from sandbox.caller import Who
from sandbox.errors import Json
from sandbox.permissions.guarded import GuardedObject
from sandbox.scim.directory import Directory
from sandbox.scim.rows import Group


def as_json(guarded: GuardedObject, directory: Directory) -> Json:
    kind, access = guarded.kind, guarded.access
    levels: dict[Who, list[Json]] = {}
    for who, level in access.entries:
        levels.setdefault(who, []).append({"permission_level": level, "inherited": False})
    for (who, level), sources in _by_level(guarded).items():
        levels.setdefault(who, []).append({"permission_level": level, "inherited": True, "inherited_from_object": sources})
    return {
        **({"object_id": f"/{kind.request_type}/{access.object_id}"} if kind.has_object_id else {}),
        "object_type": kind.object_type.format(id=access.object_id),
        "access_control_list": [_entry(who, shown, directory) for who, shown in levels.items() if _is_listed(who, directory)],
    }


def _by_level(guarded: GuardedObject) -> dict[tuple[Who, str], list[str]]:
    """Everything that gives a principal the same level stands together."""
    found: dict[tuple[Who, str], list[str]] = {}
    for who, level, source in guarded.inherited:
        found.setdefault((who, level), []).append(source)
    return found


def _entry(who: Who, levels: list[Json], directory: Directory) -> Json:
    principal = directory.by_who(who)
    named = {"display_name": principal.display_name} if principal and not isinstance(principal, Group) else {}
    return {who.kind: who.name, **named, "all_permissions": levels}


def _is_listed(who: Who, directory: Directory) -> bool:
    """Not while its principal is out of the workspace; a dead owner is (both inferred, api-facts: 0, 5.4)."""
    principal = directory.by_who(who)
    return principal is None or directory.in_workspace(principal)
