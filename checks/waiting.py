"""What is waited for, said by whoever waits to whoever asked for the work. Both may be far apart, with the SDK between them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from databricks.sdk.clock import RealClock

Listener = Callable[[str, float], None]
"""Hears why somebody waits, and for how many seconds."""

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def heard_by(listener: Listener) -> Iterator[None]:
    """Within this, the listener hears what is waited for, also in threads that are given a copy of the context."""
    before = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(before)


def say(reason: str, seconds: float) -> None:
    if listener := _listener.get():
        listener(reason, seconds)


class TellingClock(RealClock):
    """For the SDK, which sleeps before it repeats a request, and tells nobody."""

    def sleep(self, seconds: float) -> None:
        say("the workspace is busy, or the connection broke", seconds)
        super().sleep(seconds)
