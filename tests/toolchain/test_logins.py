"""Whose login the processes get that the toolchain starts: nobody's, where they need none."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest
from pulumi.runtime.proto import language_pb2 as pb
from pulumi.runtime.proto import language_pb2_grpc

from tests.harness import Sandbox
from tests.toolchain.conftest import executable
from tests.toolchain.test_language_host import Host, program
from tests.toolchain.test_language_host import host as language_host
from toolchain.commands import run

ADMINS = {"DATABRICKS_CLIENT_SECRET": "dose-admin", "DATABRICKS_TOKEN": "dapi0", "PULUMI_ACCESS_TOKEN": "pul-0"}
ENGINES = {"PULUMI_CONFIG_PASSPHRASE": "open sesame"}

host = language_host


@pytest.fixture(autouse=True)
def _logged_in(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**ADMINS, **ENGINES}.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def environment(_logged_in: None, tmp_path: Path) -> Path:
    """A virtual environment whose Python only says what it was given."""
    executable(tmp_path / "venv" / "bin" / "python", "/usr/bin/env", f"/usr/bin/env > {tmp_path}/told", "exit 1")
    (tmp_path / "__main__.py").touch()
    (tmp_path / "requirements.txt").touch()
    return tmp_path


@pytest.fixture
def engine(environment: Path, host: Host) -> Iterator[language_pb2_grpc.LanguageRuntimeStub]:
    del environment
    with grpc.insecure_channel(f"127.0.0.1:{host.port}") as channel:
        yield host.stub(channel)


def logins(told: str) -> set[str]:
    return {line.partition("=")[0] for line in told.splitlines()} & {*ADMINS, *ENGINES}


def test_a_command_without_an_environment_of_its_own_gets_nobodys(tmp_path: Path) -> None:
    """What builds and installs runs other people's code."""
    assert logins(run(["/usr/bin/env"], log=tmp_path / "log", seconds=10)) == set()


def test_a_command_with_one_gets_that(tmp_path: Path) -> None:
    """As `pulumi up` does."""
    assert logins(run(["/usr/bin/env"], log=tmp_path / "log", seconds=10, env=ADMINS)) == set(ADMINS)


def test_what_lists_and_installs_packages_gets_nobodys(engine: language_pb2_grpc.LanguageRuntimeStub, environment: Path) -> None:
    """The language host's own Python needs none, and `pip install` runs other people's code."""
    asks: tuple[Callable[[], object], ...] = (
        lambda: engine.GetRequiredPackages(pb.GetRequiredPackagesRequest(info=program(environment, virtualenv="venv"))),
        lambda: list(engine.InstallDependencies(pb.InstallDependenciesRequest(info=program(environment, virtualenv="venv")))),
    )
    for ask in asks:
        (environment / "told").unlink(missing_ok=True)
        with pytest.raises(grpc.RpcError):
            ask()
        assert logins((environment / "told").read_text()) == set()


def test_a_plugin_gets_all_but_the_engines(engine: language_pb2_grpc.LanguageRuntimeStub, environment: Path) -> None:
    """Providers log in at the workspace, and open no state."""
    info = program(environment, virtualenv="venv")
    list(engine.RunPlugin(pb.RunPluginRequest(info=info, pwd=str(environment), kind="resource")))

    assert logins((environment / "told").read_text()) == set(ADMINS)


def test_the_sandboxs_server_gets_nobodys(tmp_path: Path) -> None:
    """It runs on for days."""
    sandbox = Sandbox(tmp_path)
    sandbox.start()
    pid = (tmp_path / "server.pid").read_text().strip()
    told = Path(f"/proc/{pid}/environ").read_text().replace("\0", "\n")
    sandbox.stop()

    assert os.environ["PATH"] in told
    assert logins(told) == set()
