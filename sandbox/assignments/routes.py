from sandbox.assignments.rules import PERMISSIONS
from sandbox.errors import Json, ResourceDoesNotExistError
from sandbox.routing import Call, Routes

account = Routes(plane="account")
workspace = Routes()

OF_ACCOUNT = "/api/2.0/accounts/{account_id}/workspaces/{workspace_id}/permissionassignments"
OF_WORKSPACE = "/api/2.0/preview/permissionassignments"


def _require_this_workspace(call: Call, workspace_id: str) -> None:
    if workspace_id != call.workspace.site.workspace_id:
        raise ResourceDoesNotExistError(f"Workspace {workspace_id} does not exist.")


@account.get(f"{OF_ACCOUNT}/permissions")
def list_permissions(call: Call, workspace_id: str, **_: str) -> Json:
    _require_this_workspace(call, workspace_id)
    return {"permissions": [{"permission_level": level, "description": text} for level, text in PERMISSIONS.items()]}


@account.get(OF_ACCOUNT)
def list_assignments(call: Call, workspace_id: str, **_: str) -> Json:
    _require_this_workspace(call, workspace_id)
    return {"permission_assignments": call.workspace.assignments.listed(call.caller)}


@account.put(f"{OF_ACCOUNT}/principals/{{principal_id}}")
def put_assignment(call: Call, workspace_id: str, principal_id: str, **_: str) -> Json:
    _require_this_workspace(call, workspace_id)
    return call.workspace.assignments.put(call.caller, principal_id, call.body.get("permissions"), workspace_id=workspace_id)


@account.delete(f"{OF_ACCOUNT}/principals/{{principal_id}}")
def delete_assignment(call: Call, workspace_id: str, principal_id: str, **_: str) -> Json:
    _require_this_workspace(call, workspace_id)
    call.workspace.assignments.delete(call.caller, principal_id)
    return {}


@workspace.get(OF_WORKSPACE)
def list_in_workspace(call: Call) -> Json:
    return {"permission_assignments": call.workspace.assignments.listed(call.caller)}


@workspace.post(OF_WORKSPACE)
def post_in_workspace(call: Call) -> Json:
    return {"permission_assignments": call.workspace.assignments.post(call.caller, call.body.get("permission_assignments"))}


@workspace.put(f"{OF_WORKSPACE}/principals/{{principal_id}}")
def put_in_workspace(call: Call, principal_id: str) -> Json:
    return call.workspace.assignments.put(
        call.caller, principal_id, call.body.get("permissions"), workspace_id=call.workspace.site.workspace_id
    )


@workspace.delete(f"{OF_WORKSPACE}/principals/{{principal_id}}")
def delete_in_workspace(call: Call, principal_id: str) -> Json:
    call.workspace.assignments.delete(call.caller, principal_id)
    return {}
