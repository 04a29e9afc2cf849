"""How long a refusal is taken for a delay."""

from datetime import timedelta

import pytest
from databricks.sdk.errors import BadRequest, PermissionDenied

from checks.patience import Patience


class Clock:
    """Time passes by sleeping only."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def patience(self, seconds: float) -> Patience:
        return Patience(timedelta(seconds=seconds), sleep=self.sleep, clock=lambda: self.now)


def test_what_is_refused_for_a_while_comes_in_the_end() -> None:
    """The call is repeated until it is answered."""
    clock = Clock()

    def call() -> str:
        if clock.now < 5:
            raise PermissionDenied("not yet")
        return "here"

    assert clock.patience(10).wait_for(call) == "here"
    assert 5 <= clock.now <= 7


def test_patience_has_an_end() -> None:
    """The last refusal comes out, no later than was said."""
    clock = Clock()
    tried: list[float] = []

    def call() -> str:
        tried.append(clock.now)
        raise PermissionDenied(f"refused {len(tried)} times")

    with pytest.raises(PermissionDenied) as raised:
        clock.patience(10).wait_for(call)

    assert str(raised.value) == f"refused {len(tried)} times"
    assert 8 <= clock.now <= 10
    assert len(tried) < 10


def test_what_no_waiting_mends_is_not_waited_for() -> None:
    """A fault of the request comes out at once."""
    clock = Clock()

    def call() -> str:
        raise BadRequest("malformed")

    with pytest.raises(BadRequest):
        clock.patience(10).wait_for(call)
    assert clock.now == 0


def test_many_refusals_are_waited_for_no_longer_than_one() -> None:
    """The time runs for all calls together; one that begins later is still tried once."""
    clock = Clock()
    patience = clock.patience(10)

    def call() -> str:
        raise PermissionDenied("refused")

    for _ in range(100):
        with pytest.raises(PermissionDenied):
            patience.wait_for(call)

    assert clock.now <= 10
    assert patience.wait_for(lambda: "here") == "here"
