"""The one clock of the product."""

import os
from datetime import UTC, datetime

from model.faults import WrongUse

VARIABLE = "BRICKPASS_NOW"


def now() -> datetime:
    """The time in UTC: that of BRICKPASS_NOW where it is set, so that a run on another day can be looked at, else the system's."""
    pinned = os.environ.get(VARIABLE)
    if not pinned:
        return datetime.now(UTC)
    try:
        return instant(pinned)
    except ValueError as error:
        raise WrongUse(f"{VARIABLE}: {error}") from None


def instant(text: str) -> datetime:
    """Reads a date (its midnight) or a time of RFC 3339. What names no time zone is UTC."""
    try:
        read = datetime.fromisoformat(text)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f'"{text}" is no time; write it as 2027-03-01 or 2027-03-01T06:00:00Z') from None


def rfc3339(moment: datetime) -> str:
    """The spelling of a time in state, in bundles and towards the API."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
