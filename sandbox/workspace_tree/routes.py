import base64

from sandbox.clock import epoch_ms
from sandbox.errors import InvalidParameterValueError, Json
from sandbox.permissions.kinds import DASHBOARDS
from sandbox.routing import Answer, Call, Routes
from sandbox.workspace_tree.nodes import Node
from sandbox.workspace_tree.rules import SUFFIXES
from sandbox.workspace_tree.uploads import import_of

routes = Routes()


def as_json(node: Node) -> Json:
    made = {"created_at": epoch_ms(node.row.created_at), "modified_at": epoch_ms(node.row.created_at)}
    return {
        "object_type": node.object_type,
        "path": node.path,
        "object_id": node.object_id,
        "resource_id": node.row.id if node.kind is DASHBOARDS else str(node.object_id),
        **({"language": node.row.language} if node.object_type == "NOTEBOOK" else {}),
        **(made if node.object_type in {"NOTEBOOK", "FILE", "DASHBOARD"} else {}),
    }


@routes.get("/api/2.0/workspace/list")
def list_objects(call: Call) -> Json:
    found = call.workspace.tree.contents(call.caller, call.required("path"))
    return {"objects": [as_json(node) for node in found]} if found else {}


@routes.get("/api/2.0/workspace/get-status")
def get_status(call: Call) -> Json:
    return as_json(call.workspace.tree.get(call.caller, call.required("path")))


@routes.get("/api/2.0/workspace/export")
def export(call: Call) -> Json | Answer:
    node = call.workspace.tree.get(call.caller, call.required("path"), at_least="CAN_READ")
    if call.query.get("direct_download") == "true":
        return Answer(base64.b64decode(node.row.content), media_type="application/octet-stream")
    return {"content": node.row.content, "file_type": SUFFIXES.get(node.row.language, node.row.name.rpartition(".")[2])}


@routes.post("/api/2.0/workspace/mkdirs")
def mkdirs(call: Call) -> Json:
    call.workspace.tree.mkdirs(call.caller, call.required("path"))
    return {}


@routes.post("/api/2.0/workspace/import")
def import_object(call: Call) -> Json:
    sent = import_of(call)
    if not (path := str(sent.get("path", ""))):
        raise InvalidParameterValueError("Missing required field: path")
    content, language = str(sent.get("content", "")), sent.get("language")
    call.workspace.tree.write(call.caller, path, content, language, overwrite=sent.get("overwrite") is True)
    return {}


@routes.post("/api/2.0/workspace/delete")
def delete(call: Call) -> Json:
    call.workspace.tree.delete(call.caller, call.required("path"), recursive=call.body.get("recursive") is True)
    return {}
