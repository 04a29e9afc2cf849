"""A moment's troubles of a workspace: all the reasons for which a request is tried again, and for how long.

The SDK repeats after 429, 503 and a connection that broke; not after 500, 502, 504 or an answer that broke off. (api-facts: 2.3)
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from random import uniform
from typing import TypeVar

import requests
from databricks.sdk.errors import DataLoss, DeadlineExceeded, InternalError, TemporarilyUnavailable, TooManyRequests
from databricks.sdk.errors.base import DatabricksError

from checks.waiting import say
from model.faults import BrickpassError, WorkspaceUnreachable

T = TypeVar("T")

LIMIT_S = 120.0
# As long as the SDK itself comes back where it is asked to. (api-facts: 2.3)
LIMIT_WHERE_ASKED_S = 300.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 8.0

# SCIM's limit, as it comes out of a 500: "REQUEST_LIMIT_EXCEEDED: Workspace 1234 exceeded the concurrent limit of 4 requests."
# (databricks-sdk-go#721)
_LIMIT = "REQUEST_LIMIT_EXCEEDED"
# The SDK has no class for 502, and keeps the status of no error; this is how gateways say it.
_BAD_GATEWAY = re.compile(r"\bbad gateway\b", re.IGNORECASE)


class LoginUnanswered(WorkspaceUnreachable):
    """The workspace neither took the credentials nor refused them: it was busy, or something stands before it."""


class StillInTrouble(BrickpassError, TimeoutError):
    """What was tried again until the time was over."""


@dataclass(frozen=True)
class Trouble:
    reason: str
    asked_to_wait_s: float = 0.0
    """How long the workspace wants to be left alone."""

    @property
    def limit_s(self) -> float:
        return LIMIT_WHERE_ASKED_S if self.asked_to_wait_s else LIMIT_S


TROUBLES = {
    429: "the workspace is busy (429)",
    500: "the workspace had an internal error (500)",
    502: "the workspace's gateway did not reach it (502)",
    503: "the workspace is not available (503)",
    504: "the workspace took too long (504)",
}
"""By HTTP status."""
_STATUSES = {TemporarilyUnavailable: 503, InternalError: 500, DeadlineExceeded: 504}
_WITHOUT_AN_ANSWER = {
    LoginUnanswered: "the workspace does not answer the login",
    requests.Timeout: "the workspace does not answer in time",
    requests.exceptions.ChunkedEncodingError: "an answer of the workspace broke off",
    requests.ConnectionError: "the connection to the workspace broke",
}


def trouble_of(error: BaseException) -> Trouble | None:
    """Why the same request may well be answered in a moment; None for all that is an answer, a refusal above all."""
    if isinstance(error, StillInTrouble):
        return None
    if isinstance(error, TimeoutError) and error.__cause__:
        # What the SDK thinks worth repeating when it may not, or no longer: by its text, too. (api-facts: 2.3)
        return trouble_of(error.__cause__) or Trouble("the workspace asks to try again")
    if isinstance(error, DatabricksError):
        return _trouble_in(error)
    if isinstance(error, requests.HTTPError) and error.response.status_code in TROUBLES:
        return Trouble(TROUBLES[error.response.status_code])
    return next((Trouble(reason) for kind, reason in _WITHOUT_AN_ANSWER.items() if isinstance(error, kind)), None)


def _trouble_in(error: DatabricksError) -> Trouble | None:
    # RESOURCE_EXHAUSTED, another of its codes, also comes with statuses, and for limits, that no waiting mends.
    if isinstance(error, TooManyRequests) and error.retry_after_secs is not None:
        return Trouble(TROUBLES[429], float(error.retry_after_secs))
    if error.error_code == _LIMIT or _LIMIT in str(error):
        return Trouble("the workspace is busy (429 in another status)")
    if _BAD_GATEWAY.search(str(error)):
        return Trouble(TROUBLES[502])
    if isinstance(error, DataLoss):
        return None
    status = next((status for kind, status in _STATUSES.items() if isinstance(error, kind)), None)
    return Trouble(TROUBLES[status], float(error.retry_after_secs or 0)) if status else None


class Endurance:
    """The pauses between tries of one thing, each longer than the one before."""

    def __init__(self, limit_s: float | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit_s = limit_s
        self._clock = clock
        self._began = clock()
        self._pause = FIRST_PAUSE_S

    @property
    def waited_s(self) -> float:
        return self._clock() - self._began

    def pause(self, trouble: Trouble) -> float | None:
        """How long to wait now, which is said to whoever listens; None where that is past the limit."""
        # Whoever was turned away together would else come back together.
        pause = max(self._pause, trouble.asked_to_wait_s) + uniform(0, self._pause / 2)  # noqa: S311 - no secret hangs on it
        if self.waited_s + pause > (trouble.limit_s if self._limit_s is None else self._limit_s):
            return None
        self._pause = min(2 * self._pause, LONGEST_PAUSE_S)
        say(trouble.reason, pause)
        return pause

    def over(self, what: str, trouble: Trouble, error: Exception) -> StillInTrouble:
        last = error.__cause__ or error
        tried = f"for {self.waited_s:.0f} s" if self._pause > FIRST_PAUSE_S else "once"
        asks = f", and asks to wait {trouble.asked_to_wait_s:.0f} s" if trouble.asked_to_wait_s else ""
        return StillInTrouble(f"{what} was tried {tried}: {trouble.reason}{asks}. Run the same command again later; last: {last}")


def enduring(what: str, call: Callable[[], T], *, limit_s: float | None = None) -> T:
    """What a call comes to, tried again while the workspace is in trouble.

    Raises:
        StillInTrouble: when the limit has passed.
    """
    endurance = Endurance(limit_s)
    while True:
        try:
            return call()
        except Exception as error:
            trouble = trouble_of(error)
            if trouble is None:
                raise
            pause = endurance.pause(trouble)
            if pause is None:
                raise endurance.over(what, trouble, error) from error
        time.sleep(pause)
