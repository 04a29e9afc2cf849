"""Finds the Pulumi CLI, or makes it."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from toolchain import pulumi_build, pulumi_installer
from toolchain.cache import Cache
from toolchain.clone import Clone
from toolchain.console import Step
from toolchain.errors import ToolchainError, WayClosedError
from toolchain.launcher import CLI, LANGUAGE_HOST, is_put_together, put_together
from toolchain.logins import without_logins
from toolchain.pins import PULUMI_VERSION

CHOSEN = "BRICKPASS_PULUMI"


@dataclass(frozen=True)
class Pulumi:
    """A folder to put on PATH, with the CLI and a Python language host."""

    folder: Path
    version: str
    source: str

    @property
    def command(self) -> Path:
        return self.folder / CLI


def find(clone: Clone, step: Step) -> Pulumi:
    """The first of the ways that works, cheapest first; where none does, one failure that names them all."""
    cache = Cache.for_this_machine()
    ways: dict[str, Callable[[], Pulumi]] = {
        "pulumi on PATH": _on_path,
        "the cache": lambda: _cached(clone, cache),
        "Pulumi's installer": lambda: _made(clone, cache, step, pulumi_installer.install),
        "a build from Go modules": lambda: _made(clone, cache, step, pulumi_build.build),
    }
    if chosen := os.environ.get(CHOSEN):
        return _chosen(Path(chosen).expanduser())
    closed = []
    for way, get in ways.items():
        try:
            return get()
        except WayClosedError as why:
            closed.append(f"    {way}: {why}")
    raise ToolchainError(
        f"No Pulumi CLI {PULUMI_VERSION} or later with a Python language host could be had. Tried were\n" + "\n".join(closed) + "\n"
        "  One of these helps: a network that reaches get.pulumi.com, or the Go module proxy with Go 1.26 installed; "
        f"Pulumi from https://www.pulumi.com/docs/install on PATH; or {CHOSEN}=FOLDER, a folder with {CLI} and {LANGUAGE_HOST}."
    )


def _chosen(folder: Path) -> Pulumi:
    try:
        version = _checked(folder / CLI)
        _require_language_host(folder)
    except WayClosedError as why:
        raise ToolchainError(f"{CHOSEN} is {folder}, which cannot be used: {why}. Correct it, or unset it to have one found.") from None
    return Pulumi(folder.resolve(), version, f"of {CHOSEN}")


def _on_path() -> Pulumi:
    # After `. .sandbox/env`, of this clone or another, a folder of ours is on PATH, and must not be taken for the machine's.
    folders = [folder for folder in os.get_exec_path() if not is_put_together(Path(folder))]
    found = shutil.which(CLI, path=os.pathsep.join(folders))
    if found is None:
        raise WayClosedError("there is none")
    version = _checked(Path(found))
    # The engine itself looks on PATH and beside the real CLI, which a link on PATH may point to.
    if shutil.which(LANGUAGE_HOST, path=os.pathsep.join(folders)) is None:
        _require_language_host(Path(found).resolve().parent)
    return Pulumi(Path(found).parent, version, "on PATH")


def _cached(clone: Clone, cache: Cache) -> Pulumi:
    if not cache.folder.is_dir():
        raise WayClosedError(f"there is nothing in {cache.folder}")
    return _of_cache(clone, cache, "from the cache")


def _made(clone: Clone, cache: Cache, step: Step, make: Callable[[Clone, Path, Step], None]) -> Pulumi:
    """Makes the cache's entry, unless another clone did so while this one waited for its turn; one that does not run is replaced."""
    with cache.turn(lambda: step.note("waiting for another clone that is making it")):
        if not _is_fit(cache.folder / "bin" / CLI):
            with cache.staging() as staging:
                make(clone, staging, step)
                _checked(staging / "bin" / CLI)
    return _of_cache(clone, cache, "now in the cache")


def _of_cache(clone: Clone, cache: Cache, source: str) -> Pulumi:
    entry = cache.folder / "bin"
    version = _checked(entry / CLI)
    if _is_executable(entry / LANGUAGE_HOST):
        return Pulumi(entry, version, source)
    put_together(clone, entry)
    return Pulumi(clone.pulumi, version, source)


def _checked(command: Path) -> str:
    """The version that a CLI says it has, if it runs and is recent enough."""
    quiet = without_logins(os.environ) | {"PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        asked = subprocess.run(
            [command, "version"], capture_output=True, text=True, timeout=30, check=True, env=quiet, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise WayClosedError(f"{command} does not run ({error})") from None
    version = asked.stdout.strip().removeprefix("v")
    if _numbers(version) < _numbers(PULUMI_VERSION):
        raise WayClosedError(f"{command} is {version or 'of no known version'}, older than {PULUMI_VERSION}")
    return version


def _is_fit(command: Path) -> bool:
    try:
        _checked(command)
    except WayClosedError:
        return False
    return True


def _require_language_host(folder: Path) -> None:
    if not _is_executable(folder / LANGUAGE_HOST):
        raise WayClosedError(f"there is no {LANGUAGE_HOST} in {folder}")


def _numbers(version: str) -> tuple[int, ...]:
    """The release's numbers; a pre-release or a build of its source counts as that release."""
    match = re.match(r"(\d+)\.(\d+)\.(\d+)", version)
    return tuple(map(int, match.groups())) if match else ()


def _is_executable(file: Path) -> bool:
    return file.is_file() and os.access(file, os.X_OK)
