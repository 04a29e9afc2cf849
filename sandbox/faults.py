"""What the sandbox does wrong on request. Faults are in memory alone: a restart ends them."""

import re
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, field_validator, model_validator


class Fault(BaseModel):
    """One thing to do wrong for requests that match: `skip` of them pass first, then `times` of them are met."""

    model_config = ConfigDict(extra="forbid")

    method: str = "*"
    path: str = ".*"
    status: int | None = Field(default=None, ge=400, le=599)
    error_code: str = "INJECTED_FAULT"
    message: str = "The sandbox was told to fail here."
    retry_after: int | None = None
    times: int = Field(default=1, ge=1)
    skip: int = Field(default=0, ge=0)
    when: Literal["before", "after"] = "before"
    delay_ms: int = Field(default=0, ge=0)
    cut: bool = False
    _pattern: re.Pattern[str] = PrivateAttr()

    @field_validator("path")
    @classmethod
    def _is_a_pattern(cls, path: str) -> str:
        try:
            re.compile(path)
        except re.error as reason:
            raise ValueError(f"not a regular expression: {reason}") from reason
        return path

    @model_validator(mode="after")
    def _compiled(self) -> Self:
        self._pattern = re.compile(self.path)
        return self

    def matches(self, method: str, path: str) -> bool:
        return self.method.upper() in ("*", method) and self._pattern.search(path) is not None


class Faults:
    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.pending: list[Fault] = []
        self.propagation_s = 0.0
        self.workspace_id_in_metadata = True

    def add(self, faults: list[Fault]) -> None:
        self.pending.extend(faults)

    def take(self, method: str, path: str) -> Fault | None:
        """The first fault, in the order in which they were set, that is due for this request."""
        for fault in [fault for fault in self.pending if fault.matches(method, path)]:
            if fault.skip:
                fault.skip -= 1
                continue
            fault.times -= 1
            if not fault.times:
                self.pending.remove(fault)
            return fault
        return None
