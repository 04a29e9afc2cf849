import time
from pathlib import Path

import pytest

from tests.toolchain.conftest import executable
from toolchain.commands import CommandError, run, tail


def test_what_a_command_writes_is_returned_and_logged(tmp_path: Path) -> None:
    """Both streams come back and stand in the log below the command itself."""
    command = executable(tmp_path / "command", "echo out", "echo err >&2")
    assert run([command, "x"], log=tmp_path / "log", seconds=10) == "out\nerr\n"
    assert (tmp_path / "log").read_text() == f"$ {command} x\nout\nerr\n"


def test_a_second_command_is_logged_below_the_first(tmp_path: Path) -> None:
    """A log keeps all commands of a step, and each returns only what is its own."""
    for said in ("one", "two"):
        assert run(["echo", said], log=tmp_path / "log", seconds=10) == f"{said}\n"
    assert (tmp_path / "log").read_text() == "$ echo one\none\n$ echo two\ntwo\n"


def test_a_failing_command_says_how_it_ended(tmp_path: Path) -> None:
    """The error has the exit code and all that the command wrote."""
    with pytest.raises(CommandError, match="ended with exit code 3") as failed:
        run([executable(tmp_path / "command", "echo why", "exit 3")], log=tmp_path / "log", seconds=10)
    assert failed.value.output == "why\n"


def test_a_time_limit_ends_a_command_with_its_children(tmp_path: Path) -> None:
    """After the limit neither the command nor what it started in the background goes on."""
    witness = tmp_path / "witness"
    command = executable(tmp_path / "command", f"(sleep 2; touch {witness}) &", "sleep 60")
    started = time.monotonic()
    with pytest.raises(CommandError, match="took longer than 1 s"):
        run([command], log=tmp_path / "log", seconds=1)
    assert time.monotonic() - started < 10
    time.sleep(2)
    assert not witness.exists()


def test_v_shows_what_is_logged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """With V=1 a command's output is on the terminal too, and without it is not."""
    run(["echo", "quiet"], log=tmp_path / "log", seconds=10)
    monkeypatch.setenv("V", "1")
    run(["echo", "shown"], log=tmp_path / "log", seconds=10)
    assert capfd.readouterr().err == "shown\n"


def test_a_tail_is_the_end_without_empty_lines() -> None:
    """An error shows the last lines that say something."""
    assert tail("a\n\nb\n\n", lines=1) == "b"
