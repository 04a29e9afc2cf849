import json
import os
import socket
import time
from pathlib import Path

import pytest

from tests.toolchain.conftest import executable
from toolchain import cli, sandbox_stack
from toolchain.clone import Clone
from toolchain.console import Step
from toolchain.databricks_plugin import A_DAY, Installer
from toolchain.errors import ToolchainError
from toolchain.pins import DATABRICKS_PLUGIN_VERSION

UP = """\
Updating (sandbox):
 +  brickpass:index:Integration alchemer created
Diagnostics:
  databricks:index:ServicePrincipal (alchemer):
    error: cannot create service principal: no

Resources:
    + 14 created
    3 unchanged

Duration: 4s
"""


def test_a_summary_has_pulumis_own_counts() -> None:
    """What `make up` says of the deployment are pulumi's own figures."""
    assert sandbox_stack._summary(UP) == "14 created, 3 unchanged"


def test_a_failure_shows_what_pulumi_complains_about() -> None:
    """Of a failed deployment the diagnostics are shown, and not the account of what worked."""
    assert (
        sandbox_stack._diagnostics(UP) == "  databricks:index:ServicePrincipal (alchemer):\n    error: cannot create service principal: no"
    )


def test_a_failure_without_diagnostics_shows_the_end() -> None:
    """Where pulumi stops before its diagnostics, its last lines are shown."""
    assert sandbox_stack._diagnostics("error: no Pulumi.yaml\n") == "error: no Pulumi.yaml"


@pytest.mark.parametrize(
    ("pid", "host", "dead"),
    [(2**22 + 1, socket.gethostname(), True), (os.getpid(), socket.gethostname(), False), (2**22 + 1, "elsewhere", False)],
    ids=["of a dead process", "of this one", "elsewhere"],
)
def test_only_a_lock_of_a_dead_process_is_taken_away(clone: Clone, pid: int, host: str, *, dead: bool) -> None:
    """A lock whose holder was killed is no reason to stop; one that is held, or held elsewhere, is."""
    locks = clone.state / ".pulumi" / "locks" / "organization" / "brickpass" / "sandbox"
    locks.mkdir(parents=True)
    (locks / "one.json").write_text(json.dumps({"pid": pid, "hostname": host}))
    assert sandbox_stack._locked_by_the_dead(clone) is dead


def test_down_twice_is_no_fault(clone: Clone) -> None:
    """`make down` where nothing was made does nothing, and says so."""
    with Step("sandbox") as step:
        sandbox_stack.remove(clone, step)
    assert step.result == "there is none"
    cli.down(clone)
    assert not clone.sandbox.exists()


def test_down_keeps_the_sandboxs_folder_when_the_sandbox_does_not_stop(clone: Clone) -> None:
    """A server that goes on running must not lose the folder that says which one it is."""
    clone.sandbox.mkdir()
    executable(clone.python, "echo 'it does not end' >&2", "exit 1")
    with pytest.raises(ToolchainError, match="did not stop"), Step("sandbox") as step:
        sandbox_stack.remove(clone, step)
    assert clone.sandbox.exists()


@pytest.fixture
def pulumi(tmp_path: Path) -> Path:
    """Reaches no network, takes any file, and counts the downloads that it was asked for."""
    return executable(
        tmp_path / "pulumi",
        f'case "$*" in *--file*) ;; *) echo try >> {tmp_path}/tries; exit 1;; esac',
        f"mkdir -p $PULUMI_HOME/plugins/resource-databricks-v{DATABRICKS_PLUGIN_VERSION}",
        f'echo "$*" >> {tmp_path}/files',
    )


def install(clone: Clone, pulumi: Path) -> str:
    step = Step("databricks plugin")
    Installer(clone, pulumi, os.environ | {"PULUMI_HOME": str(clone.pulumi_home)}, step).install()
    return step.result


def test_the_stand_in_is_installed_where_the_official_plugin_cannot_be_had(clone: Clone, pulumi: Path, tmp_path: Path) -> None:
    """Its launcher starts this clone's code, and the result says that it is not the official one."""
    assert "stand-in" in install(clone, pulumi)
    launcher = clone.sandbox / "plugin" / "pulumi-resource-databricks"
    assert os.access(launcher, os.X_OK)
    assert str(clone.root) in launcher.read_text()
    assert (tmp_path / "files").read_text().count(f"--file {launcher.parent}") == 1


def test_a_download_that_failed_is_tried_again_only_the_next_day(clone: Clone, pulumi: Path, tmp_path: Path) -> None:
    """A second `make up` neither waits for the download nor installs the stand-in anew; a day later it tries again."""
    for _ in range(2):
        install(clone, pulumi)
    assert (tmp_path / "tries").read_text() == "try\n"
    assert (tmp_path / "files").read_text().count("\n") == 1

    yesterday = time.time() - A_DAY - 1
    os.utime(clone.sandbox / "databricks-plugin-unreachable", (yesterday, yesterday))
    install(clone, pulumi)
    assert (tmp_path / "tries").read_text() == "try\ntry\n"


def test_the_plugin_that_one_asks_for_is_installed(clone: Clone, pulumi: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """BRICKPASS_DATABRICKS_PLUGIN comes before the download, and a newer file is installed anew."""
    file = executable(tmp_path / "pulumi-resource-databricks", "exit 0")
    monkeypatch.setenv("BRICKPASS_DATABRICKS_PLUGIN", str(file))
    assert install(clone, pulumi) == f"{DATABRICKS_PLUGIN_VERSION}, of BRICKPASS_DATABRICKS_PLUGIN"
    install(clone, pulumi)
    os.utime(file, (1, 1))
    install(clone, pulumi)
    assert (tmp_path / "files").read_text().count(f"--file {file}") == 2
    assert not (tmp_path / "tries").exists()


def test_a_plugin_that_is_not_there_is_told(clone: Clone, pulumi: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong BRICKPASS_DATABRICKS_PLUGIN is one sentence, and nothing else is taken instead."""
    monkeypatch.setenv("BRICKPASS_DATABRICKS_PLUGIN", "/no/such/plugin")
    with pytest.raises(ToolchainError, match="BRICKPASS_DATABRICKS_PLUGIN is /no/such/plugin, which does not exist"):
        install(clone, pulumi)
