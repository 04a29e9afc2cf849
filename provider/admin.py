"""Who runs the deployment, and what that identity may grant."""

from dataclasses import dataclass

from databricks.sdk.errors import NotFound, PermissionDenied

from model.kinds import ObjectKind
from provider.workspace import Workspace


@dataclass(frozen=True)
class Admin:
    """The identity whose credentials the environment holds."""

    workspace: Workspace
    name: str
    groups: frozenset[str]

    @classmethod
    async def ask(cls, workspace: Workspace) -> "Admin":
        me = await workspace.do("GET", "/api/2.0/preview/scim/v2/Me")
        return cls(workspace, str(me.get("userName")), frozenset(str(group.get("display")) for group in me.get("groups", [])))

    @property
    def names(self) -> frozenset[str]:
        """Under which it may own things or hold privileges. (api-facts: 6.2)"""
        return self.groups | {self.name}

    @property
    def is_workspace_admin(self) -> bool:
        return "admins" in self.groups

    async def may_grant_on(self, kind: ObjectKind, object_id: str) -> str | None:
        """Why it may not; None if it may. A workspace admin may manage every object, which costs no request."""
        if self.is_workspace_admin:
            return None
        try:
            await self.workspace.do("GET", kind.access_list(object_id))
        except (PermissionDenied, NotFound):
            return f"{self.name} may not grant access to this {kind.noun}: that takes CAN_MANAGE on it, or a workspace admin"
        return None
