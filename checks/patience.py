"""What was granted a moment ago may not be in force everywhere yet."""

import time
from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Patience:
    """How long a refusal is taken for a delay."""

    limit: timedelta
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def wait_for(self, call: Callable[[], T]) -> T:
        """What `call` answers, tried again while it is refused; the last refusal when the limit has passed."""
        deadline = self.clock() + self.limit.total_seconds()
        pause = 0.25
        while True:
            try:
                return call()
            except NOT_YET:
                if self.clock() + pause > deadline:
                    raise
            self.sleep(pause)
            pause = min(2 * pause, 2.0)
