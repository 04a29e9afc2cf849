"""How a figure is told: a table to read, and JSON beside it with every single measurement."""

import json
import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from toolchain.pins import PULUMI_VERSION

RESULTS = Path(__file__).parent / "results"
LOAD_BEFORE = os.getloadavg()[0]
"""What others did on this machine when the script began; the load at its end is mostly its own."""

Row = Mapping[str, str | Sequence[float]]


def told(cell: str | Sequence[float]) -> str:
    """The median of several measurements, and how far they lay apart."""
    if isinstance(cell, str):
        return cell
    digits = 0 if all(isinstance(value, int) for value in cell) else 2
    middle, least, most = (f"{value:,.{digits}f}" for value in (statistics.median(cell), min(cell), max(cell)))
    return middle if least == most else f"{middle} ({least} to {most})"


def report(name: str, title: str, rows: Sequence[Row]) -> None:
    """Prints the rows, and writes them to `results/<name>.json`."""
    packages = ", ".join(f"{package} {version(package)}" for package in ("databricks-sdk", "pulumi-databricks"))
    load = f"load {LOAD_BEFORE:.1f} before and {os.getloadavg()[0]:.1f} after"
    versions = f"Python {platform.python_version()}, Pulumi {PULUMI_VERSION}, {packages}"
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {load}, {versions}"
    columns = list(rows[0])
    cells = [[told(row[column]) for column in columns] for row in rows]
    widths = [max(len(column), *(len(line[n]) for line in cells)) for n, column in enumerate(columns)]
    print(f"{title} [{machine}]")
    for line in [columns, *cells]:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps({"title": title, "machine": machine, "rows": rows}, indent=2) + "\n")
