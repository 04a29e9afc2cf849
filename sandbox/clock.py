"""The sandbox's time: the machine's, plus an offset that is set by `POST /sandbox/clock` and survives a restart."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sandbox.state import State


@dataclass(frozen=True, slots=True)
class ClockOffset:
    seconds: float

    @property
    def key(self) -> str:
        return "offset"


class Clock:
    def __init__(self, state: State) -> None:
        self._offsets = state.table(ClockOffset)

    def now(self) -> datetime:
        offset = self._offsets.get("offset")
        return datetime.now(UTC) + timedelta(seconds=offset.seconds if offset else 0)

    def set(self, now: datetime) -> None:
        self._offsets.put(ClockOffset((now - datetime.now(UTC)).total_seconds()))


def rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def epoch_ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
