"""`brickpass bundle`, from the command line to the file."""

import json
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from operate.__main__ import main
from operate.exits import GOOD, MISUSE

Engine = Callable[..., Path]
State = dict[str, Any]
SECRET = "dose00000000000000000000000000000000"


@pytest.fixture(autouse=True)
def _deployed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, engine: Engine, state: State) -> None:
    engine(state)
    monkeypatch.setenv("BRICKPASS_NOW", "2027-01-01")
    monkeypatch.chdir(tmp_path)


def run(*words: str) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["brickpass", "bundle", *words])
        with pytest.raises(SystemExit) as left:
            main()
    return int(left.value.code or 0)


def refusal(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one sentence; on standard output is nothing."""
    assert run(*words) == MISUSE
    out, err = capsys.readouterr()
    assert not out
    assert SECRET not in err
    [sentence] = err.splitlines()
    return sentence


@contextmanager
def mask_of(value: int) -> Iterator[None]:
    before = os.umask(value)
    try:
        yield
    finally:
        os.umask(before)


def test_the_sheet_comes_without_being_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """With its secret masked: whoever looks over a shoulder, or at a log, sees none."""
    assert run("alchemer") == GOOD

    out, err = capsys.readouterr()
    assert out.startswith("Databricks for alchemer\n")
    assert "********" in out
    assert SECRET not in out + err


def test_a_secret_is_printed_when_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """And nothing beside it, so that it can be piped."""
    assert run("alchemer", "--format", "json", "--reveal") == GOOD

    assert json.loads(capsys.readouterr().out)["client_secret"] == SECRET


def test_a_file_has_the_secret_for_its_owner_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever the shell's umask is; the terminal shows none of it."""
    with mask_of(0):
        assert run("alchemer", "-f", "databrickscfg", "-o", "cfg") == GOOD

    out, err = capsys.readouterr()
    assert out == "cfg has the bundle of alchemer; only you may read it.\n"
    assert SECRET not in out + err
    assert stat.S_IMODE(Path("cfg").stat().st_mode) == 0o600
    assert f"client_secret  = {SECRET}\n" in Path("cfg").read_text()


def test_a_file_is_replaced_and_becomes_private() -> None:
    """So a nightly run can write the new secret over the old one; a reader has the one or the other, never a half."""
    Path("env").write_text("# of last month\nDATABRICKS_HOST=x\nDATABRICKS_CLIENT_SECRET=old\n")
    Path("env").chmod(0o644)
    before = Path("env").stat().st_ino

    assert run("alchemer", "-f", "env", "-o", "env") == GOOD

    assert "old" not in Path("env").read_text()
    assert stat.S_IMODE(Path("env").stat().st_mode) == 0o600
    assert Path("env").stat().st_ino != before
    assert sorted(each.name for each in Path().iterdir()) == ["bin", "env"]


@pytest.mark.parametrize(
    ("form", "there", "lost"),
    [
        ("databrickscfg", "[DEFAULT]\nhost = x\n[alchemer]\nhost = y\n", "DEFAULT"),
        ("odbc", "[ODBC]\nTrace = 1\n", "ODBC"),
        ("env", "export PATH_TO=x\nDATABRICKS_HOST=y\n", "PATH_TO"),
        ("dbt", "# mine\nalchemer:\n  target: a\nsurveys:\n  target: b\n", "surveys"),
        ("terraform", 'region = "eu"\ndatabricks_host = "x"\n', "region"),
        ("kubernetes", "kind: Secret\nmetadata:\n  name: mine\n---\nkind: Pod\n", "  name: mine, ---, kind: Pod"),
        # The entry's name is ours, what is in it is not; or it is spelled as others do.
        ("databrickscfg", "[alchemer]\nhost = y\ntoken = dapi\n", "token"),
        ("dbt", "alchemer:\n  outputs:\n    prod:\n      password: x\n", "prod, password"),
        ("env", "PAYMENT_KEY = x\n", "PAYMENT_KEY"),
        ("terraform", '"other" = "x"\n', "other"),
        ("kubernetes", "kind: Secret\nmetadata:\n    name: payments\n", "name"),
        ("kubernetes", "kind: Secret\nmetadata: {name: payments}\n", "metadata"),
        ("kubernetes", '{"kind": "Secret", "stringData": {"password": "x"}}\n', "{kind"),
    ],
)
def test_a_file_that_holds_what_is_not_ours_is_left_alone(capsys: pytest.CaptureFixture[str], form: str, there: str, lost: str) -> None:
    """A profile is one of several in most people's files, and the others would be lost."""
    Path("mine").write_text(there)

    sentence = refusal(capsys, "alchemer", "-f", form, "-o", "mine")

    assert sentence == f"mine also holds {lost}; write to another file, and put the two together by hand"
    assert Path("mine").read_text() == there


@pytest.mark.parametrize("form", ["databrickscfg", "odbc", "env", "dbt", "terraform", "kubernetes"])
def test_a_file_of_ours_is_written_again(form: str) -> None:
    """What the last run wrote is nobody else's."""
    assert run("alchemer", "-f", form, "-o", "ours") == GOOD
    Path("ours").write_text(Path("ours").read_text().replace(SECRET, "dose1"))

    assert run("alchemer", "-f", form, "-o", "ours") == GOOD
    assert SECRET in Path("ours").read_text()


def test_a_link_is_not_written_through(capsys: pytest.CaptureFixture[str]) -> None:
    """It may lead to where others read; replaced, it would lead nowhere any more."""
    Path("target").write_text("")
    Path("link").symlink_to("target")

    assert refusal(capsys, "alchemer", "-o", "link") == "link is a symbolic link; name the file itself"
    assert Path("target").read_text() == ""
    assert Path("link").is_symlink()


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("bin", "bin is no file; name one, or take --reveal to print the secret"),
        ("nowhere/cfg", "nowhere/cfg cannot be written: No such file or directory"),
        ("x" * 300, f"{'x' * 300} cannot be written: File name too long"),
    ],
)
def test_a_file_that_cannot_be_written_is_one_sentence(capsys: pytest.CaptureFixture[str], path: str, sentence: str) -> None:
    """Nothing is left half done."""
    assert refusal(capsys, "alchemer", "-o", path) == sentence


