"""A state as the engine exports it, recorded, and an engine that shows it."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

STATE = Path(__file__).with_name("state.json")


@pytest.fixture
def state() -> dict[str, Any]:
    recorded: dict[str, Any] = json.loads(STATE.read_text(encoding="utf-8"))
    return recorded


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Puts a `pulumi` on PATH that says this, and notes how it was called."""

    def shows(state: object = None, *, error: str = "") -> Path:
        folder = tmp_path / "bin"
        folder.mkdir()
        (folder / "answer").write_text(json.dumps(state), encoding="utf-8")
        (folder / "error").write_text(error, encoding="utf-8")
        pulumi = folder / "pulumi"
        pulumi.write_text(
            f'#!/bin/sh\ncd "{folder}"\necho "$@" > called\n[ -s error ] && {{ cat error >&2; exit 255; }}\ncat answer\n', encoding="utf-8"
        )
        pulumi.chmod(pulumi.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        return folder / "called"

    return shows
