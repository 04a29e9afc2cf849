"""The program's own entry, given what somebody might have written; no engine, and no workspace, is there to ask."""

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import pulumi
import pytest

from components.program import deploy

MALFORMED = sorted((Path(__file__).parents[1] / "model" / "malformed").glob("*.yaml"))


@pytest.fixture(autouse=True)
def _interrupts() -> Iterator[None]:
    """The program decides what an interrupt does; a test run does so for itself."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("malformed", MALFORMED, ids=lambda path: path.stem)
def test_a_malformed_file_ends_the_program_in_one_sentence_each(malformed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine prints the error without a traceback, because it is the one that asks for that."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pulumi, "get_stack", lambda: "acme")
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "Pulumi.acme.yaml").write_bytes(malformed.read_bytes())

    with pytest.raises(pulumi.RunError) as raised:
        asyncio.run(deploy())

    assert str(raised.value) == malformed.with_suffix(".txt").read_text(encoding="utf-8") + "Nothing was changed."
