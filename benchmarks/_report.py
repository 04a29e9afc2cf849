"""How a figure is told: a table to read, and JSON beside it."""

import json
import os
import platform
import statistics
from collections.abc import Sequence
from pathlib import Path

from toolchain.pins import PULUMI_VERSION

RESULTS = Path(__file__).parent / "results"

Row = dict[str, object]


def spread(values: Sequence[float]) -> str:
    """The median, and how far the runs lay apart."""
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def report(name: str, title: str, rows: Sequence[Row]) -> None:
    """Prints the rows, and writes them to `results/<name>.json`."""
    load = os.getloadavg()[0]
    machine = f"{os.cpu_count()} cores, load {load:.1f}, Python {platform.python_version()}, Pulumi {PULUMI_VERSION}"
    columns = list(rows[0])
    cells = [[str(row[column]) for column in columns] for row in rows]
    widths = [max(len(column), *(len(line[n]) for line in cells)) for n, column in enumerate(columns)]
    print(f"{title} [{machine}]")
    for line in [columns, *cells]:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps({"title": title, "machine": machine, "rows": rows}, indent=2) + "\n")
