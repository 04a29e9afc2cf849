"""The steps of `make up` and `make down`: this clone's sandbox, and the stack on it."""

import json
import os
import re
import shlex
import shutil
import socket
import urllib.request

from toolchain.clone import Clone
from toolchain.commands import Command, CommandError, run, tail
from toolchain.console import Step
from toolchain.databricks_plugin import Installer
from toolchain.environment import Admin, Environment
from toolchain.errors import ToolchainError
from toolchain.pulumi_cli import Pulumi

STACK = "sandbox"


def start(clone: Clone, step: Step) -> Admin:
    try:
        run([clone.python, "-m", "sandbox", "start", "--dir", clone.sandbox], log=clone.log("sandbox"), seconds=60, cwd=clone.root)
    except CommandError as failed:
        raise ToolchainError(f"The sandbox did not start: {tail(failed.output, lines=1)}.") from None
    admin = Admin.of(clone)
    step.result = f"running at {admin.host}"
    return admin


def prepare(clone: Clone, pulumi: Pulumi, admin: Admin) -> Environment:
    """Writes the file to source, and what it points to."""
    for folder in (clone.state, clone.pulumi_home):
        folder.mkdir(parents=True, exist_ok=True)
    environment = Environment.of(clone, pulumi.folder, admin)
    environment.write(clone.env_file)
    return environment


def plugin(clone: Clone, pulumi: Pulumi, environment: Environment, step: Step) -> None:
    Installer(clone, pulumi.command, environment.process(), step).install()


def deploy(clone: Clone, pulumi: Pulumi, environment: Environment, step: Step) -> None:
    """`pulumi up` of the stack, which is made where it is not there."""
    log, env = clone.log("pulumi-up"), environment.process()
    try:
        if _locked_by_the_dead(clone):
            run([pulumi.command, "cancel", "--yes", "--stack", STACK, "--non-interactive"], log=log, seconds=60, env=env, cwd=clone.root)
        run([pulumi.command, "stack", "select", STACK, "--create", "--non-interactive"], log=log, seconds=60, env=env, cwd=clone.root)
        step.note("pulumi up")
        up: Command = [pulumi.command, "up", "--yes", "--skip-preview", "--stack", STACK, "--non-interactive", "--color", "never"]
        output = run(up, log=log, seconds=1800, env=env, cwd=clone.root)
    except CommandError as failed:
        raise ToolchainError(
            f"The stack {STACK!r} was not deployed: pulumi {failed.reason}. All it said is in {log}.", log_tail=_diagnostics(failed.output)
        ) from None
    step.result = _summary(output)


def verify(clone: Clone, environment: Environment, step: Step) -> str:
    """The table of `brickpass verify`."""
    env = environment.process() | {"COLUMNS": str(shutil.get_terminal_size((120, 40)).columns)}
    try:
        table = run(
            [clone.venv / "bin" / "brickpass", "verify", "--stack", STACK], log=clone.log("verify"), seconds=300, env=env, cwd=clone.root
        )
    except CommandError as failed:
        raise ToolchainError(
            f"The deployment is not what it should be: brickpass verify {failed.reason}.", log_tail=failed.output.rstrip()
        ) from None
    step.result = "the bundle's own credentials do what was declared"
    return table.rstrip()


def destroy(clone: Clone, step: Step) -> None:
    """Destroys the stack; where that cannot be done, all of it goes with the sandbox anyway."""
    if not _answers(clone):
        step.result = "left to go with the sandbox, which is not running"
        return
    # Without `--remove`: that would take the stack's file under version control away too.
    script = f". {shlex.quote(str(clone.env_file))} && exec pulumi destroy --yes --skip-preview --stack {STACK} --non-interactive"
    try:
        run(["sh", "-c", script], log=clone.log("pulumi-destroy"), seconds=300, cwd=clone.root)
        step.result = "destroyed"
    except CommandError:
        step.result = "could not be destroyed; goes with the sandbox"


def remove(clone: Clone, step: Step) -> None:
    if not clone.sandbox.exists():
        step.result = "there is none"
        return
    if clone.python.exists():
        try:
            run([clone.python, "-m", "sandbox", "stop", "--dir", clone.sandbox], log=clone.log("sandbox"), seconds=60, cwd=clone.root)
        except CommandError as failed:
            raise ToolchainError(f"The sandbox did not stop, so {clone.sandbox} is left as it is.", log_tail=tail(failed.output)) from None
    shutil.rmtree(clone.sandbox)
    step.result = "stopped, and its folder removed"


def _locked_by_the_dead(clone: Clone) -> bool:
    """Whether all that holds the stack's lock are processes of this machine that were killed."""
    locks = [json.loads(lock.read_text()) for lock in (clone.state / ".pulumi" / "locks").rglob(f"{STACK}/*.json")]
    return bool(locks) and not any(lock["hostname"] != socket.gethostname() or _runs(lock["pid"]) for lock in locks)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _answers(clone: Clone) -> bool:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"{Admin.of(clone).host}/sandbox/health", timeout=5):
            return True
    except (ToolchainError, OSError):
        return False


def _diagnostics(output: str) -> str:
    """What pulumi complains about, without its account of what it did before."""
    _, found, after = output.partition("Diagnostics:\n")
    return after.partition("\nResources:\n")[0].rstrip() if found else tail(output)


def _summary(output: str) -> str:
    """What pulumi says that it did: "15 created" or "15 unchanged"."""
    counted = re.findall(
        r"^ +(?:[-+~]+ +)?(\d+ (?:created|updated|replaced|deleted|unchanged|same))$", output.partition("\nResources:\n")[2], re.MULTILINE
    )
    return ", ".join(counted) or "deployed"
