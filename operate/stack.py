"""Which stack a command is about, and where its file is."""

from pathlib import Path

from model.faults import WrongUse
from operate.engine import pulumi, said

STACKS = Path("stacks")


def name_of(stack: str | None) -> str:
    """The own name of the stack, which is the selected one where none is named."""
    if stack is None:
        shown = pulumi("stack", "--show-name", stack=None)
        if shown.returncode:
            raise WrongUse(f"pulumi does not name the stack: {said(shown)}")
        stack = shown.stdout.strip()
    # One of Pulumi Cloud may be named with its organization and project, as in acme/brickpass/prod.
    return stack.rpartition("/")[2]


def file_of(stack: str | None) -> Path:
    return STACKS / f"Pulumi.{name_of(stack)}.yaml"
