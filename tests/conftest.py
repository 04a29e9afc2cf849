"""What all tests share: an environment without anybody's credentials, and a sandbox as seeded for each test that asks for one."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import ROOT, Newcomer, Sandbox

LONGEST_FIRST = tuple(ROOT / "tests" / folder for folder in ("soak", "end_to_end", "toolchain"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take minutes begin first, so that no worker is left alone with one in the end."""
    items.sort(key=lambda item: [not item.path.is_relative_to(folder) for folder in LONGEST_FIRST])


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No credentials and no clock of the machine get into a test."""
    for name in [name for name in os.environ if name.startswith(("DATABRICKS_", "BRICKPASS_NOW"))]:
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
    """One server for all tests that leave it running, as seeded before each."""
    if _served.http.post("/sandbox/reset").status_code == 401:
        # The test before moved the clock, which ended the login.
        _served.renew()
        assert _served.http.post("/sandbox/reset").status_code == 200
    _served.renew()
    return _served


@pytest.fixture
def own_sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """A server for this test alone, which may stop or kill it."""
    sandbox = Sandbox(tmp_path / "sandbox")
    sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def newcomer(sandbox: Sandbox) -> Newcomer:
    """A service principal with all entitlements, and no access to anything."""
    return sandbox.newcomer()
