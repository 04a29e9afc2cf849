import os
from pathlib import Path

import pytest

from tests.toolchain.conftest import executable
from toolchain import browser
from toolchain.clone import Clone
from toolchain.console import Step
from toolchain.errors import ToolchainError


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """All that is on PATH."""
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "programs"))
    return tmp_path / "programs"


def ensured(clone: Clone) -> str:
    with Step("browser") as step:
        browser.ensure(clone, step)
    return step.result


def apt_get(programs: Path, *, exit_code: int) -> Path:
    """One that writes down what it was told, and makes a chromium if it was told to end well."""
    makes = f"[ {exit_code} = 0 ] && echo > {programs}/chromium && /bin/chmod +x {programs}/chromium"
    executable(programs / "apt-get", f'echo "$@" >> {programs}/told', makes, f"exit {exit_code}")
    return programs / "told"


def test_a_browser_on_path_is_taken(clone: Clone, programs: Path) -> None:
    """Any of the usual names will do, and nothing is installed."""
    told = apt_get(programs, exit_code=0)
    chrome = executable(programs / "google-chrome", "exit 0")

    assert ensured(clone) == str(chrome)
    assert not told.exists()


def test_chromium_says_which_browser(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes before whatever is on PATH."""
    executable(programs / "chromium", "exit 0")
    mine = executable(programs.parent / "mine", "exit 0")
    monkeypatch.setenv("CHROMIUM", str(mine))

    assert browser.find() == mine


def test_a_chromium_that_is_none_is_told(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another browser than the one that was named is not silently taken instead."""
    executable(programs / "chromium", "exit 0")
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")

    with pytest.raises(ToolchainError, match="CHROMIUM is /nowhere/chromium, which is no program that can be started"):
        browser.find()


def test_root_gets_a_browser_from_debian(clone: Clone, programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where none is there and apt-get is, it installs one without a question."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    told = apt_get(programs, exit_code=0)

    assert ensured(clone) == str(programs / "chromium")
    update, install = told.read_text().splitlines()
    assert " update " in update
    assert install.endswith("install --yes --quiet --no-install-recommends chromium")


@pytest.mark.parametrize(("user", "exit_code"), [(0, 100), (1000, 0)], ids=["apt-get fails", "not root"])
def test_no_browser_stops_nothing(clone: Clone, programs: Path, monkeypatch: pytest.MonkeyPatch, user: int, exit_code: int) -> None:
    """A machine that cannot have one is told what that means, and goes on."""
    monkeypatch.setattr(os, "geteuid", lambda: user)
    apt_get(programs, exit_code=exit_code)

    assert ensured(clone) == "none; the tests that need one are skipped"


def test_a_machine_without_apt_is_told_too(clone: Clone, programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root on a system that is not Debian's has no apt-get."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    programs.mkdir()

    assert ensured(clone) == "none; the tests that need one are skipped"
