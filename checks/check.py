"""What a check found."""

from dataclasses import dataclass
from enum import StrEnum

from model.grants import Grant


class Verdict(StrEnum):
    EXERCISED = "exercised"
    """The thing itself was done, with the bundle's credentials alone."""
    CONFIRMED = "confirmed"
    """The entry was read back, since trying it would cost or change something."""
    NOT_TRIED = "not_tried"
    FAILED = "failed"


@dataclass(frozen=True)
class Outcome:
    verdict: Verdict
    detail: str


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: `CAN_USE` of `SQL warehouse bi-serverless`."""

    check: str
    target: str
    verdict: Verdict
    detail: str
    grant: Grant | None = None
    """The grant that it is about, where it is about one."""

    @property
    def ok(self) -> bool:
        return self.verdict is not Verdict.FAILED

    def as_json(self) -> dict[str, str | bool]:
        return {"check": self.check, "target": self.target, "verdict": self.verdict.value, "ok": self.ok, "detail": self.detail}
