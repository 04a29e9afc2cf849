"""All processes that come of a command, as anybody on the machine can see them: by their arguments and their environment."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

EVERY_S = 0.02
PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    """One as it was at a moment: it may begin as a copy of who started it."""

    arguments: bytes
    environment: bytes


class Watch:
    """Looks at the offspring of this process, time and again."""

    def __init__(self) -> None:
        self.seen: set[Process] = set()
        self._ours = {os.getpid()}
        self._strangers: set[int] = set()
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(EVERY_S):
            # By number, so that parents come before their children.
            for pid in sorted(int(each.name) for each in PROC.iterdir() if each.name.isdigit()):
                if pid not in self._strangers and pid != os.getpid():
                    self._look_at(pid)

    def _look_at(self, pid: int) -> None:
        folder = PROC / str(pid)
        try:
            if pid not in self._ours:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                (self._ours if parent in self._ours else self._strangers).add(pid)
            if pid in self._ours:
                # In this order: after an exec both are the new program's.
                self.seen.add(Process((folder / "cmdline").read_bytes(), (folder / "environ").read_bytes()))
        except OSError:
            # It has ended meanwhile.
            return

    def stop(self) -> None:
        self._over.set()


@contextmanager
def watched() -> Iterator[Watch]:
    watch = Watch()
    looking = threading.Thread(target=watch.run)
    looking.start()
    try:
        yield watch
    finally:
        watch.stop()
        looking.join()
