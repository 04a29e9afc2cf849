"""A stack and a sandbox for each run alone: it is killed, and its clock is moved by years."""

import pytest

from tests.end_to_end.conftest import _engine, stack
from tests.harness import Sandbox

__all__ = ["_engine", "stack"]


@pytest.fixture
def sandbox(own_sandbox: Sandbox) -> Sandbox:
    return own_sandbox
