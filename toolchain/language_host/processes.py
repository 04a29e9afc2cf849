"""The processes that the language host starts, none of which may outlive it."""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

GRACE = 5.0
"""Seconds that a program has to end after an interrupt, as many as with the official host."""


class Processes:
    """All that run at present, so that a cancelled engine, or one that is gone, leaves nothing behind."""

    def __init__(self) -> None:
        self._running: dict[Process, float] = {}
        self._interrupted: set[Process] = set()

    @asynccontextmanager
    async def start(
        self, command: Sequence[str | Path], *, cwd: str | None = None, env: dict[str, str], piped: bool = False, grace: float
    ) -> AsyncIterator[Process]:
        """A process that is gone when the block is left: interrupted, where it has `grace` seconds, and killed after them."""
        pipe = PIPE if piped else None
        process = await asyncio.create_subprocess_exec(*command, cwd=cwd or None, env=env, stdin=DEVNULL, stdout=pipe, stderr=pipe)
        self._running[process] = grace
        try:
            yield process
        finally:
            await self._end(process, grace)
            del self._running[process]
            self._interrupted.discard(process)

    async def _end(self, process: Process, grace: float) -> None:
        if grace:
            self._interrupt(process)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), grace)
        _signal(process, signal.SIGKILL)
        await process.wait()

    async def end(self) -> None:
        """Ends all of them, each with the grace that it has."""
        await asyncio.gather(*(self._end(process, grace) for process, grace in self._running.items()))

    def interrupt(self) -> None:
        """What Ctrl-C would do to all of them."""
        for process in self._running:
            self._interrupt(process)

    def _interrupt(self, process: Process) -> None:
        # Once only: the engine both calls `Cancel` and cancels the request, and a second one would break off a program's own clean-up.
        if process.returncode is None and process not in self._interrupted:
            self._interrupted.add(process)
            _signal(process, signal.SIGINT)


def _signal(process: Process, number: signal.Signals) -> None:
    # Not by the process's own `send_signal`: that looks first whether it has ended, and so takes its exit code away from who waits
    # for it, who then says "Unknown child process" on the user's terminal.
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, number)
