from collections.abc import Iterator

import pytest

from tests.clients import go_client
from tests.clients.go_client import GoRun
from tests.harness import Sandbox


@pytest.fixture(scope="session")
def go_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GoRun]:
    """One run of the Go program for all tests that look at its steps, on a sandbox of its own."""
    program = go_client.build(tmp_path_factory.mktemp("go"))
    sandbox = Sandbox(tmp_path_factory.mktemp("sandbox-of-go"))
    sandbox.start()
    try:
        yield go_client.run(program, sandbox)
    finally:
        sandbox.stop()
