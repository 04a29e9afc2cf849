"""Where things are in one clone of the repository."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class Clone:
    """`sandbox` holds all that `make up` makes and `make down` removes."""

    root: Path
    sandbox: Path

    @classmethod
    def at(cls, root: Path) -> Self:
        return cls(root, root / ".sandbox")

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        return self.venv / "bin" / "python"

    @property
    def pulumi(self) -> Path:
        """Where the CLI and this clone's launcher of the language host are put together; `make down` leaves it, like all of `.venv`."""
        return self.venv / "pulumi"

    @property
    def state(self) -> Path:
        return self.sandbox / "state"

    @property
    def pulumi_home(self) -> Path:
        return self.sandbox / "pulumi-home"

    @property
    def env_file(self) -> Path:
        return self.sandbox / "env"

    def log(self, step: str) -> Path:
        """An empty file for what a step's commands write."""
        folder = self.sandbox / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        # Admin credentials and a state with secrets in it are beside the logs: nobody else looks in.
        self.sandbox.chmod(0o700)
        log = folder / f"{step}.log"
        log.write_bytes(b"")
        return log
