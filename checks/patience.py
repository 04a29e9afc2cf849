"""What was granted a moment ago may not be in force everywhere yet, and a workspace may be in trouble for a moment."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from databricks.sdk.errors import NotFound, PermissionDenied

from checks.login import LoginRefused
from checks.troubles import Endurance, trouble_of
from model.faults import BrickpassError

T = TypeVar("T")


class NotInForce(BrickpassError):
    """Nothing refused the request, but its answer shows that the grant is not there."""


NOT_YET = (
    # What both a missing and a new grant (or secret) look like. (api-facts: 10.3)
    PermissionDenied,
    NotFound,
    NotInForce,
    LoginRefused,
)
HALF_A_MINUTE = timedelta(seconds=30)
A_SHORT_WHILE = timedelta(seconds=10)


class Patience:
    """How long a refusal is taken for a delay, and how long troubles are waited for to pass.

    The time for refusals runs for all calls together, since what they look at was written before the first of them: a hundred grants
    that are not there take no longer to be missed than one.
    """

    def __init__(
        self,
        limit: timedelta,
        *,
        troubles: timedelta = HALF_A_MINUTE,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._troubles_s = troubles.total_seconds()
        self._sleep = sleep
        self._clock = clock
        self._deadline = clock() + limit.total_seconds()

    def wait_for(self, call: Callable[[], T]) -> T:
        """What `call` answers, tried again while it is refused or met by troubles; the last of these when the limit has passed."""
        next_pause = 0.25
        endurance = Endurance(self._troubles_s, clock=self._clock)
        while True:
            try:
                return call()
            except NOT_YET:
                pause, next_pause = next_pause, min(2 * next_pause, 2.0)
                if self._clock() + pause > self._deadline:
                    raise
            except Exception as error:
                trouble = trouble_of(error)
                enduring = endurance.pause(trouble) if trouble else None
                if enduring is None:
                    raise
                pause = enduring
            self._sleep(pause)
