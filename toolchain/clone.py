"""Where things are in one clone of the repository."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Clone:
    root: Path

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
    def sandbox(self) -> Path:
        """All that `make up` makes and `make down` removes."""
        return self.root / ".sandbox"

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
        """The file that a step's commands write into; emptied when the step starts anew."""
        folder = self.sandbox / "logs"
        # The state beside it holds secrets, if encrypted ones: nobody else looks in.
        self.sandbox.mkdir(mode=0o700, exist_ok=True)
        folder.mkdir(exist_ok=True)
        return folder / f"{step}.log"
