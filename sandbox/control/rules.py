"""The sandbox's remote control: its time, its faults, strange entries, and back to the beginning. Nothing that Databricks has."""

from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from sandbox.caller import Caller
from sandbox.clock import rfc3339
from sandbox.errors import InvalidParameterValueError, Json
from sandbox.faults import FaultsGiven
from sandbox.seed import seed
from sandbox.workspace import Workspace

M = TypeVar("M", bound=BaseModel)


class TimeGiven(BaseModel):
    model_config = ConfigDict(extra="forbid")

    now: datetime


class StrangeEntry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    request_type: str
    object_id: str
    entry: dict[str, str]


def given_as(model: type[M], body: Json) -> M:
    """What was posted, or all that is wrong with it."""
    try:
        return model.model_validate(body)
    except ValidationError as fault:
        raise InvalidParameterValueError(
            "; ".join(f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in fault.errors())
        ) from fault


def set_faults(workspace: Workspace, body: Json) -> Json:
    given = given_as(FaultsGiven, body)
    workspace.faults.set(given)
    return workspace.faults.as_json()


def plant_strange_entry(workspace: Workspace, caller: Caller, body: Json) -> bytes:
    given = given_as(StrangeEntry, body)
    return workspace.permissions.plant(caller, given.request_type, given.object_id, given.entry)


def set_clock(workspace: Workspace, body: Json) -> Json:
    now = given_as(TimeGiven, body).now
    if now.tzinfo is None:
        raise InvalidParameterValueError("now: needs a time zone, as in 2027-03-01T00:00:00Z.")
    workspace.clock.set(now)
    return shown_clock(workspace)


def shown_clock(workspace: Workspace) -> Json:
    return {"now": rfc3339(workspace.clock.now())}


def reset_workspace(workspace: Workspace) -> None:
    seed(workspace)
    workspace.faults.clear()
    workspace.schedule.clear()
    workspace.request_log.clear()
