"""The one clock of the product."""

import os
import re
from datetime import UTC, datetime

from model.faults import WrongUse

VARIABLE = "BRICKPASS_NOW"

TIME = (
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?) ?(Z|[+-][0-9]{2}:?[0-9]{2})?(?: (?:UTC|[+-][0-9]{4}))?)?"
)
"""A date or a time of RFC 3339; also as the engine writes one back that stood unquoted in a stack file: `2027-03-31 06:00:00 +0000 UTC`."""


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
    match = re.fullmatch(TIME, text)
    try:
        read = datetime.fromisoformat(f"{match[1]}T{match[2] or '00:00'}{match[3] or ''}" if match else "")
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f'"{text}" is no time; write it as 2027-03-01 or 2027-03-01T06:00:00Z') from None


def rfc3339(moment: datetime) -> str:
    """The spelling of a time in state, in bundles and towards the API."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
