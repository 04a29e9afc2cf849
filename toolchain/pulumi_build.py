"""Builds the Pulumi CLI from its Go modules, where those are all that can be reached."""

import os
import re
import shutil
from pathlib import Path

from toolchain.clone import Clone
from toolchain.commands import Command, CommandError, run
from toolchain.console import Step
from toolchain.errors import WayClosedError
from toolchain.logins import without_logins
from toolchain.pins import PULUMI_VERSION

SECONDS = 1800
PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
SDK_MODULE = "github.com/pulumi/pulumi/sdk/v3"
# Scripts in Python that the official distribution has beside the CLI, and that come with the SDK's module.
SCRIPTS = ("python/cmd/pulumi-language-python-exec", "python/dist/pulumi-resource-pulumi-python")


def build(clone: Clone, staging: Path, step: Step) -> None:
    """Fills `staging/bin` with the CLI and the scripts that run Python programs; a language host is not among the modules."""
    go = shutil.which("go")
    if go is None:
        raise WayClosedError("there is no go on PATH")
    modules = clone.root / "toolchain" / "go"
    # What is built must not depend on a C compiler, or on a workspace or repository around this folder.
    environment = without_logins(os.environ) | {"CGO_ENABLED": "0", "GOWORK": "off"}
    log = clone.log("pulumi-build")
    linked = f"-s -w -X {SDK_MODULE}/go/common/version.Version=v{PULUMI_VERSION}"
    build_it: Command = [
        go,
        "build",
        "-trimpath",
        "-buildvcs=false",
        f"-ldflags={linked}",
        "-o",
        staging / "bin" / "pulumi",
        PACKAGE,
    ]

    def tell(waited: float) -> None:
        # Often enough to show that it lives, not so often that a log is full of it.
        minutes, half = divmod(int(waited) // 30, 2)
        step.note(f"building from Go modules, {minutes}:{half * 30:02} min (3 to 6 are usual)")

    tell(0)
    try:
        run(build_it, log=log, seconds=SECONDS, env=environment, cwd=modules, while_waiting=tell)
        sdk = run([go, "list", "-m", "-f", "{{.Dir}}", SDK_MODULE], log=log, seconds=60, env=environment, cwd=modules).splitlines()[-1]
    except CommandError as failed:
        raise WayClosedError(f"go {failed.reason}: {_first_complaint(failed.output)} (all of it is in {log})") from None
    for script in SCRIPTS:
        target = staging / "bin" / Path(script).name
        shutil.copyfile(Path(sdk) / script, target)
        target.chmod(0o755)


def _first_complaint(output: str) -> str:
    lines = [line for line in output.splitlines() if line.strip() and not re.match(r"go: downloading |# ", line)]
    return lines[0] if lines else "it said nothing"
