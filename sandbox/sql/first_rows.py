"""Made-up rows for the seed's tables that have none of their own: the same in every clone, others in every table."""

import hashlib
from collections.abc import Callable
from datetime import date, timedelta

from sandbox.unity_catalog.rows import Securable

_FEWEST, _MOST = 3, 12
_FIRST_DAY = date(2025, 1, 1)
_WORDS = ("amber", "basalt", "cedar", "delta", "ember", "fjord", "garnet", "harbor", "indigo", "juniper")

_VALUES: dict[str, Callable[[int], str]] = {
    "bigint": lambda number: str(10_000 + number % 90_000),
    "string": lambda number: f"{_WORDS[number % len(_WORDS)]} {number % 1000}",
    "double": lambda number: f"{number % 100_000 / 100:.2f}",
    "date": lambda number: (_FIRST_DAY + timedelta(days=number % 300)).isoformat(),
}


def first_rows(table: Securable) -> list[tuple[str | None, ...]]:
    """What is in the table before anybody writes."""
    if table.first_rows or not table.seeded:
        return list(table.first_rows)
    count = _FEWEST + _number(table.full_name) % (_MOST - _FEWEST)
    return [
        tuple(_VALUES[column.type](_number(f"{table.full_name}/{row}/{column.name}")) for column in table.columns) for row in range(count)
    ]


def _number(seed: str) -> int:
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:6])
