"""Each test has a stack and a sandbox of its own; only the CLI and the plugin are shared."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.harness import Engine, Stack
from tests.harness import Sandbox


@pytest.fixture(scope="session")
def _engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine.at(tmp_path_factory.mktemp("engine"))


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """As seeded, for this test alone."""
    sandbox = Sandbox(tmp_path / "sandbox")
    sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def stack(tmp_path: Path, sandbox: Sandbox, _engine: Engine) -> Stack:
    """Without any integration yet."""
    return _engine.stack(tmp_path / "project", sandbox)
