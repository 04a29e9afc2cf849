"""Puts a CLI without its Python language host together with this clone's stand-in for it."""

import os
import shlex
import shutil
from pathlib import Path

from toolchain.clone import Clone

CLI, LANGUAGE_HOST, EXECUTOR = "pulumi", "pulumi-language-python", "pulumi-language-python-exec"

# `-c` and not `-m`, which would need a PYTHONPATH that the program would inherit.
START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from toolchain.language_host.__main__ import main; main()"
# More than a launcher has; an official language host is a binary of many megabytes.
BEGINNING = 16384


def put_together(clone: Clone, cli: Path) -> None:
    """Fills the clone's own folder with what is in `cli` and the launcher.

    The engine looks for its language host beside its own file and warns about any other place, so the CLI is not linked by
    name but is there itself: as a second name of the cached file, or a copy where that is on another file system.
    """
    launcher = _launcher(clone)
    if _is_whole(clone, cli, launcher):
        return
    aside = clone.pulumi.with_name("pulumi.new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    for file in cli.iterdir():
        try:
            os.link(file, aside / file.name)
        except OSError:
            shutil.copy2(file, aside / file.name)
    (aside / LANGUAGE_HOST).write_text(launcher)
    (aside / LANGUAGE_HOST).chmod(0o755)
    shutil.rmtree(clone.pulumi, ignore_errors=True)
    aside.rename(clone.pulumi)


def is_put_together(folder: Path) -> bool:
    """Whether the folder is one that this module has filled, for whichever clone."""
    try:
        with (folder / LANGUAGE_HOST).open("rb") as file:
            return START.encode() in file.read(BEGINNING)
    except OSError:
        return False


def _launcher(clone: Clone) -> str:
    start = shlex.join([str(clone.python), "-P", "-c", START, str(clone.root), "--executor", str(clone.pulumi / EXECUTOR)])
    # `exec`, so that the engine's signals reach the host itself, and no shell stays behind.
    return f'#!/bin/sh\nexec {start} "$@"\n'


def _is_whole(clone: Clone, cli: Path, launcher: str) -> bool:
    here = clone.pulumi / LANGUAGE_HOST
    if not here.is_file() or here.read_text() != launcher:
        return False
    return all(
        (clone.pulumi / file.name).is_file() and (clone.pulumi / file.name).stat().st_mtime == file.stat().st_mtime
        for file in cli.iterdir()
    )
