"""Installs the databricks plugin for the sandbox's stack: the official one where it can be had, else this project's stand-in."""

import os
import shlex
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

from toolchain.clone import Clone
from toolchain.commands import Command, CommandError, run, tail
from toolchain.console import Step
from toolchain.errors import ToolchainError
from toolchain.pins import DATABRICKS_PLUGIN_VERSION

CHOSEN = "BRICKPASS_DATABRICKS_PLUGIN"
DOWNLOAD_SECONDS = 20
A_DAY = 24 * 3600
START = "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); runpy.run_module('sandbox.plugin', run_name='__main__', alter_sys=True)"


class Installer:
    def __init__(self, clone: Clone, pulumi: Path, env: Mapping[str, str], step: Step) -> None:
        self.clone = clone
        self.pulumi = pulumi
        self.env = env
        self.step = step
        self.log = clone.log("databricks-plugin")
        self.stamp = clone.sandbox / "databricks-plugin"
        self.unreachable = clone.sandbox / "databricks-plugin-unreachable"
        self.folder = clone.pulumi_home / "plugins" / f"resource-databricks-v{DATABRICKS_PLUGIN_VERSION}"

    def install(self) -> None:
        if chosen := os.environ.get(CHOSEN):
            self._file(Path(chosen).expanduser().resolve(), f"of {CHOSEN}")
        elif not self._official():
            self._file(self._stand_in(), "a stand-in (the official one cannot be downloaded)")

    def _official(self) -> bool:
        what = f"official {DATABRICKS_PLUGIN_VERSION}"
        if self._is_installed(what):
            return True
        if self.unreachable.exists() and time.time() - self.unreachable.stat().st_mtime < A_DAY:
            return False
        self.step.note("downloading the official one")
        self._forget()
        try:
            self._run(seconds=DOWNLOAD_SECONDS)
        except CommandError:
            # Tried again tomorrow: each try costs seconds on a machine that will never reach it.
            self.unreachable.touch()
            return False
        self._installed(what)
        return True

    def _file(self, file: Path, what: str) -> None:
        if not file.exists():
            raise ToolchainError(f"{CHOSEN} is {file}, which does not exist. Correct it, or unset it to have a plugin found.")
        installed = f"{what} {file} {_changed(file)}"
        if not self._is_installed(installed):
            self._forget()
            try:
                self._run("--file", str(file), seconds=60)
            except CommandError as failed:
                raise ToolchainError(
                    f"The databricks plugin in {file} could not be installed: pulumi {failed.reason}.", log_tail=tail(failed.output)
                ) from None
            self._installed(installed)
        self.step.result = f"{DATABRICKS_PLUGIN_VERSION}, {what}"

    def _run(self, *source: str, seconds: float) -> None:
        command: Command = [
            self.pulumi,
            "plugin",
            "install",
            "resource",
            "databricks",
            DATABRICKS_PLUGIN_VERSION,
            *source,
            "--non-interactive",
        ]
        run(command, log=self.log, seconds=seconds, env=self.env)

    def _is_installed(self, what: str) -> bool:
        self.step.result = what
        return self.folder.is_dir() and self.stamp.is_file() and self.stamp.read_text() == what

    def _forget(self) -> None:
        self.stamp.unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.with_suffix(self.folder.suffix + ".partial").unlink(missing_ok=True)

    def _installed(self, what: str) -> None:
        self.stamp.write_text(what)

    def _stand_in(self) -> Path:
        """A plugin is a folder with one executable; this one runs the code of this clone, so an edit needs no new installation."""
        folder = self.clone.sandbox / "plugin"
        folder.mkdir(exist_ok=True)
        launcher = folder / "pulumi-resource-databricks"
        command = shlex.join([str(self.clone.python), "-P", "-c", START, str(self.clone.root)])
        text = f'#!/bin/sh\nexec {command} "$@"\n'
        if not launcher.is_file() or launcher.read_text() != text:
            launcher.write_text(text)
        launcher.chmod(0o755)
        return folder


def _changed(path: Path) -> int:
    files = path.iterdir() if path.is_dir() else [path]
    return max((file.stat().st_mtime_ns for file in files), default=0)
