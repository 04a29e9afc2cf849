"""What a command comes to: a value, which `operate.render` alone prints."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Table:
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


@dataclass(frozen=True)
class Result:
    """No result holds a secret, but that of the command which is asked for one."""

    data: dict[str, Any]
    """What `--json` prints: a contract."""
    table: Table
    """The same for people."""
    summary: str
    exit_code: int
