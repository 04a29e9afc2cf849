"""What was granted a moment ago may not be in force everywhere yet."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from databricks.sdk.errors import NotFound, PermissionDenied

from checks.clients import LoginRefused, LoginUnanswered
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
    # The SDK repeats all requests but this one. (api-facts: 1.2)
    LoginUnanswered,
)


class Patience:
    """How long a refusal is taken for a delay.

    The time runs for all calls together, since what they look at was written before the first of them: a hundred grants that are
    not there take no longer to be missed than one.
    """

    def __init__(
        self, limit: timedelta, *, sleep: Callable[[float], None] = time.sleep, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._sleep = sleep
        self._clock = clock
        self._deadline = clock() + limit.total_seconds()

    def wait_for(self, call: Callable[[], T]) -> T:
        """What `call` answers, tried again while it is refused; the last refusal when the limit has passed."""
        pause = 0.25
        while True:
            try:
                return call()
            except NOT_YET:
                if self._clock() + pause > self._deadline:
                    raise
            self._sleep(pause)
            pause = min(2 * pause, 2.0)
