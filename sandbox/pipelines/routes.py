from sandbox.errors import Json
from sandbox.routing import Call, Routes

routes = Routes()


@routes.post("/api/2.0/pipelines/{pipeline_id}/updates")
def start_update(call: Call, pipeline_id: str) -> Json:
    return {"update_id": call.workspace.pipelines.start(call.caller, pipeline_id).id}


@routes.get("/api/2.0/pipelines/{pipeline_id}/updates/{update_id}")
def get_update(call: Call, pipeline_id: str, update_id: str) -> Json:
    update = call.workspace.pipelines.update(call.caller, pipeline_id, update_id)
    state = call.workspace.pipelines.state_of_update(update)
    return {"update": {"update_id": update.id, "pipeline_id": update.pipeline_id, "state": state}}


@routes.post("/api/2.0/pipelines/{pipeline_id}/stop")
def stop(call: Call, pipeline_id: str) -> Json:
    call.workspace.pipelines.stop(call.caller, pipeline_id)
    return {}
