"""One server for all tests that leave it running, as seeded before each; and a private one for those that do not."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.harness import Newcomer, Sandbox


def pytest_configure(config: pytest.Config) -> None:
    """databricks-sdk has no way to close its connections; the garbage collector ends them."""
    config.addinivalue_line("filterwarnings", "ignore:unclosed <socket:ResourceWarning")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No credentials of the machine get into a client."""
    for name in [name for name in os.environ if name.startswith("DATABRICKS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(tmp_path / "no-databrickscfg"))


@pytest.fixture(scope="session")
def _served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    sandbox = Sandbox(tmp_path_factory.mktemp("sandbox"))
    sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(_served: Sandbox) -> Sandbox:
    """As seeded."""
    assert _served.http.post("/sandbox/reset").status_code == 200
    _served.renew()
    return _served


@pytest.fixture
def own_sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """For a test that stops or kills it."""
    sandbox = Sandbox(tmp_path / "sandbox")
    sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def newcomer(sandbox: Sandbox) -> Newcomer:
    """With all entitlements, and no access to anything."""
    return sandbox.newcomer()
