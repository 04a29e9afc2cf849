import os
from pathlib import Path

import pytest

from toolchain.clone import Clone
from toolchain.pins import PULUMI_VERSION


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clone:
    """A clone of nothing, on a machine whose PATH has the shell's commands alone and whose caches are empty."""
    for name in ("BRICKPASS_PULUMI", "BRICKPASS_DATABRICKS_PLUGIN", "V"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "clone").mkdir()
    return Clone.at(tmp_path / "clone")


def executable(file: Path, *lines: str) -> Path:
    """A shell script."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    file.chmod(0o755)
    return file


def cli(folder: Path, *, version: str = PULUMI_VERSION, language_host: bool = True) -> Path:
    """A folder with what says that it is the Pulumi CLI."""
    executable(folder / "pulumi", f"echo v{version}")
    if language_host:
        executable(folder / "pulumi-language-python", "exit 1")
    return folder


def prepend_to_path(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
