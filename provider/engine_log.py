"""What the provider says while it works, shown by the engine beside the resource."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import grpc.aio
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from checks.waiting import heard_by

OF_THE_STACK = ""
"""The URN with which the engine shows a message beside no resource, but the stack itself."""
AT_MOST_EVERY_S = 1.0
KEPT_AFTER_S = 10.0
# Whoever waits again so soon after a wait still waits for the same.
SAME_WAIT_S = 2.0


@dataclass
class _Wait:
    """What goes on at one resource."""

    began: float
    ends: float
    said: float = float("-inf")
    kept: bool = False


class EngineLog:
    """Sends lines to the engine's log. Never give it a credential: the log is for everybody's eyes."""

    def __init__(self, engine_address: str) -> None:
        # One class serves both kinds of channel; the asynchronous one has its types under another name.
        self._engine = cast("engine_pb2_grpc.EngineAsyncStub", engine_pb2_grpc.EngineStub(grpc.aio.insecure_channel(engine_address)))
        self._waits: dict[str, _Wait] = {}
        self._saying: set[asyncio.Task[None]] = set()

    async def status(self, urn: str, message: str) -> None:
        """What is waited for: shown while it lasts, and not kept."""
        await self._log(urn, message, engine_pb2.INFO, ephemeral=True)

    async def info(self, urn: str, message: str) -> None:
        await self._log(urn, message, engine_pb2.INFO)

    async def warning(self, urn: str, message: str) -> None:
        await self._log(urn, message, engine_pb2.WARNING)

    @contextmanager
    def telling(self, urn: str) -> Iterator[None]:
        """Within this, what is waited for (`checks.waiting.say`) is shown beside a resource; without a URN, beside the stack."""
        loop = asyncio.get_running_loop()

        def listener(reason: str, seconds: float) -> None:
            # Waits are in threads, too.
            loop.call_soon_threadsafe(self._begin_saying, urn, reason, seconds)

        with heard_by(listener):
            yield

    def _begin_saying(self, urn: str, reason: str, seconds: float) -> None:
        saying = asyncio.create_task(self.waiting(urn, reason, seconds))
        self._saying.add(saying)
        saying.add_done_callback(self._said)

    def _said(self, saying: "asyncio.Task[None]") -> None:
        self._saying.discard(saying)
        if not saying.cancelled():
            # An engine that does not listen is no fault of what is waited for.
            saying.exception()

    async def waiting(self, urn: str, reason: str, seconds: float) -> None:
        """Says what is waited for and how long, not too often; of a long wait, one line is kept, for logs that show nothing else."""
        now = time.monotonic()
        wait = self._waits.get(urn)
        if wait is None or now > wait.ends + SAME_WAIT_S:
            wait = self._waits[urn] = _Wait(now, now)
        wait.ends = max(wait.ends, now + seconds)
        if not wait.kept and wait.ends - wait.began > KEPT_AFTER_S:
            wait.kept = True
            await self._log(urn, f"waiting for more than {KEPT_AFTER_S:.0f} s: {reason}", engine_pb2.INFO)
        if now - wait.said >= AT_MOST_EVERY_S:
            wait.said = now
            again = f", again in {seconds:.0f} s" if round(seconds) > 1 else ""
            await self.status(urn, f"waiting: {reason}{again}")

    async def _log(self, urn: str, message: str, severity: engine_pb2.LogSeverity.ValueType, *, ephemeral: bool = False) -> None:
        await self._engine.Log(engine_pb2.LogRequest(severity=severity, message=message, urn=urn, ephemeral=ephemeral))
