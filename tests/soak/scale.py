"""How long the random runs are, and what they leave: by the environment, which `make soak` sets."""

import json
import os
import time
from pathlib import Path

PART_IN_CI = 0.1
SEED_IN_CI = 1


def seed() -> int:
    """What every random choice of a run follows from: the same seed makes the same choices."""
    return int(os.environ.get("BRICKPASS_SOAK_SEED", SEED_IN_CI))


def runs(whole: int) -> int:
    """How often to try what `make soak` tries `whole` times."""
    return max(1, round(whole * float(os.environ.get("BRICKPASS_SOAK_PART", PART_IN_CI))))


def out_of_time() -> bool:
    """Whether the time budget is spent; what is still to be tried is then left out, and the report says how much was tried."""
    until = os.environ.get("BRICKPASS_SOAK_UNTIL")
    return until is not None and time.time() > float(until)


def report(name: str, figures: dict[str, object]) -> None:
    """Keeps what a run counted, where somebody wants it."""
    if folder := os.environ.get("BRICKPASS_SOAK_REPORT"):
        Path(folder, f"{name}.json").write_text(json.dumps(figures, indent=2) + "\n")
