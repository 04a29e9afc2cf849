"""A stack of its own on a sandbox of its own, driven by the real engine as a user drives it."""

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from ruamel.yaml import YAML

from tests.harness import ROOT, Sandbox
from toolchain import pulumi_cli, sandbox_stack
from toolchain.clone import Clone
from toolchain.console import Step
from toolchain.environment import Admin, Environment
from toolchain.pulumi_cli import Pulumi

Integrations = Mapping[str, Mapping[str, Any]]

ALCHEMER: Mapping[str, Any] = {
    "entitlements": ["databricks-sql-access", "workspace-access"],
    "grants": {
        "warehouses": {"bi-serverless": "CAN_USE"},
        "clusters": {"shared-analytics": "CAN_RESTART"},
        "jobs": {"nightly-survey-load": "CAN_MANAGE_RUN"},
        "schemas": {"main.surveys": ["SELECT", "MODIFY"]},
    },
}


@dataclass(frozen=True)
class Run:
    """What a command left on the terminal."""

    exit_code: int
    text: str

    def changes(self) -> dict[str, int]:
        """What the engine counted: `{"created": 3, "unchanged": 1}`."""
        counted = re.findall(
            r"^\s+(?:[+~-]+|\+-|-\+)?\s*(\d+) (?:to )?(created?|updated?|deleted?|replaced?|unchanged|errored)$", self.text, re.MULTILINE
        )
        return {what.removesuffix("d") if what not in {"unchanged", "errored"} else what: int(number) for number, what in counted}


@dataclass(frozen=True)
class Engine:
    """A Pulumi CLI with the databricks plugin, by the toolchain's own steps, for as many stacks as one likes."""

    clone: Clone
    pulumi: Pulumi

    @classmethod
    def at(cls, folder: Path) -> Self:
        clone = Clone(ROOT, folder)
        with Step("Pulumi") as step:
            pulumi = pulumi_cli.find(clone, step)
        nobody = Admin("http://127.0.0.1:1", "nobody", "nothing")
        with Step("databricks plugin") as step:
            sandbox_stack.plugin(clone, pulumi, sandbox_stack.prepare(clone, pulumi, nobody), step)
        return cls(clone, pulumi)

    def stack(self, folder: Path, sandbox: Sandbox) -> "Stack":
        admin = Admin(sandbox.host, *sandbox.admin_credentials)
        return Stack(folder, sandbox, Environment.of(self.clone, self.pulumi.folder, admin).process())


class Stack:
    """The project of this repository in a folder of its own, so that each test has its own stack files."""

    def __init__(self, folder: Path, sandbox: Sandbox, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self.environment = {**environment, "PULUMI_BACKEND_URL": (folder / "state").as_uri()}
        (folder / "state").mkdir(parents=True)
        (folder / "stacks").mkdir()
        for part in ("Pulumi.yaml", "__main__.py", "provider", ".venv"):
            (folder / part).symlink_to(ROOT / part)
        self.run("pulumi", "stack", "init", "test")

    @property
    def file(self) -> Path:
        return self.folder / "stacks" / "Pulumi.test.yaml"

    def declare(self, integrations: Integrations, **settings: object) -> None:
        """Writes the stack file, and keeps what Pulumi itself put there."""
        yaml = YAML(typ="safe")
        old = yaml.load(self.file) if self.file.exists() else {}
        brickpass = {"protect": False, "integrations": integrations} | settings
        config = {f"brickpass:{name}": value for name, value in brickpass.items()}
        yaml.dump((old or {}) | {"config": config}, self.file)

    def run(self, *command: str, **environment: str) -> Run:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=300,
        )
        return Run(done.returncode, done.stdout)

    def pulumi(self, *words: str, **environment: str) -> Run:
        return self.run("pulumi", *words, "--stack", "test", "--non-interactive", "--color", "never", **environment)

    def preview(self, *options: str, **environment: str) -> Run:
        return self.pulumi("preview", *options, **environment)

    def try_up(self, *options: str, **environment: str) -> Run:
        return self.pulumi("up", "--yes", "--skip-preview", *options, **environment)

    def up(self, *options: str, **environment: str) -> Run:
        """An update that succeeds."""
        done = self.try_up(*options, **environment)
        assert done.exit_code == 0, done.text
        return done

    def refresh(self) -> Run:
        done = self.pulumi("refresh", "--yes", "--skip-preview")
        assert done.exit_code == 0, done.text
        return done

    def destroy(self) -> Run:
        done = self.pulumi("destroy", "--yes", "--skip-preview")
        assert done.exit_code == 0, done.text
        return done

    def bundles(self) -> dict[str, dict[str, Any]]:
        told = self.run("pulumi", "stack", "output", "bundles", "--json", "--show-secrets", "--stack", "test")
        assert told.exit_code == 0, told.text
        bundles: dict[str, dict[str, Any]] = json.loads(told.text)
        return bundles

    def state(self, *options: str) -> dict[str, Any]:
        told = self.run("pulumi", "stack", "export", *options, "--stack", "test")
        assert told.exit_code == 0, told.text
        exported: dict[str, Any] = json.loads(told.text)
        return exported

    def resources(self) -> set[str]:
        """Type and name of all that the state holds."""
        held = self.state()["deployment"].get("resources", [])
        return {f"{resource['type']} {resource['urn'].rsplit('::', 1)[1]}" for resource in held}

    def logs_in(self, integration: str) -> bool:
        """Whether the bundle that was handed out opens the workspace."""
        bundle = self.bundles()[integration]
        return self.sandbox.login(bundle["client_id"], bundle["client_secret"]).status_code == 200
