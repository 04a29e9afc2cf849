"""The sandbox's remote control: its time, its faults, its log, and back to the beginning. Nothing that Databricks has."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sandbox.clock import rfc3339
from sandbox.errors import InvalidParameterValueError, Json
from sandbox.faults import Fault
from sandbox.seed import seed
from sandbox.workspace import Workspace


class FaultsGiven(BaseModel):
    model_config = ConfigDict(extra="forbid")

    faults: list[Fault] = []
    propagation_s: float | None = Field(default=None, ge=0)
    workspace_id_in_metadata: bool | None = None


class TimeGiven(BaseModel):
    model_config = ConfigDict(extra="forbid")

    now: datetime


def set_faults(workspace: Workspace, body: Json) -> Json:
    try:
        given = FaultsGiven.model_validate(body)
    except ValidationError as fault:
        raise InvalidParameterValueError(sentence(fault)) from fault
    faults = workspace.faults
    faults.add(given.faults)
    if given.propagation_s is not None:
        faults.propagation_s = given.propagation_s
    if given.workspace_id_in_metadata is not None:
        faults.workspace_id_in_metadata = given.workspace_id_in_metadata
    return shown_faults(workspace)


def shown_faults(workspace: Workspace) -> Json:
    faults = workspace.faults
    return {
        "faults": [fault.model_dump() for fault in faults.pending],
        "propagation_s": faults.propagation_s,
        "workspace_id_in_metadata": faults.workspace_id_in_metadata,
    }


def set_clock(workspace: Workspace, body: Json) -> Json:
    try:
        now = TimeGiven.model_validate(body).now
    except ValidationError as fault:
        raise InvalidParameterValueError(sentence(fault)) from fault
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


def sentence(fault: ValidationError) -> str:
    """All that is wrong with a body, by its fields."""
    return "; ".join(f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in fault.errors())
