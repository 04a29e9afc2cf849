"""The CLI that was made once for all clones on this machine."""

import fcntl
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from toolchain.errors import WayClosedError
from toolchain.pins import PULUMI_VERSION


@dataclass(frozen=True)
class Cache:
    """One entry, which is either whole or not there: it is filled aside and renamed into place."""

    folder: Path

    @classmethod
    def for_this_machine(cls) -> Self:
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        return cls(home / "brickpass" / "pulumi" / PULUMI_VERSION / f"{platform.system()}-{platform.machine()}".lower())

    @contextmanager
    def turn(self, waiting: Callable[[], None]) -> Iterator[None]:
        """Lets one at a time make the entry; the lock ends with its process, however that ends."""
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            lock = self.folder.with_suffix(".lock").open("w")
        except OSError as error:
            raise WayClosedError(f"its place {self.folder.parent} cannot be written ({error.strerror})") from None
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waiting()
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """A folder that becomes the entry when the block ends well, and is gone when it does not."""
        # Whoever holds the turn is alone here, so these are leftovers of a run that was killed.
        for leftover in self.folder.parent.glob(f"{self.folder.name}.new-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        staging = Path(tempfile.mkdtemp(prefix=f"{self.folder.name}.new-", dir=self.folder.parent))
        try:
            yield staging
            staging.chmod(0o755)
            shutil.rmtree(self.folder, ignore_errors=True)
            staging.rename(self.folder)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
