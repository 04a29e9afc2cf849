"""The toolchain's own steps give each test a stack; only the CLI and the plugin are shared."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.end_to_end.harness import Stack
from tests.sandbox.harness import ROOT, Sandbox
from toolchain import pulumi_cli, sandbox_stack
from toolchain.clone import Clone
from toolchain.console import Step
from toolchain.environment import Admin, Environment
from toolchain.pulumi_cli import Pulumi


@dataclass(frozen=True)
class Engine:
    clone: Clone
    pulumi: Pulumi


@pytest.fixture(scope="session")
def _engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    clone = Clone(ROOT, tmp_path_factory.mktemp("engine"))
    with Step("Pulumi") as step:
        pulumi = pulumi_cli.find(clone, step)
    nobody = Admin("http://127.0.0.1:1", "nobody", "nothing")
    with Step("databricks plugin") as step:
        sandbox_stack.plugin(clone, pulumi, sandbox_stack.prepare(clone, pulumi, nobody), step)
    return Engine(clone, pulumi)


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
    admin = Admin(sandbox.host, *sandbox.admin_credentials)
    environment = Environment.of(_engine.clone, _engine.pulumi.folder, admin).process()
    return Stack(tmp_path / "project", sandbox, environment)
