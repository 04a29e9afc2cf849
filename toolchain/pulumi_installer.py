"""Gets the Pulumi CLI with Pulumi's own installer, through the Automation API."""

from pathlib import Path

from toolchain.clone import Clone
from toolchain.commands import CommandError, run
from toolchain.console import Step
from toolchain.errors import WayClosedError
from toolchain.pins import PULUMI_VERSION

SECONDS = 300
# Without a network some machines answer nothing at all: the first connection then decides, and not the whole time limit.
CONNECT_SECONDS = 10

INSTALL = f"""
import socket, sys
socket.setdefaulttimeout({CONNECT_SECONDS})
from pulumi.automation import PulumiCommand
from semver import VersionInfo
PulumiCommand.install(root=sys.argv[1], version=VersionInfo.parse("{PULUMI_VERSION}"))
"""


def install(clone: Clone, staging: Path, step: Step) -> None:
    """Fills `staging/bin` with the CLI and all its language hosts."""
    step.note("installing with Pulumi's installer")
    log = clone.log("pulumi-installer")
    try:
        run([clone.python, "-c", INSTALL, staging], log=log, seconds=SECONDS)
    except CommandError as failed:
        said = failed.output.strip().splitlines()
        raise WayClosedError(f"it {failed.reason}{f': {said[-1]}' if said else ''}") from None
