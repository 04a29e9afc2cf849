"""What can be wrong, as values.

BrickpassError                  one sentence for whoever runs the program; never a traceback
├── ConfigFaults                the stack file is wrong: carries every ConfigFault in it
├── WrongUse                    a command was given what it cannot work with
├── StackUnreadable             the engine would not show the stack's state
└── WorkspaceUnreachable        nobody answers at the workspace's address
"""

from collections.abc import Iterable
from dataclasses import dataclass


class BrickpassError(Exception):
    """The base of all errors that are somebody's to mend: its text says what was wanted, what came, and what to do."""


@dataclass(frozen=True, order=True)
class Place:
    """Where something stands in a file. Lines and columns count from 1; `path` is how the file's reader would name it."""

    file: str
    line: int
    column: int
    path: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.path}"


@dataclass(frozen=True, order=True)
class ConfigFault:
    """One thing that is wrong at one place of a stack file."""

    place: Place
    summary: str

    def __str__(self) -> str:
        return printable(f"{self.place}: {self.summary}")


def printable(text: str) -> str:
    """The text in one line, in which nothing acts on a terminal: what names hold is anybody's choice."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


class ConfigFaults(BrickpassError):
    """All that is wrong with a stack file, in the file's order."""

    def __init__(self, faults: Iterable[ConfigFault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(str(fault) for fault in self.faults))


class WrongUse(BrickpassError):
    """A command, or a variable that it obeys, was given what it cannot work with."""


class StackUnreadable(BrickpassError):
    """The engine would not show the stack's state."""


class WorkspaceUnreachable(BrickpassError):
    """Nobody answers at the workspace's address."""
