"""Spans of time as a stack file writes them: `90d`."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from model.vocabulary import one_word

_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_SPAN = re.compile(r"([0-9]{1,6})([hdw])")


def duration(value: object) -> timedelta:
    """Reads `12h`, `90d` or `13w`. Minutes are left out on purpose: `m` is read as months by half of all people."""
    if isinstance(value, timedelta):
        return value
    match = _SPAN.fullmatch(one_word(value))
    if match is None:
        raise ValueError(f'"{value}" is not a duration; write a whole number with h, d or w for hours, days or weeks, such as 90d')
    span = int(match[1]) * _UNITS[match[2]]
    if not span:
        raise ValueError(f'"{value}" is no time at all; write at least 1h')
    return span


def spelled(span: timedelta) -> str:
    """The shortest spelling in days or hours."""
    hours = int(span.total_seconds()) // 3600
    return f"{hours}h" if hours % 24 else f"{hours // 24}d"


Duration = Annotated[
    timedelta,
    BeforeValidator(duration),
    PlainSerializer(spelled, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": "^(?=[0-9]*[1-9])[0-9]{1,6}[hdw]$"}),
]
