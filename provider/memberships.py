"""A principal's place in the workspace: its entitlements, its groups, its role. Each write changes one thing alone. (api-facts: 3, 9)"""

from dataclasses import dataclass

from databricks.sdk.errors import BadRequest, NotFound

from provider.patience import NotYetVisible
from provider.question import Group
from provider.workspace import Json, Workspace

_PRINCIPALS = "/api/2.0/preview/scim/v2/ServicePrincipals"
_ASSIGNMENTS = "/api/2.0/preview/permissionassignments"
_OPERATION = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_HAS_NONE = "No such attribute with the name : entitlements"

ROLES = ("USER", "ADMIN")
"""Each stronger than those before it."""


@dataclass(frozen=True)
class Held:
    """What a principal has in the workspace by itself, or as a direct member of a group."""

    entitlements: frozenset[str]
    group_ids: frozenset[str]


class Memberships:
    """Each costs one request."""

    def __init__(self, workspace: Workspace, account: Workspace | None) -> None:
        self._workspace = workspace
        self._account = account

    async def held(self, principal_id: str) -> Held | None:
        """None where there is no such principal in the workspace."""
        try:
            found = await self._workspace.do("GET", f"{_PRINCIPALS}/{principal_id}", query={"attributes": "entitlements,groups"})
        except NotFound:
            return None
        return Held(
            frozenset(str(each["value"]) for each in found.get("entitlements", [])),
            frozenset(str(each["value"]) for each in found.get("groups", []) if each.get("type", "direct") == "direct"),
        )

    async def held_soon(self, principal_id: str) -> Held:
        """Raises: NotYetVisible, where the workspace does not know the principal (yet)."""
        held = await self.held(principal_id)
        if held is None:
            raise NotYetVisible("the workspace does not know the service principal that was assigned to it yet")
        return held

    async def role(self, principal_id: str) -> str | None:
        """A principal's role in the workspace, as far as it is assigned there itself."""
        listed = await self._workspace.do("GET", _ASSIGNMENTS)
        for assignment in listed.get("permission_assignments", []):
            principal = assignment.get("principal") or assignment.get("Principal") or {}
            if str(principal.get("principal_id")) == principal_id:
                return max(assignment.get("permissions", []), key=ROLES.index, default=None)
        return None

    async def give_role(self, principal_id: str, role: str | None) -> None:
        """None takes the principal out of the workspace."""
        path = f"{_ASSIGNMENTS}/principals/{principal_id}"
        if role:
            await self._workspace.do("PUT", path, body={"permissions": [role]})
            return
        try:
            await self._workspace.do("DELETE", path)
        except NotFound:
            return

    async def add_entitlements(self, principal_id: str, entitlements: frozenset[str]) -> None:
        await self._change_entitlements(principal_id, "add", entitlements)

    async def remove_entitlements(self, principal_id: str, entitlements: frozenset[str]) -> None:
        try:
            await self._change_entitlements(principal_id, "remove", entitlements)
        except BadRequest as error:
            # Nothing is left to be removed, as after an answer that was lost. (api-facts: 2.4)
            if _HAS_NONE not in str(error):
                raise

    async def join(self, group: Group, principal_id: str) -> None:
        await self._change_group(group, {"op": "add", "path": "members", "value": [{"value": principal_id}]})

    async def leave(self, group: Group, principal_id: str) -> None:
        await self._change_group(group, {"op": "remove", "path": f'members[value eq "{principal_id}"]'})

    async def _change_entitlements(self, principal_id: str, op: str, entitlements: frozenset[str]) -> None:
        if entitlements:
            operation = {"op": op, "path": "entitlements", "value": [{"value": each} for each in sorted(entitlements)]}
            await self._workspace.do("PATCH", f"{_PRINCIPALS}/{principal_id}", body=_patch(operation))

    async def _change_group(self, group: Group, operation: Json) -> None:
        if group.of_account and self._account:
            path = f"/api/2.0/accounts/{self._account.account_id}/scim/v2/Groups/{group.id}"
            await self._account.do("PATCH", path, body=_patch(operation))
        else:
            await self._workspace.do("PATCH", f"/api/2.0/preview/scim/v2/Groups/{group.id}", body=_patch(operation))


def _patch(operation: Json) -> Json:
    return {"schemas": [_OPERATION], "Operations": [operation]}
