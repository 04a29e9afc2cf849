"""`brickpass rotate`, from the command line to the stack file."""

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from model.faults import BrickpassError
from operate.__main__ import app
from operate.rotate import rotate

TEXT = """\
# The surveys of acme.
config:
  brickpass:integrations:
    alchemer:
      secret: {rotate_every: 30d}   # the vendor's wish
    airflow: {federation: {oidc: {issuer: https://idp.acme.example, subject: airflow}}}
  brickpass:account: {id: 8c1f0f4e-5b1d-4f0e-9a63-2d7c5f8e1b42}
"""


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of the stack acme-prod, in the project in which the command runs."""
    file = tmp_path / "stacks" / "Pulumi.acme-prod.yaml"
    file.parent.mkdir()
    file.write_text(TEXT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return file


def refused(name: str, *, stack: str | None = "acme-prod") -> str:
    with pytest.raises(BrickpassError) as said:
        rotate(name, stack=stack)
    return str(said.value)


def test_the_line_and_the_next_steps_are_shown(file: Path) -> None:
    """So that who reviews the change sees all of it."""
    done = CliRunner().invoke(app, ["rotate", "alchemer", "--stack", "acme-prod"])

    assert done.exit_code == 0
    assert done.output.splitlines() == [
        "stacks/Pulumi.acme-prod.yaml:5: integrations.alchemer.secret.generation is 2 now",
        "-       secret: {rotate_every: 30d}   # the vendor's wish",
        "+       secret: {generation: 2, rotate_every: 30d}   # the vendor's wish",
        (
            "Review and commit it, and run `pulumi up`: it makes another secret, and the one before works on for 14d. "
            "If that one has leaked, run `brickpass revoke alchemer` now, which ends it at once."
        ),
    ]
    assert file.read_text(encoding="utf-8") == TEXT.replace("{rotate_every", "{generation: 2, rotate_every")


def test_a_script_is_told_what_changed() -> None:
    """Each time it is another generation."""
    CliRunner().invoke(app, ["rotate", "alchemer", "--stack", "acme-prod"])
    done = CliRunner().invoke(app, ["rotate", "alchemer", "--stack", "acme-prod", "--json"])

    assert json.loads(done.stdout) == {
        "file": "stacks/Pulumi.acme-prod.yaml",
        "integration": "alchemer",
        "generation": 3,
        "line": 5,
        "before": "      secret: {generation: 2, rotate_every: 30d}   # the vendor's wish",
        "after": "      secret: {generation: 3, rotate_every: 30d}   # the vendor's wish",
    }


@pytest.mark.parametrize("stack", [None, "acme/brickpass/acme-prod"])
def test_the_stack_is_the_named_or_the_selected_one(engine: Callable[..., Path], tmp_path: Path, file: Path, stack: str | None) -> None:
    """By its own name, without organization and project, as its file is called."""
    engine()
    (tmp_path / "bin" / "answer").write_text("acme/brickpass/acme-prod\n", encoding="utf-8")

    rotate("alchemer", stack=stack)

    assert "generation: 2" in file.read_text(encoding="utf-8")


def test_without_a_stack_the_engine_says_why(engine: Callable[..., Path], file: Path) -> None:
    """In its own words."""
    engine(error="error: no stack selected; please use `pulumi stack select` or `pulumi stack init` to choose one\n")

    assert refused("alchemer", stack=None).startswith("pulumi does not name the stack: no stack selected")
    assert file.read_text(encoding="utf-8") == TEXT


def test_the_file_keeps_its_mode_its_byte_order_mark_and_its_place(tmp_path: Path, file: Path) -> None:
    """Through a link it is the file itself that changes, and nothing stays beside it."""
    elsewhere = tmp_path / "shared.yaml"
    elsewhere.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    elsewhere.chmod(0o640)
    file.unlink()
    file.symlink_to(elsewhere)

    rotate("alchemer", stack="acme-prod")

    expected = TEXT.replace("{rotate_every", "{generation: 2, rotate_every").replace("\n", "\r\n")
    assert elsewhere.read_bytes() == b"\xef\xbb\xbf" + expected.encode()
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o640
    assert file.is_symlink()
    assert {each.name for each in tmp_path.iterdir()} == {"shared.yaml", "stacks"}


def test_a_file_that_cannot_be_written_stays(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a full disk: nothing of it is lost, and nothing is left beside it."""

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("operate.rotate.os.fsync", full)

    assert refused("alchemer") == "stacks/Pulumi.acme-prod.yaml cannot be written (No space left on device); nothing was changed"
    assert file.read_text(encoding="utf-8") == TEXT
    assert list(file.parent.iterdir()) == [file]


def test_who_has_no_secret_is_not_rotated(file: Path) -> None:
    """Neither who logs in by federation, nor who is not there; the nearest name is told."""
    assert refused("airflow") == "airflow logs in by federation, and has no secret to be rotated"
    assert refused("alchmer") == (
        'stacks/Pulumi.acme-prod.yaml has no integration "alchmer"; it has alchemer, airflow; did you mean "alchemer"?'
    )
    assert "there is no such file" in refused("alchemer", stack="acme-dev")
    assert file.read_text(encoding="utf-8") == TEXT


def test_a_file_with_faults_is_not_changed(file: Path) -> None:
    """They are told as `brickpass check` tells them."""
    wrong = TEXT.replace("30d", "30m")
    file.write_text(wrong, encoding="utf-8")

    assert '5: integrations.alchemer.secret.rotate_every: "30m" is not a duration' in refused("alchemer")
    assert file.read_text(encoding="utf-8") == wrong
