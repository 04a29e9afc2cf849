"""Each request that was answered, for counting and for looking at. In memory alone, the newest ones: a restart begins a new log."""

from collections import deque
from datetime import datetime
from typing import NamedTuple

from sandbox.clock import rfc3339
from sandbox.errors import Json

KEPT = 100_000


class Logged(NamedTuple):
    method: str
    path: str
    query: str
    status: int
    principal: str | None
    at: datetime
    ms: float

    def as_json(self) -> Json:
        return {**self._asdict(), "at": rfc3339(self.at)}


class RequestLog:
    """Holds no bodies and no headers, so no secret either."""

    def __init__(self) -> None:
        self._entries: deque[Logged] = deque(maxlen=KEPT)

    def add(self, entry: Logged) -> None:
        self._entries.append(entry)

    def clear(self) -> None:
        self._entries.clear()

    def as_json(self) -> list[Json]:
        return [entry.as_json() for entry in self._entries]
