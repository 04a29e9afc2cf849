"""Changes to one thing that arrive together leave as one request."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from checks.troubles import StillInTrouble

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# The engine hands out independent resources within milliseconds.
WINDOW_S = 0.01
# Where more is known to come, it comes as fast as the engine makes what it needs. Each waiting one holds one of the engine's slots:
# where nothing came for a while they may all be taken, and there is nothing to wait for.
QUIET_S = 0.5
LONGEST_S = 3.0


class Together(Generic[K, V]):
    """Calls `send(key, items)` with all items that came for `key` while more were awaited, one call a key at a time.

    A call that fails with several items is repeated item by item, so that one bad item fails alone.
    """

    def __init__(self, send: Callable[[K, list[V]], Awaitable[None]], awaits: Callable[[K], bool] = lambda _: False) -> None:
        self._send = send
        self._awaits = awaits
        self._waiting: dict[K, list[tuple[V, asyncio.Future[None]]]] = {}
        self._locks: defaultdict[K, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._flushes: set[asyncio.Task[None]] = set()

    async def add(self, key: K, item: V) -> None:
        """Returns when the item was sent; raises what its request raised."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if key in self._waiting:
            self._waiting[key].append((item, done))
        else:
            self._waiting[key] = [(item, done)]
            flush = asyncio.create_task(self._flush(key))
            self._flushes.add(flush)
            flush.add_done_callback(self._flushes.discard)
        await done

    async def _flush(self, key: K) -> None:
        await self._gathered(key)
        async with self._locks[key]:
            # Taken only now: what came while an earlier request of this key was under way goes along.
            waiting = self._waiting.pop(key)
            try:
                await self._send(key, [item for item, _ in waiting])
            except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to those who wait
                # A workspace in trouble is no item's fault, and each alone would be tried for minutes, one after the other.
                if len(waiting) > 1 and not isinstance(error, StillInTrouble):
                    await self._one_by_one(key, waiting)
                    return
                for _, done in waiting:
                    _settle(done, error)
            else:
                for _, done in waiting:
                    _settle(done)

    async def _gathered(self, key: K) -> None:
        clock = asyncio.get_running_loop().time
        began = last = clock()
        there = 0
        await asyncio.sleep(WINDOW_S)
        while self._awaits(key) and clock() - began < LONGEST_S and clock() - last < QUIET_S:
            if len(self._waiting[key]) > there:
                there, last = len(self._waiting[key]), clock()
            await asyncio.sleep(WINDOW_S)

    async def _one_by_one(self, key: K, waiting: list[tuple[V, "asyncio.Future[None]"]]) -> None:
        for item, done in waiting:
            try:
                await self._send(key, [item])
            except Exception as error:  # noqa: BLE001 - as above
                _settle(done, error)
            else:
                _settle(done)


def _settle(done: "asyncio.Future[None]", error: Exception | None = None) -> None:
    # Who waited may be gone: the engine was interrupted.
    if done.done():
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)
