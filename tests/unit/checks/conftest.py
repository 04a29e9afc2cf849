"""A private sandbox: what a check says is only worth something where access is enforced."""

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
    for name in [name for name in os.environ if name.startswith(("DATABRICKS_", "BRICKPASS_"))]:
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
def newcomer(sandbox: Sandbox) -> Newcomer:
    """With all entitlements, and no access to anything."""
    return sandbox.newcomer()