def test_a_disk_that_is_full_leaves_the_file_as_it_was(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing of the secret beside it."""
    Path("json").write_text("before")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        assert refusal(capsys, "alchemer", "-f", "json", "-o", "json") == "json cannot be written: No space left on device"

    assert Path("json").read_text() == "before"
    assert sorted(each.name for each in Path().iterdir()) == ["bin", "json"]


def test_an_integration_or_a_format_that_there_is_not_gets_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    """With all that there are; the stack is not even asked about a format."""
    assert refusal(capsys, "alchmer") == 'this stack has no integration "alchmer"; it has alchemer; did you mean "alchemer"?'
    assert refusal(capsys, "alchemer", "-f", "databrickcfg") == (
        'there is no format "databrickcfg"; there are sheet, sheet-html, json, env, databrickscfg, jdbc, odbc, dbt, airflow, airflow-json, '
        'kubernetes, terraform; did you mean "databrickscfg"?'
    )


def test_a_secret_that_has_ended_is_not_handed_on(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is to configure anything with it."""
    monkeypatch.setenv("BRICKPASS_NOW", "2027-05-01")

    assert refusal(capsys, "alchemer", "--reveal") == "the secret of alchemer ended on 2027-03-08T09:00:51Z; `pulumi up` makes a new one"


def test_help_lists_the_formats(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with what it is for."""
    monkeypatch.setenv("COLUMNS", "400")

    assert run("--help") == GOOD

    out = capsys.readouterr().out
    assert "sheet: the hand-over sheet" in out
    assert "dbt: a profile of dbt's profiles.yml" in out
