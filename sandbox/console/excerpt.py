"""What a page shows of a long list: an admin reaches hundreds of objects, and was given few of them itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")

AT_FIRST = 50
DIRECT, ALL = "direct", "all"


@dataclass(frozen=True, slots=True)
class Excerpt(Generic[Row]):
    rows: Sequence[Row]
    total: int
    direct: int
    """How many of all were given to the principal itself."""
    show: str
    """`direct`, `all`, or nothing for the first ones."""

    @property
    def is_cut(self) -> bool:
        return self.show != DIRECT and len(self.rows) < self.total


def excerpt(rows: Sequence[Row], show: str, *, is_direct: Callable[[Row], bool]) -> Excerpt[Row]:
    direct = [row for row in rows if is_direct(row)]
    shown = {DIRECT: direct, ALL: rows}.get(show, rows[:AT_FIRST])
    return Excerpt(shown, len(rows), len(direct), show)
