"""Principals as SCIM shows them, in the workspace and in the account (api-facts: 3.2, 3.3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from sandbox.errors import Json
from sandbox.scim.directory import Directory
from sandbox.scim.rows import Group, Principal, ServicePrincipal, User

Level = Literal["workspace", "account"]


@dataclass(frozen=True, slots=True)
class Resource:
    """One of SCIM's collections."""

    collection: str
    noun: str
    schema: str


SERVICE_PRINCIPALS = Resource(
    "ServicePrincipals",
    "Service principal",
    "urn:ietf:params:scim:schemas:core:2.0:ServicePrincipal",
)
USERS = Resource("Users", "User", "urn:ietf:params:scim:schemas:core:2.0:User")
GROUPS = Resource("Groups", "Group", "urn:ietf:params:scim:schemas:core:2.0:Group")

ALWAYS = {"schemas", "id", "applicationId"}
"""Shown whatever was asked for: clients build on these (api-facts: 3.3)."""


def resource_of(principal: Principal) -> Resource:
    if isinstance(principal, ServicePrincipal):
        return SERVICE_PRINCIPALS
    return USERS if isinstance(principal, User) else GROUPS


def shown(directory: Directory, principal: Principal, level: Level) -> Json:
    """All that there is to show. What is empty is left out, as the real service does."""
    resource = resource_of(principal)
    groups = _groups(directory, principal, level)
    words = {
        "externalId": principal.external_id,
        # A workspace's entitlements are no matter of the account's, and the account's roles none of the workspace's.
        "entitlements": _values(principal.entitlements) if level == "workspace" else None,
        "roles": _values(principal.roles) if level == "account" else None,
        "groups": groups,
    }
    return {
        "schemas": [resource.schema],
        "id": principal.id,
        **_own(directory, principal),
        **{name: value for name, value in words.items() if value},
    }


def shown_as_me(directory: Directory, principal: ServicePrincipal | User) -> Json:
    """A service principal is a user to itself, by the name of its application id (api-facts: 3.2)."""
    name = principal.who.name
    return {
        **shown(directory, principal, "workspace"),
        "schemas": [USERS.schema, "urn:ietf:params:scim:schemas:extension:workspace:2.0:User"],
        "userName": name,
        "emails": [{"type": "work", "value": name, "primary": True}],
        "name": {"givenName": principal.display_name},
    }


def selected(whole: Json, attributes: str | None, excluded: str | None) -> Json:
    """Only the `attributes` that were asked for, or all without the `excludedAttributes`."""
    if attributes:
        wanted = _words(attributes)
        return {name: value for name, value in whole.items() if name in ALWAYS or name.lower() in wanted}
    unwanted = _words(excluded or "")
    return {name: value for name, value in whole.items() if name in ALWAYS or name.lower() not in unwanted}


def _own(directory: Directory, principal: Principal) -> Json:
    if isinstance(principal, Group):
        found = [member for member in map(directory.by_id, principal.members) if member]
        members = [
            {"display": member.display_name, "value": member.id, "$ref": f"{resource_of(member).collection}/{member.id}"}
            for member in found
        ]
        kind = {"resourceType": "Group" if principal.of_account else "WorkspaceGroup"}
        return {"displayName": principal.display_name, **({"members": members} if members else {}), "meta": kind}
    if isinstance(principal, User):
        return {
            "userName": principal.user_name,
            "displayName": principal.display_name,
            "active": principal.active,
            "emails": [{"type": "work", "value": principal.user_name, "primary": True}],
            "name": {"givenName": principal.display_name.partition(" ")[0], "familyName": principal.display_name.partition(" ")[2]},
        }
    return {"applicationId": principal.application_id, "displayName": principal.display_name, "active": principal.active}


def _groups(directory: Directory, principal: Principal, level: Level) -> list[Json]:
    """Groups of the workspace are unknown to the account; `users` is not shown (api-facts: 3.3)."""
    return [
        {
            "display": group.display_name,
            "type": "direct" if principal.id in group.members else "indirect",
            "value": group.id,
            "$ref": f"Groups/{group.id}",
        }
        for group in directory.groups_of(principal.id)
        if group.of_account or level == "workspace"
    ]


def _values(words: Iterable[str]) -> list[Json]:
    return [{"value": word} for word in words]


def _words(listed: str) -> set[str]:
    return {word.strip().partition(".")[0].lower() for word in listed.split(",") if word.strip()}
