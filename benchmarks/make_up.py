"""How long `make up` takes in clones of what is committed: the first time, after `make down`, and with everything there.

With `--cold` it is done once, with an empty cache of the CLI, of Go's modules and builds, and of pip, as on a bare machine: minutes.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks._report import report
from tests.harness import ROOT

RUNS = 3


def main() -> None:
    if "--cold" in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as caches, _clone(_nothing_cached(Path(caches))) as clone:
            report("make_up_cold", "Seconds of `make up`", [{"make up": "first, with empty caches", "seconds": [clone.up()]}])
        return
    first, after_down, again = [], [], []
    for _ in range(RUNS):
        with _clone(os.environ) as clone:
            first.append(clone.up())
            again.append(clone.up())
            clone.make("down")
            after_down.append(clone.up())
    rows = {
        "first in a clone, the CLI and pip's downloads cached": first,
        "after `make down`: the packages installed, nothing deployed": after_down,
        "again, everything there": again,
    }
    report("make_up", f"Seconds of `make up`, median of {RUNS}", [{"make up": what, "seconds": runs} for what, runs in rows.items()])


class Clone:
    def __init__(self, root: Path, environment: Mapping[str, str]) -> None:
        self._root = root
        self._environment = environment

    def make(self, target: str) -> None:
        command = ["make", target]
        done = subprocess.run(command, cwd=self._root, env=self._environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def up(self) -> float:
        began = time.perf_counter()
        self.make("up")
        return time.perf_counter() - began


@contextmanager
def _clone(environment: Mapping[str, str]) -> Iterator[Clone]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(root)], check=True)
        clone = Clone(root, environment)
        try:
            yield clone
        finally:
            clone.make("down")


def _nothing_cached(caches: Path) -> Mapping[str, str]:
    places = {"XDG_CACHE_HOME": "cache", "GOCACHE": "go-build", "GOMODCACHE": "go-modules"}
    # Go write-protects its modules, and then they could not be removed with the folder.
    settings = {"PIP_NO_CACHE_DIR": "1", "GOFLAGS": "-modcacherw"}
    return {**os.environ, **settings, **{name: str(caches / place) for name, place in places.items()}}


if __name__ == "__main__":
    main()
