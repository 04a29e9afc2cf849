from sandbox.errors import Json
from sandbox.routing import Answer, Call, Routes

routes = Routes()


@routes.get("/api/2.0/permissions/{request_type:path}/{object_id}/permissionLevels")
def get_permission_levels(call: Call, request_type: str, object_id: str) -> Json:
    return call.workspace.permissions.levels(call.caller, request_type, object_id)


@routes.get("/api/2.0/permissions/{request_type:path}/{object_id}")
def get_permissions(call: Call, request_type: str, object_id: str) -> Answer:
    return Answer(call.workspace.permissions.read(call.caller, request_type, object_id))


@routes.put("/api/2.0/permissions/{request_type:path}/{object_id}")
def set_permissions(call: Call, request_type: str, object_id: str) -> Answer:
    """Replaces all direct entries; a missing list is an empty one (api-facts: 5.4)."""
    items = call.body.get("access_control_list") or []
    return Answer(call.workspace.permissions.replace(call.caller, request_type, object_id, items))


@routes.patch("/api/2.0/permissions/{request_type:path}/{object_id}")
def update_permissions(call: Call, request_type: str, object_id: str) -> Answer:
    """Adds or changes the entries that are named, and leaves all others (api-facts: 5.4)."""
    items = call.body.get("access_control_list") or []
    return Answer(call.workspace.permissions.merge(call.caller, request_type, object_id, items))
