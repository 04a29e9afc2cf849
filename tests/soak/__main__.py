"""`python -m tests.soak`: the long random runs in full, with a seed, a time budget and a report. What `make soak` calls."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import SystemRandom
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
BESIDE = HERE.parent / "provider" / "test_hostile_names.py"
"""What is as long, and stands where the rest of its subject is."""
REPORT = HERE.parents[1] / "benchmarks" / "results" / "soak.json"


def soak(
    seed: Annotated[int | None, typer.Option(help="What all random choices follow from; else a new one.", show_default=False)] = None,
    minutes: Annotated[float, typer.Option(help="After this time nothing new is begun.")] = 90,
    part: Annotated[float, typer.Option(help="Of the whole, as a fraction.")] = 1.0,
    only: Annotated[str | None, typer.Option(help="Tests to run, as pytest's -k takes them.", show_default=False)] = None,
) -> None:
    """Attacks the product at length, and says what it withstood. Exit code 0 only where all held."""
    seed = SystemRandom().randrange(1_000_000) if seed is None else seed
    sys.stdout.write(f"seed {seed}; the same run again: make soak SEED={seed} MINUTES={minutes:g}\n")
    sys.stdout.flush()
    with tempfile.TemporaryDirectory(prefix="brickpass-soak-") as folder:
        environment = os.environ | {
            "BRICKPASS_SOAK_SEED": str(seed),
            "BRICKPASS_SOAK_PART": str(part),
            "BRICKPASS_SOAK_UNTIL": str(time.time() + minutes * 60),
            "BRICKPASS_SOAK_REPORT": folder,
        }
        # One after the other: the machine's cores are what is attacked with, and times are measured.
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:xdist",
            "-p",
            "no:cacheprovider",
            "-v",
            str(HERE),
            *(["-k", only] if only else []),
        ]
        done = subprocess.run(command, env=environment, check=False)
        told = {file.stem: json.loads(file.read_text()) for file in sorted(Path(folder).glob("*.json"))}
    _show(told)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(
        json.dumps({"seed": seed, "minutes": minutes, "part": part, "exit_code": done.returncode, "figures": told}, indent=2) + "\n"
    )
    sys.stdout.write(f"kept in {REPORT.relative_to(HERE.parents[1])}\n")
    raise typer.Exit(done.returncode)


def _show(told: dict[str, dict[str, object]]) -> None:
    table = Table("run", "figure", "value")
    for name, figures in told.items():
        for figure, value in figures.items():
            table.add_row(name, figure, str(value))
    Console().print(table)


if __name__ == "__main__":
    typer.run(soak)
