"""A program and a plugin in Python, run by the CLI that setup found, with whichever language host belongs to it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from toolchain.clone import Clone
from toolchain.console import Step
from toolchain.pulumi_cli import find

PROJECT = f"""\
name: trial
runtime: {{name: python, options: {{virtualenv: {sys.prefix}}}}}
plugins: {{providers: [{{name: trial, path: ./plugin}}]}}
"""

PLUGIN = """\
import sys
from pulumi.provider.experimental.provider import CheckResponse, CreateResponse, DiffResponse, Provider
from pulumi.provider.experimental.server import main

class Trial(Provider):
    async def check(self, request):
        return CheckResponse(inputs=request.new_inputs)
    async def diff(self, request):
        return DiffResponse()
    async def create(self, request):
        return CreateResponse(resource_id="made", properties=request.properties)
    async def delete(self, request):
        pass

main(sys.argv[1:], "1.0.0", Trial())
"""

PROGRAM = """\
import os
import pulumi

if fault := os.environ.get("FAULT"):
    raise pulumi.RunError(fault)
if defect := os.environ.get("DEFECT"):
    raise ValueError(defect)

class Thing(pulumi.CustomResource):
    def __init__(self, name):
        super().__init__("trial:index:Thing", name, {"size": 1})

pulumi.export("id", Thing("one").id)
pulumi.export("token", pulumi.Config().require_secret("token"))
"""


@dataclass(frozen=True)
class Stack:
    pulumi: Path
    folder: Path
    env: dict[str, str]

    def run(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        command = [str(self.pulumi), *arguments, "--non-interactive"]
        return subprocess.run(command, cwd=self.folder, env=self.env | env, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """A project with a program and a plugin, deployed once; all tests of this module look at it."""
    pulumi = find(Clone.at(Path(__file__).parents[2]), Step("Pulumi"))
    folder = tmp_path_factory.mktemp("trial")
    for name, content in {"Pulumi.yaml": PROJECT, "__main__.py": PROGRAM, "plugin/__main__.py": PLUGIN}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content)
    (folder / "plugin" / "PulumiPlugin.yaml").write_text(f"runtime: {{name: python, options: {{virtualenv: {sys.prefix}}}}}\n")
    (folder / "state").mkdir()
    env = os.environ | {
        "PATH": f"{pulumi.folder}:{os.environ['PATH']}",
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "trial",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        # pulumi-databricks is installed here, and its plugin is of no use to this program.
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }
    stack = Stack(pulumi.command, folder, env)
    for arguments in (["stack", "init", "trial"], ["config", "set", "--secret", "token", "confidential"]):
        assert stack.run(*arguments).returncode == 0
    deployed = stack.run("up", "--yes", "--skip-preview")
    assert deployed.returncode == 0, deployed.stdout + deployed.stderr
    return stack


def test_a_program_deploys_what_it_declares(stack: Stack) -> None:
    """The program ran, its plugin made the resource, and a secret of the config is a secret output."""
    shown = json.loads(stack.run("stack", "output", "--json", "--show-secrets").stdout)
    assert shown == {"id": "made", "token": "confidential"}
    assert json.loads(stack.run("stack", "output", "--json").stdout)["token"] == "[secret]"


def test_a_preview_changes_nothing_and_warns_of_nothing(stack: Stack) -> None:
    """The engine is content with where its language host is, which it would else warn of at each run."""
    seen = stack.run("preview", "--expect-no-changes")
    assert seen.returncode == 0
    assert "warning" not in seen.stdout + seen.stderr


def test_a_run_error_is_told_without_a_traceback(stack: Stack) -> None:
    """What the program says with RunError is shown as it is."""
    seen = stack.run("preview", FAULT="there is no warehouse")
    assert seen.returncode != 0
    assert "error: there is no warehouse" in seen.stdout
    assert "Traceback" not in seen.stdout + seen.stderr


def test_a_defect_is_told_once_with_its_place(stack: Stack) -> None:
    """An exception that nobody caught is shown with the program's own lines, and not again by the language host."""
    seen = stack.run("preview", DEFECT="no idea")
    assert "ValueError: no idea" in seen.stdout
    assert "non-zero exit code" not in seen.stdout
