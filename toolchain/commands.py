"""Runs a command with a log and a time limit, and leaves nothing of it behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from toolchain.logins import without_logins

TAIL_LINES = 15
PATIENCE = 30

Command: TypeAlias = Sequence[str | Path]


class CommandError(Exception):
    """A command that ended badly or took too long, with what it wrote; the caller makes its own sentence of it."""

    def __init__(self, reason: str, output: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.output = output


def run(
    command: Command,
    *,
    log: Path,
    seconds: float,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    while_waiting: Callable[[float], None] = lambda _: None,
) -> str:
    """What a command wrote. It is appended to `log`, and shown as well where V=1 is set. Without an `env` it gets nobody's login."""
    with log.open("ab") as sink:
        sink.write(f"$ {' '.join(map(str, command))}\n".encode())
        sink.flush()
        begins = sink.tell()
        process = subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            env=without_logins(os.environ) if env is None else env,
            cwd=cwd,
            start_new_session=True,
            close_fds=False,  # it holds the clone's lock too, see `toolchain.cli`
        )
    try:
        _wait(process, log, begins, seconds, while_waiting)
    except BaseException:
        _abort(process)
        raise
    output = _read(log, begins).decode(errors="replace")
    if process.returncode:
        raise CommandError(f"ended with exit code {process.returncode}", output)
    return output


def tail(output: str, *, lines: int = TAIL_LINES) -> str:
    return "\n".join([line for line in output.splitlines() if line.strip()][-lines:])


def _wait(process: subprocess.Popen[bytes], log: Path, begins: int, seconds: float, while_waiting: Callable[[float], None]) -> None:
    started = time.monotonic()
    shown = begins
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.5)
        if os.environ.get("V") == "1":
            new = _read(log, shown)
            sys.stderr.write(new.decode(errors="replace"))
            shown += len(new)
        if process.returncode is not None:
            return
        waited = time.monotonic() - started
        if waited > seconds:
            raise CommandError(f"took longer than {seconds:.0f} s", _read(log, begins).decode(errors="replace"))
        while_waiting(waited)


def _abort(process: subprocess.Popen[bytes]) -> None:
    """Ends a command before its time, with all that it started: asked first, so that pulumi can write down what it has done."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=PATIENCE)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _read(log: Path, begins: int) -> bytes:
    with log.open("rb") as source:
        source.seek(begins)
        return source.read()
