"""The product's clock."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from model import clock
from model.faults import WrongUse


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2027-03-01", datetime(2027, 3, 1, tzinfo=UTC)),
        ("2027-03-01T06:00:00Z", datetime(2027, 3, 1, 6, tzinfo=UTC)),
        ("2027-03-01T06:00:00+02:00", datetime(2027, 3, 1, 4, tzinfo=UTC)),
    ],
)
def test_the_time_can_be_pinned(monkeypatch: pytest.MonkeyPatch, text: str, read: datetime) -> None:
    """BRICKPASS_NOW is the time, in UTC unless it says otherwise."""
    monkeypatch.setenv(clock.VARIABLE, text)

    assert clock.now() == read


def test_else_it_is_the_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the variable, or with an empty one, time runs."""
    monkeypatch.setenv(clock.VARIABLE, "")

    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


@pytest.mark.parametrize("text", ["tomorrow", "2027-02-30", "0001-01-01T00:00:00+05:00"])
def test_a_pinned_time_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """One sentence names the variable and shows how to write it."""
    monkeypatch.setenv(clock.VARIABLE, text)

    with pytest.raises(WrongUse, match=f'BRICKPASS_NOW: "{re.escape(text)}" is no time; write it as 2027-03-01'):
        clock.now()
