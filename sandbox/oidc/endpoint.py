from typing import NamedTuple

from sandbox.scim.directory import Directory
from sandbox.scim.rows import ServicePrincipal, User


class TokenEndpoint(NamedTuple):
    """One of the two: a workspace's, which lets in who is in the workspace, or the account's."""

    issuer: str
    audience: str
    account_id: str
    to_workspace: bool

    def admits(self, directory: Directory, principal: ServicePrincipal | User) -> bool:
        return principal.active and (directory.in_workspace(principal) or not self.to_workspace)
