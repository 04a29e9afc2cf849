"""SCIM: principals made, read, changed and taken away; out of the workspace, or out of the account (api-facts: 0, 3)."""

import secrets
from dataclasses import replace
from uuid import uuid4

from sandbox.caller import Caller, Who
from sandbox.clock import Clock
from sandbox.errors import Json, ScimError
from sandbox.federation.rules import FederationPolicies
from sandbox.permissions.rules import Permissions
from sandbox.scim import changes
from sandbox.scim.directory import Directory
from sandbox.scim.filters import predicate
from sandbox.scim.rendering import GROUPS, SERVICE_PRINCIPALS, Level, Resource, resource_of, shown, shown_as_me
from sandbox.scim.rows import Assignment, Group, Principal, ServicePrincipal, User
from sandbox.secrets.rules import ServicePrincipalSecrets

OTHER: dict[Level, Level] = {"workspace": "account", "account": "workspace"}
OF_THE_LEVEL: dict[Level, str] = {"workspace": "entitlements", "account": "roles"}
"""What is each level's own to give, to anybody: a workspace's admin cannot make itself one of the account."""


class Scim:
    def __init__(
        self,
        clock: Clock,
        directory: Directory,
        permissions: Permissions,
        secrets_: ServicePrincipalSecrets,
        federation: FederationPolicies,
    ) -> None:
        self._clock = clock
        self._directory = directory
        self._permissions = permissions
        self._secrets = secrets_
        self._federation = federation

    def me(self, caller: Caller) -> Json:
        principal = self._directory.by_id(caller.principal_id)
        if principal is None or isinstance(principal, Group):
            raise ScimError(404, "User not found.")
        return shown_as_me(self._directory, principal)

    def listed(self, caller: Caller, level: Level, resource: Resource, filter_: str | None) -> list[Json]:
        _require_admin(caller, level)
        admits = predicate(filter_) if filter_ else None
        rows = (row for row in self._rows(resource) if self._is_of(level, row))
        whole = (shown(self._directory, row, level) for row in rows)
        return [one for one in whole if admits is None or admits(one)]

    def get(self, caller: Caller, level: Level, resource: Resource, principal_id: str) -> Json:
        _require_admin(caller, level)
        return shown(self._directory, self._find(level, resource, principal_id), level)

    def create_service_principal(self, caller: Caller, level: Level, body: Json) -> Json:
        _require_admin(caller, level)
        if body.get("applicationId"):
            # On AWS and GCP the service makes it (api-facts: 3.3).
            raise ScimError(
                400,
                "Request is unparsable, syntactically incorrect, or violates schema.",
                scim_type="Attribute applicationID cannot be specified for the SCIM Object.",
            )
        application_id = str(uuid4())
        made = ServicePrincipal(_new_id(), application_id, application_id, self._clock.now())
        principal = _replaced(made, level, body)
        self._put(principal)
        if level == "workspace":
            self._directory.assignments.put(Assignment(principal.id, self._clock.now()))
        return shown(self._directory, principal, level)

    def create_group(self, caller: Caller, level: Level, body: Json) -> Json:
        _require_admin(caller, level)
        name = changes.text_of(body.get("displayName"))
        if not name:
            raise ScimError(400, "Required attribute displayName is missing in the SCIM Object.", scim_type="invalidValue")
        if self._directory.group(name):
            raise ScimError(409, f"Group with name {name} already exists.")
        group = Group(_new_id(), name, self._clock.now(), of_account=level == "account")
        self._put(_replaced(group, level, body))
        return shown(self._directory, self._find(level, GROUPS, group.id), level)

    def replace(self, caller: Caller, level: Level, resource: Resource, principal_id: str, body: Json) -> Json:
        _require_admin(caller, level)
        row = _changeable(level, self._find(level, resource, principal_id))
        self._put(_replaced(row, level, body))
        return shown(self._directory, self._find(level, resource, principal_id), level)

    def patch(self, caller: Caller, level: Level, resource: Resource, principal_id: str, body: Json) -> Json:
        _require_admin(caller, level)
        row = self._find(level, resource, principal_id)
        for operation in changes.operations_of(body):
            attribute = operation.attribute.lower()
            if attribute != OF_THE_LEVEL[level]:
                row = _changeable(level, row)
            if attribute != OF_THE_LEVEL[OTHER[level]]:
                row = changes.changed(row, operation)
        self._put(row)
        return shown(self._directory, self._find(level, resource, principal_id), level)

    def delete(self, caller: Caller, level: Level, resource: Resource, principal_id: str) -> None:
        _require_admin(caller, level)
        principal = self._find(level, resource, principal_id)
        if isinstance(principal, Group) and principal.display_name in ("admins", "users") and not principal.of_account:
            raise ScimError(400, f"Group {principal.display_name} cannot be deleted.", scim_type="mutability")
        if level == "workspace" and not (isinstance(principal, Group) and not principal.of_account):
            self._directory.leave_workspace(principal)
            if self._directory.in_workspace(principal):
                raise ScimError(400, f"{resource.noun} {principal_id} is in the workspace through a group, and stays there with it.")
        else:
            self._delete_from_account(principal)

    def _delete_from_account(self, principal: Principal) -> None:
        """With its secrets, policies and entries in access lists. Unity Catalog's grants may linger under its raw name (api-facts: 3.3)."""
        self._directory.leave_groups(principal)
        self._directory.assignments.remove(principal.id)
        self._secrets.forget(principal.id)
        self._federation.forget(principal.id)
        self._permissions.forget(principal.who)
        self._directory.remove(principal)

    def _find(self, level: Level, resource: Resource, principal_id: str) -> Principal:
        principal = self._directory.by_id(principal_id)
        if principal is None or resource_of(principal) != resource or not self._is_of(level, principal):
            raise ScimError(404, f"{resource.noun} not found." if resource is GROUPS else f"{resource.noun} {principal_id} not found.")
        return principal

    def _is_of(self, level: Level, principal: Principal) -> bool:
        """The account knows nothing of a workspace's own groups (api-facts: 3.4)."""
        if level == "workspace":
            return self._directory.in_workspace(principal)
        return not isinstance(principal, Group) or principal.of_account

    def _put(self, row: Principal) -> None:
        if isinstance(row, ServicePrincipal):
            self._directory.service_principals.put(row)
        elif isinstance(row, User):
            self._directory.users.put(row)
        else:
            self._require_members(row)
            self._directory.groups.put(row)

    def _require_members(self, group: Group) -> None:
        if group.members and group.who == Who("group_name", "users"):
            raise ScimError(403, "The members of users are all who are in the workspace, and cannot be changed.")
        before = self._directory.groups.get(group.id)
        for member in set(group.members).difference(before.members if before else ()):
            principal = self._directory.by_id(member)
            known = principal and self._is_of("account" if group.of_account else "workspace", principal)
            if principal is None or not known or not self._directory.has_settled(principal, "groups"):
                raise ScimError(404, f"Principal {member} not found.")

    def _rows(self, resource: Resource) -> list[Principal]:
        if resource is SERVICE_PRINCIPALS:
            return list(self._directory.service_principals)
        return list(self._directory.groups) if resource is GROUPS else list(self._directory.users)


