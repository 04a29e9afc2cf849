"""Runs that are killed in the middle, at a request that the sandbox holds back or after some time."""

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.end_to_end.harness import Stack

ENGINE, BRICKPASS, DATABRICKS = "pulumi", r"project/provider", r"pulumi-resource-databricks|sandbox\.plugin"
"""What a process is known by in its command line; the last is the official plugin, or the stand-in for it."""
DEADLINE_S = 120.0


class Running:
    """A command of the engine that goes on while a test does something to it."""

    def __init__(self, stack: Stack, process: "subprocess.Popen[str]") -> None:
        self._stack = stack
        self._process = process

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def until_held(self) -> bool:
        """Waits for the request that is held back; False where the command ended without it."""
        return self.until(lambda: any(fault["met"] for fault in self._stack.sandbox.http.get("/sandbox/faults").json()["faults"]))

    def until(self, happened: Callable[[], bool]) -> bool:
        deadline = time.monotonic() + DEADLINE_S
        while not self.ended:
            if happened():
                return True
            assert time.monotonic() < deadline, "it did not come to that"
            time.sleep(0.02)
        return False

    def for_seconds(self, seconds: float) -> bool:
        """False where the command ended before."""
        end = time.monotonic() + seconds
        return self.until(lambda: time.monotonic() > end)

    def kill(self, victim: str) -> bool:
        """`kill -9` of the engine, or of a plugin of its own; False where that does not run now."""
        if victim == ENGINE:
            there = not self.ended
            self._process.kill()
            self._process.wait()
            return there
        pids = [pid for pid in _descendants(self._process.pid) if re.search(victim, _command_line(pid))]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return bool(pids)

    def wait(self) -> int:
        return self._process.wait(DEADLINE_S)


@contextmanager
def running(stack: Stack, *words: str) -> Iterator[Running]:
    """`pulumi up` or `destroy`, while a block lasts; what still runs at its end is killed."""
    command = ["pulumi", *words, "--yes", "--skip-preview", "--stack", "test", "--non-interactive", "--color", "never"]
    with (stack.folder / "killed.log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=stack.folder, env=stack.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, text=True
        )
        try:
            yield Running(stack, process)
        finally:
            process.kill()
            process.wait()


def hold(stack: Stack, method: str, path: str, *, skip: int = 0, done: bool) -> None:
    """The next such request waits for long; when whoever asked is killed meanwhile, it was done, or it was not."""
    stack.sandbox.fail(method=method, path=path, skip=skip, hold=True, when="after" if done else "before")


def kill_at(stack: Stack, method: str, path: str, *words: str, victim: str = ENGINE, done: bool = True) -> None:
    """Kills a command while the workspace has its request, done or not, and the answer is not yet there."""
    hold(stack, method, path, done=done)
    with running(stack, *words) as run:
        assert run.until_held(), (stack.folder / "killed.log").read_text()
        run.kill(victim)
        run.wait()
    stack.sandbox.http.delete("/sandbox/faults")


def _descendants(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            yield int(child)
            yield from _descendants(int(child))


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""
