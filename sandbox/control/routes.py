import os

from sandbox.control.rules import plant_strange_entry, reset_workspace, set_clock, set_faults, shown_clock
from sandbox.errors import Json
from sandbox.routing import Answer, Call, Routes

health = Routes(plane="open")
routes = Routes(plane="control")


@health.get("/sandbox/health")
def get_health(call: Call) -> Json:
    return {"status": "ok", "pid": os.getpid(), "workspace_id": call.workspace.site.workspace_id}


@routes.get("/sandbox/requests")
def get_requests(call: Call) -> Json:
    return {"requests": call.workspace.request_log.as_json()}


@routes.delete("/sandbox/requests")
def clear_requests(call: Call) -> Json:
    call.workspace.request_log.clear()
    return {}


@routes.get("/sandbox/clock")
def get_clock(call: Call) -> Json:
    return shown_clock(call.workspace)


@routes.post("/sandbox/clock")
def post_clock(call: Call) -> Json:
    return set_clock(call.workspace, call.body)


@routes.get("/sandbox/faults")
def get_faults(call: Call) -> Json:
    return call.workspace.faults.as_json()


@routes.post("/sandbox/faults")
def post_faults(call: Call) -> Json:
    return set_faults(call.workspace, call.body)


@routes.delete("/sandbox/faults")
def clear_faults(call: Call) -> Json:
    call.workspace.faults.clear()
    return {}


@routes.post("/sandbox/strange_entries")
def post_strange_entry(call: Call) -> Answer:
    return Answer(plant_strange_entry(call.workspace, call.caller, call.body))


@routes.post("/sandbox/reset")
def reset(call: Call) -> Json:
    reset_workspace(call.workspace)
    return {}