def _replaced(row: ServicePrincipal | Group, level: Level, body: Json) -> ServicePrincipal | Group:
    """The row with all that a POST or PUT sets. `groups` in it is ignored, and so are the other level's words (api-facts: 3.3)."""
    row = replace(row, external_id=changes.text_of(body.get("externalId")))
    row = replace(row, display_name=changes.text_of(body.get("displayName")) or row.display_name)
    if level == "workspace":
        row = replace(row, entitlements=changes.entitlements_of(body.get("entitlements")))
    else:
        row = replace(row, roles=changes.values_of(body.get("roles")))
    if isinstance(row, ServicePrincipal):
        return replace(row, active=changes.flag_of(body.get("active", True)))
    return replace(row, members=changes.values_of(body.get("members")))


def _changeable(level: Level, row: Principal) -> ServicePrincipal | Group:
    """The row, if all of it may be changed, and not only what is the level's own to give."""
    if isinstance(row, Group) and row.of_account and level == "workspace":
        # Read-only here (api-facts: 3.4); the text is inferred.
        raise ScimError(403, f"Group {row.display_name} belongs to the account, and cannot be changed in a workspace.")
    if isinstance(row, User):
        raise ScimError(501, "People come from the company's identity provider, and are not changed here.")
    return row


def _require_admin(caller: Caller, level: Level) -> None:
    if not (caller.is_workspace_admin if level == "workspace" else caller.is_account_admin):
        raise ScimError(403, f"{caller.name} is not an admin of this {level}.")


def _new_id() -> str:
    # 16 digits, and below 2**53: Pulumi hands on the number of a federation policy's principal as a double.
    return str(10**15 + secrets.randbelow(8 * 10**15))
