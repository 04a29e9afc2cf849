"""How long `make up` takes in a fresh clone with the Pulumi CLI cached, and once more when everything is there.

With `--cold` the clone gets an empty cache of its own, so that the CLI is built or downloaded as on a bare machine: minutes.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks._report import Row, report
from tests.harness import ROOT

WARM_RUNS = 3


def main() -> None:
    cold = "--cold" in sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        environment = dict(os.environ)
        if cold:
            environment |= {"XDG_CACHE_HOME": f"{folder}/cache", "GOCACHE": f"{folder}/go-build", "PIP_NO_CACHE_DIR": "1"}
        try:
            first = _seconds(clone, environment)
            again = sorted(_seconds(clone, environment) for _ in range(WARM_RUNS))
        finally:
            subprocess.run(["make", "down"], cwd=clone, env=environment, check=False, capture_output=True)
    what = "first, with empty caches" if cold else "first in a clone, the CLI cached"
    rows: list[Row] = [{"make up": what, "seconds": f"{first:.1f}"}]
    rows.append({"make up": f"again, median of {WARM_RUNS}", "seconds": f"{again[len(again) // 2]:.1f}"})
    report("make_up_cold" if cold else "make_up", "Seconds of `make up`", rows)


def _seconds(clone: Path, environment: dict[str, str]) -> float:
    began = time.perf_counter()
    done = subprocess.run(["make", "up"], cwd=clone, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
