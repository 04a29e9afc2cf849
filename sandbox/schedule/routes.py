from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from sandbox.caller import Who
from sandbox.control.rules import given_as
from sandbox.errors import Json
from sandbox.routing import Call, Routes
from sandbox.schedule.rules import RivalStep

routes = Routes(plane="control")


class StepGiven(BaseModel):
    model_config = ConfigDict(extra="forbid")

    request_type: str
    object_id: str
    who: dict[Literal["user_name", "group_name", "service_principal_name"], str] = Field(min_length=1, max_length=1)
    level: str | None = None


class ScheduleGiven(BaseModel):
    model_config = ConfigDict(extra="forbid")

    actors: list[str]
    rival: list[StepGiven] = []
    order: list[int] = []


@routes.post("/sandbox/schedule")
def begin(call: Call) -> Json:
    given = given_as(ScheduleGiven, call.body)
    rival = [RivalStep(step.request_type, step.object_id, Who(*next(iter(step.who.items()))), step.level) for step in given.rival]
    call.workspace.schedule.begin(given.actors, rival, given.order, admin=call.caller)
    return {}


@routes.post("/sandbox/schedule/done")
def done(call: Call) -> Json:
    call.workspace.schedule.done(call.required("actor"))
    return {}


@routes.get("/sandbox/schedule")
def shown(call: Call) -> Json:
    return {"trace": [taken.as_json() for taken in call.workspace.schedule.trace]}


@routes.delete("/sandbox/schedule")
def end(call: Call) -> Json:
    call.workspace.schedule.clear()
    return {}
