"""Each request that was answered, for counting and for looking at. In memory alone, the newest ones: a restart begins a new log."""

from collections import deque
from collections.abc import Iterator
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
        self._added = 0

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, entry: Logged) -> None:
        self._entries.append(entry)
        self._added += 1

    def newest_first(self) -> Iterator[tuple[int, Logged]]:
        """Each with its number, which no other one ever gets, an emptied log or not."""
        return zip(range(self._added, 0, -1), reversed(self._entries), strict=False)

    def clear(self) -> None:
        self._entries.clear()

    def as_json(self) -> list[Json]:
        return [entry.as_json() for entry in self._entries]
