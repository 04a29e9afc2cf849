"""Stands before all handlers: whose call it is, and whether it may reach this part of the API at all (api-facts: 1.5)."""

from starlette.datastructures import Headers

from sandbox.caller import Caller, Who
from sandbox.errors import InvalidAccessTokenError, PermissionDeniedError, UnauthenticatedError
from sandbox.routing import Plane
from sandbox.workspace import Workspace


def admit(workspace: Workspace, headers: Headers, plane: Plane) -> Caller | None:
    """The caller, or None where anybody may call."""
    if plane in ("open", "console"):
        return None
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not token:
        raise UnauthenticatedError("Credential was not sent or was of an unsupported type for this API.")
    claims = workspace.oidc.claims(token)
    # Whoever moves the clock by a month must still be able to move it back, so the control routes look at no time.
    if plane != "control" and workspace.oidc.has_expired(claims):
        raise UnauthenticatedError("Token is expired.")
    principal = workspace.directory.by_who(Who("user_name", claims.subject))
    if principal is None:
        raise InvalidAccessTokenError
    caller = workspace.directory.caller(principal.id)
    if caller is None:
        raise PermissionDeniedError(f"{claims.subject} is deactivated.")
    if plane == "account":
        return caller
    _require_this_workspace(workspace, headers)
    if not caller.in_workspace:
        raise PermissionDeniedError(f"{caller.name} is not in workspace {workspace.site.workspace_id}.")
    if plane == "control":
        caller.require_workspace_admin()
    return caller


def _require_this_workspace(workspace: Workspace, headers: Headers) -> None:
    asked = headers.get("x-databricks-workspace-id") or headers.get("x-databricks-org-id")
    if asked is not None and asked != workspace.site.workspace_id:
        # Inferred (api-facts: 1.1).
        raise PermissionDeniedError(f"Workspace {asked} is not served here; this is {workspace.site.workspace_id}.")
