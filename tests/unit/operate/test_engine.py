"""What the processes that a command starts are given: no more than they need."""

import os
from pathlib import Path

import pytest

from operate.engine import pulumi
from operate.recovery.locks import Lock

LOGINS = {"DATABRICKS_CLIENT_SECRET": "dose-admin", "DATABRICKS_TOKEN": "dapi0", "DATABRICKS_HOST": "https://dbc-1234.cloud.databricks.com"}
ENGINES = {"PULUMI_CONFIG_PASSPHRASE": "open sesame", "PULUMI_ACCESS_TOKEN": "pul-0"}


@pytest.fixture
def tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where each command that is started, of these names, writes its environment."""
    for name in ("pulumi", "ps"):
        (tmp_path / name).write_text(f"#!/bin/sh\n/usr/bin/env > {tmp_path}/told\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    for variable, value in {**LOGINS, **ENGINES}.items():
        monkeypatch.setenv(variable, value)
    return tmp_path / "told"


def told(file: Path) -> set[str]:
    return {line.partition("=")[0] for line in file.read_text().splitlines()} & {*LOGINS, *ENGINES}


@pytest.mark.parametrize("words", [("stack", "export"), ("stack", "import"), ("stack", "--show-name"), ("cancel", "--yes"), ("whoami",)])
def test_who_reads_or_writes_a_state_gets_no_admins_login(tells: Path, words: tuple[str, ...]) -> None:
    """The engine opens a state with its own secrets, and asks no workspace."""
    pulumi(*words, stack=None)

    assert told(tells) == set(ENGINES)


def test_who_asks_the_workspace_gets_the_admins_login(tells: Path) -> None:
    """Its providers log in with it."""
    pulumi("refresh", stack="test")

    assert told(tells) == {*LOGINS, *ENGINES}


def test_who_lists_processes_gets_nothing(tells: Path) -> None:
    """It needs to be found, and no more."""
    Lock("", "here", os.getpid()).is_held  # noqa: B018 -- it asks

    assert told(tells) == set()
    assert {line.partition("=")[0] for line in tells.read_text().splitlines()} <= {"PATH", "PWD", "SHLVL", "_"}
