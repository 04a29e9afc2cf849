"""Each test has a stack of its own; the CLI, the plugin and the sandbox, as seeded, are shared."""

from pathlib import Path

import pytest

from tests.end_to_end.harness import Engine, Stack
from tests.harness import Sandbox


@pytest.fixture(scope="session")
def _engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine.at(tmp_path_factory.mktemp("engine"))


@pytest.fixture
def stack(tmp_path: Path, sandbox: Sandbox, _engine: Engine) -> Stack:
    """Without any integration yet."""
    return _engine.stack(tmp_path / "project", sandbox)
