"""The engine, through its command line: the Automation API would start three processes for one answer."""

import os
import subprocess
from collections.abc import Iterator, Sequence

from model.faults import BrickpassError, StackUnreadable

_READ_OR_WRITE_A_STATE = ("cancel", "stack", "whoami")


class EngineRefused(BrickpassError):
    """The engine did not do what it was asked for."""


def pulumi(*words: str, stack: str | None, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """What a command came to, on the named stack or the selected one. What it reads and writes may hold secrets, and stays in memory."""
    command = ["pulumi", *words, "--non-interactive", "--color", "never", *(["--stack", stack] if stack else [])]
    try:
        return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, env=_environment(words[0]))
    except FileNotFoundError:
        raise StackUnreadable("there is no pulumi on PATH; in a clone with the sandbox, source .sandbox/env first") from None


def _environment(command: str) -> dict[str, str]:
    """An admin's login goes along only where a provider works."""
    asks_a_workspace = command not in _READ_OR_WRITE_A_STATE
    return {name: value for name, value in os.environ.items() if asks_a_workspace or not name.startswith("DATABRICKS_")}


def said(done: subprocess.CompletedProcess[str]) -> str:
    """Why a command failed, in the engine's words."""
    lines = [line.strip() for output in (done.stderr, done.stdout) for line in output.splitlines() if line.strip()]
    # A warning, of a newer Pulumi for instance, may stand above the error.
    begins = next((number for number, line in enumerate(lines) if line.startswith("error: ")), 0)
    # "2 errors occurred:", and what they are below it.
    return " ".join(_to_its_end(lines[begins:])).removeprefix("error: ") or f"exit code {done.returncode}"


def diagnosed(done: subprocess.CompletedProcess[str]) -> str:
    """Why a run failed, with the resources at fault, as the engine sums it up at its end."""
    _, begins, diagnostics = done.stdout.partition("Diagnostics:\n")
    if not begins:
        return said(done)
    lines = [line.strip() for line in diagnostics.splitlines()]
    return " ".join(line for line in lines if line)


def _to_its_end(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        yield line
        if not line.endswith(":"):
            return
