"""`setup`, `up`, `down` and `browser`."""

import argparse
import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from toolchain import browser, pulumi_cli, python_environment, sandbox_stack
from toolchain.clone import Clone
from toolchain.console import Step
from toolchain.errors import ToolchainError
from toolchain.pulumi_cli import Pulumi

INTERRUPTED = 130


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="toolchain", description="Sets this clone up, deploys its sandbox stack, and takes it down again."
    )
    parser.add_argument("what", choices=("setup", "up", "down", "browser"))
    what = {"setup": setup, "up": up, "down": down, "browser": ensure_browser}[parser.parse_args().what]
    clone = Clone.at(Path(__file__).resolve().parent.parent)
    try:
        with _alone(clone):
            what(clone)
    except ToolchainError as failure:
        print(f"\n{failure}", file=sys.stderr)
        if failure.log_tail:
            print(f"\n{failure.log_tail}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever read the output has enough of it; what Python would still write at its end goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; the same command goes on from here.", file=sys.stderr)
        return INTERRUPTED
    return 0


def setup(clone: Clone) -> Pulumi:
    with Step("Python packages") as step:
        python_environment.ensure(clone, step)
    with Step("Pulumi") as step:
        pulumi = pulumi_cli.find(clone, step)
        step.result = f"{pulumi.version}, {pulumi.source}"
    return pulumi


def up(clone: Clone) -> None:
    pulumi = setup(clone)
    with Step("sandbox") as step:
        admin = sandbox_stack.start(clone, step)
    environment = sandbox_stack.prepare(clone, pulumi, admin)
    with Step("databricks plugin") as step:
        sandbox_stack.plugin(clone, pulumi, environment, step)
    with Step("deployment") as step:
        sandbox_stack.deploy(clone, pulumi, environment, step)
    with Step("proof") as step:
        table = sandbox_stack.verify(clone, environment, step)
    print(
        f"\n{table}\n\n"
        f"The workspace is {admin.host}; a browser shows there who may do what. What you need to go on:\n"
        f"  . {clone.env_file.relative_to(clone.root)}\n"
        "  pulumi stack output bundles --json --show-secrets   # the authentication bundle\n"
        "  pulumi preview                                      # after an edit of stacks/Pulumi.sandbox.yaml"
    )


def down(clone: Clone) -> None:
    if clone.env_file.exists() and clone.python.exists():
        with Step("deployment") as step:
            sandbox_stack.destroy(clone, step)
    with Step("sandbox") as step:
        sandbox_stack.remove(clone, step)


def ensure_browser(clone: Clone) -> None:
    with Step("browser") as step:
        browser.ensure(clone, step)


@contextmanager
def _alone(clone: Clone) -> Iterator[None]:
    """Two of these at once in one clone would take each other's half-made things for whole ones."""
    root = os.open(clone.root, os.O_RDONLY)
    # Should this process be killed, the next one waits for the command that it was running.
    os.set_inheritable(root, True)  # noqa: FBT003 - the standard library names no such parameter
    try:
        fcntl.flock(root, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("  Waiting for another `make` in this clone.", flush=True)
        fcntl.flock(root, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(root)
