"""Durations and periods."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from model.durations import duration, spelled
from model.schedule import FIRST_PERIOD, LONGEST_LIFETIME, SecretSchedule

MOMENTS = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- hypothesis adds the zone


@st.composite
def schedules(draw: st.DrawFn) -> SecretSchedule:
    rotate_every = draw(st.integers(2, 24 * 400))
    overlap = draw(st.integers(1, min(rotate_every - 1, 24 * 730 - rotate_every)))
    return SecretSchedule(rotate_every=timedelta(hours=rotate_every), overlap=timedelta(hours=overlap), anchor=draw(MOMENTS))


@given(st.integers(1, 99_999), st.sampled_from("hdw"))
def test_a_duration_is_read_as_it_is_spelled(number: int, unit: str) -> None:
    """What is read and spelled again means the same."""
    span = duration(f"{number}{unit}")

    assert span == number * {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(days=7)}[unit]
    assert duration(spelled(span)) == span


@pytest.mark.parametrize("text", ["", "90", "d", "90m", "90 d", "-1d", "1.5d", "1d12h", "90D", "9999999d", "٣d", None, 90])
def test_anything_else_is_no_duration(text: object) -> None:
    """A unit is never guessed."""
    with pytest.raises(ValueError, match="is not a duration; write a whole number with h, d or w"):
        duration(text)


@given(schedules(), MOMENTS)
def test_every_moment_lies_in_exactly_one_period(schedule: SecretSchedule, now: datetime) -> None:
    """A period holds its first moment and not its last."""
    period = schedule.period(now)

    assert schedule.starts(period) <= now < schedule.rotates_at(period)
    assert schedule.rotates_at(period) == schedule.starts(period + 1)


@given(schedules(), st.integers(-50, 50))
def test_a_period_begins_at_its_first_microsecond(schedule: SecretSchedule, period: int) -> None:
    """At the boundary itself the new period has begun; a microsecond earlier it has not."""
    start = schedule.starts(period)

    assert schedule.period(start) == period
    assert schedule.period(start - timedelta(microseconds=1)) == period - 1


@given(schedules(), MOMENTS)
def test_a_secret_made_in_time_never_lapses(schedule: SecretSchedule, now: datetime) -> None:
    """One made at any moment of a period outlives the next rotation by the overlap, and three never live when all are made on time."""
    period = schedule.period(now)

    assert now + schedule.lifetime >= schedule.rotates_at(period) + schedule.overlap
    assert schedule.starts(period) + schedule.lifetime < schedule.starts(period + 2)


def test_the_default_is_a_quarter_with_two_weeks_of_overlap() -> None:
    """An integration that says nothing rotates every 90 days, counted from a fixed Monday."""
    schedule = SecretSchedule()

    assert (schedule.rotate_every.days, schedule.overlap.days, schedule.lifetime.days) == (90, 14, 104)
    assert schedule.starts(0) == FIRST_PERIOD
    assert FIRST_PERIOD.strftime("%A %H:%M") == "Monday 00:00"


def test_a_lifetime_is_at_most_two_years() -> None:
    """Databricks' limit holds for the sum, to the day."""
    assert SecretSchedule(rotate_every=timedelta(days=716), overlap=timedelta(days=14)).lifetime == LONGEST_LIFETIME
    with pytest.raises(ValidationError, match="at most"):
        SecretSchedule(rotate_every=timedelta(days=717), overlap=timedelta(days=14))


def test_a_hundred_integrations_do_not_rotate_on_one_day() -> None:
    """Without an anchor each has days of its own, the same in each run; a declared anchor counts as it is."""
    schedule, declared = SecretSchedule(), SecretSchedule(anchor=FIRST_PERIOD)
    client_ids = [str(uuid5(NAMESPACE_URL, str(number))) for number in range(100)]
    days = Counter(schedule.of(each).starts(0).date() for each in client_ids)
    weeks = Counter(day.isocalendar()[:2] for day in days.elements())

    assert max(days.values()) <= 5
    assert max(weeks.values()) <= 20
    assert min(days) >= FIRST_PERIOD.date()
    assert max(days) < (FIRST_PERIOD + schedule.rotate_every).date()
    assert [schedule.of(each) for each in client_ids] == [schedule.of(each) for each in client_ids]
    assert {declared.of(each).anchor for each in client_ids} == {FIRST_PERIOD}


@given(st.integers(2, 24 * 400), st.text(max_size=8))
def test_a_period_of_its_own_begins_at_an_hour_of_the_common_one(hours: int, client_id: str) -> None:
    """However short the periods are, the shift is less than one."""
    schedule = SecretSchedule(rotate_every=timedelta(hours=hours), overlap=timedelta(hours=1))

    assert timedelta() <= schedule.of(client_id).anchor - FIRST_PERIOD < schedule.rotate_every
