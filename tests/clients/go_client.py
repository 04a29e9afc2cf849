"""The program in `go/`: how it is built, how it is run, and what its steps got."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.harness import ACCOUNT_ID, Sandbox

MODULE = Path(__file__).parent / "go"
SDK = "github.com/databricks/databricks-sdk-go"
BUILD_S, RUN_S = 600, 180


@dataclass(frozen=True)
class GoRun:
    """What each step got, and the sandbox that the program left behind."""

    sandbox: Sandbox
    got: dict[str, Any]


def build(folder: Path) -> Path:
    """Compiled into Go's own cache: half a minute on a machine that has nothing of it, else a second."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("there is no go on PATH: install Go 1.25 or later to try the sandbox with the official Go SDK")
    had = _run_go(go, "list", "-deps", SDK)
    if had.returncode:
        reason = had.stderr.strip().rpartition("\n")[2]
        pytest.skip(f"the official Go SDK cannot be had, neither from Go's cache nor from the Go module proxy: {reason}")
    program = folder / "client"
    built = _run_go(go, "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", str(program), ".")
    assert built.returncode == 0, built.stderr
    return program


def run(program: Path, sandbox: Sandbox) -> GoRun:
    """The whole program, to its end."""
    client_id, secret = sandbox.admin_credentials
    # This is the whole environment: no credentials and no configuration of the machine's user get in.
    environment = {
        "HOME": str(sandbox.folder),
        "DATABRICKS_HOST": sandbox.host,
        "DATABRICKS_CLIENT_ID": client_id,
        "DATABRICKS_CLIENT_SECRET": secret,
    }
    ran = subprocess.run([program, ACCOUNT_ID], env=environment, capture_output=True, text=True, check=False, timeout=RUN_S)
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert ran.returncode == 0, f"{lines[-1:]} {ran.stderr}"
    return GoRun(sandbox, {line["step"]: line["got"] for line in lines})


def _run_go(go: str, *words: str) -> subprocess.CompletedProcess[str]:
    # What is built must not depend on a C compiler, or on a workspace around this folder.
    environment = os.environ | {"CGO_ENABLED": "0", "GOWORK": "off"}
    return subprocess.run([go, *words], cwd=MODULE, env=environment, capture_output=True, text=True, check=False, timeout=BUILD_S)
