from pathlib import Path

import pytest

from toolchain.clone import Clone
from toolchain.console import Step
from toolchain.errors import ToolchainError
from toolchain.python_environment import ensure


@pytest.fixture
def whole_clone(clone: Clone) -> Clone:
    """With files that ask for no package, so that pip has nothing to fetch."""
    for name in ("requirements.txt", "requirements-dev.txt", "pyproject.toml"):
        (clone.root / name).write_text("# nothing\n")
    return clone


def ensured(clone: Clone) -> str:
    with Step("Python packages") as step:
        ensure(clone, step)
    return step.result


def test_an_environment_is_made_once(whole_clone: Clone) -> None:
    """The first time makes it, the second finds it up to date, and a changed file installs anew into the same one."""
    assert ensured(whole_clone) == ".venv with the pinned packages"
    kept = whole_clone.venv / "kept"
    kept.touch()
    assert ensured(whole_clone) == "up to date"
    (whole_clone.root / "requirements.txt").write_text("# something else\n")
    assert ensured(whole_clone) == ".venv with the pinned packages"
    assert kept.exists()


def test_an_interrupted_installation_starts_from_nothing(whole_clone: Clone) -> None:
    """What an interrupted pip left is thrown away, since pip would take half a package for installed."""
    (whole_clone.venv / "bin").mkdir(parents=True)
    (whole_clone.venv / "bin" / "python").touch()
    (whole_clone.venv / "brickpass-begun").touch()
    half = whole_clone.venv / "half"
    half.touch()
    ensured(whole_clone)
    assert not half.exists()
    assert not (whole_clone.venv / "brickpass-begun").exists()


def test_packages_that_cannot_be_had_are_told(whole_clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package index that does not answer is one sentence with the end of pip's log, and the environment is not taken for done."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    (whole_clone.root / "requirements.txt").write_text("no-such-package==1\n")
    with pytest.raises(ToolchainError, match="could not be installed: pip ended with exit code 1") as told:
        ensured(whole_clone)
    assert "no-such-package" in told.value.log_tail
    assert (whole_clone.venv / "brickpass-begun").exists()


@pytest.mark.parametrize("missing", ["requirements.txt", "requirements-dev.txt", "pyproject.toml"])
def test_an_incomplete_clone_is_told(whole_clone: Clone, missing: str) -> None:
    """A file that is not there is named, before anything is made."""
    (whole_clone.root / missing).unlink()
    with pytest.raises(ToolchainError, match=f"There is no {missing} in"):
        ensured(whole_clone)
    assert not Path(whole_clone.venv).exists()
