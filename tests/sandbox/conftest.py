"""A server that a test may stop or kill."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import Sandbox


@pytest.fixture
def own_sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """For this test alone."""
    sandbox = Sandbox(tmp_path / "sandbox")
    sandbox.start()
    yield sandbox
    sandbox.stop()
