"""The clone's own virtual environment with exactly the pinned packages."""

import hashlib
import shutil
import venv

from toolchain.clone import Clone
from toolchain.commands import Command, CommandError, run, tail
from toolchain.console import Step
from toolchain.errors import ToolchainError

REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")
PYPROJECT = "pyproject.toml"


def ensure(clone: Clone, step: Step) -> None:
    """Makes `.venv` and installs into it what the stamp does not say is there."""
    wanted = _digest(clone)
    stamp, begun = clone.venv / "brickpass-installed", clone.venv / "brickpass-begun"
    if clone.python.exists() and stamp.exists() and stamp.read_text() == wanted:
        step.result = "up to date"
        return
    # An interrupted pip can leave half a package that it then takes for installed, so that one starts from nothing.
    if begun.exists() or not clone.python.exists():
        step.note("making .venv")
        shutil.rmtree(clone.venv, ignore_errors=True)
        venv.create(clone.venv, with_pip=True, symlinks=True)
    stamp.unlink(missing_ok=True)
    begun.touch()
    step.note("installing packages")
    command: Command = [clone.python, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    log = clone.log("packages")
    try:
        run([*command, *(part for name in REQUIREMENTS for part in ("-r", name))], log=log, seconds=1200, cwd=clone.root)
    except CommandError as failed:
        raise ToolchainError(
            f"The Python packages of {' and '.join(REQUIREMENTS)} could not be installed: pip {failed.reason}. "
            f"Is the package index reachable? All of it is in {log}; run the command again when it is.",
            log_tail=tail(failed.output),
        ) from None
    stamp.write_text(wanted)
    begun.unlink()
    step.result = f"{clone.venv.relative_to(clone.root)} with the pinned packages"


def _digest(clone: Clone) -> str:
    """Of all that decides what is installed; the clone's own place, since a moved environment does not work."""
    parts = [str(clone.root)]
    for name in (*REQUIREMENTS, PYPROJECT):
        file = clone.root / name
        if not file.is_file():
            raise ToolchainError(f"There is no {name} in {clone.root}; this is not a whole clone of Brickpass.")
        parts.append(file.read_text())
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
