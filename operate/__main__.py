"""The `brickpass` command. Commands import what they need when they run, so that help comes at once."""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003 -- typer reads it from the annotations
from typing import TYPE_CHECKING, Annotated

import typer

from model.faults import BrickpassError, WorkspaceUnreachable, WrongUse
from operate.exits import MISUSE, WORKSPACE_UNREACHABLE
from operate.formats.table import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.status import Status

app = typer.Typer(name="brickpass", no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)

Stack = Annotated[str | None, typer.Option("--stack", "-s", help="The stack; else the selected one.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


@app.callback()
def brickpass() -> None:
    """Looks after what `pulumi up` deployed: access of integrations to a Databricks workspace."""


@app.command()
def check(
    files: Annotated[list[str] | None, typer.Argument(help="Stack files, or folders of them; else stacks/.", show_default=False)] = None,
    stack: Annotated[str | None, typer.Option("--stack", "-s", help="The stack whose file to check.", show_default=False)] = None,
    as_json: Json = False,  # noqa: FBT002 -- typer knows options by their parameters
) -> None:
    """Says all that is wrong with stack files, without asking a workspace or Pulumi. Changes nothing.

    Exit codes: 0 nothing is wrong, 1 something is, 2 wrong use.
    """
    from operate.check import check  # noqa: PLC0415 -- see the module
    from operate.render import show  # noqa: PLC0415 -- see the module

    result = check(files or [], stack=stack)
    show(result, as_json=as_json)
    raise typer.Exit(result.exit_code)


@app.command()
def verify(
    names: Annotated[list[str] | None, typer.Argument(help="The integrations; else all.", show_default=False)] = None,
    stack: Stack = None,
    oidc_token_file: Annotated[
        str | None,
        typer.Option(
            "--oidc-token-file",
            metavar="FILE",
            help="A file with a token that an integration without a secret logs in with.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,  # noqa: FBT002 -- typer knows options by their parameters
) -> None:
    """Logs in with each bundle's own credentials and shows that what was declared works. Changes nothing.

    What logs in by federation has no secret: it is tried with a token in a file, or where this runs in a job that is given one.

    Exit codes: 0 all is well, 1 something does not work, 2 wrong use, 3 the workspace does not answer.
    """
    from rich.console import Console  # noqa: PLC0415 -- see the module

    from operate.render import show  # noqa: PLC0415 -- see the module
    from operate.verify import verify  # noqa: PLC0415 -- see the module

    with Console(stderr=True).status("starting") as status:
        result = verify(names or [], stack=stack, oidc_token_file=oidc_token_file, progress=status.update)
    show(result, as_json=as_json)
    raise typer.Exit(result.exit_code)


@app.command()
def bundle(
    name: Annotated[str, typer.Argument(help="The integration.", show_default=False)],
    *,
    form: Annotated[
        str, typer.Option("--format", "-f", help="; ".join(f"{name}: {each.about}" for name, each in FORMATS.items()) + ".")
    ] = "sheet",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write it, with the secret, to this file for you alone.", show_default=False)
    ] = None,
    reveal: Annotated[bool, typer.Option("--reveal", help="Print the secret rather than a mask.")] = False,
    warehouse: Annotated[
        str | None, typer.Option("--warehouse", help="The SQL warehouse, by name or id, where it has several.", show_default=False)
    ] = None,
    schema: Annotated[
        str | None, typer.Option("--schema", help="The schema, as catalog.schema, where it has not one alone.", show_default=False)
    ] = None,
    stack: Stack = None,
) -> None:
    """Prints an integration's credentials in the form that its consumer takes. The secret is masked, but for --reveal and in a file.

    Exit codes: 0 it was printed or written, 2 wrong use.
    """
    from operate.bundle import bundle  # noqa: PLC0415 -- see the module
    from operate.render import show  # noqa: PLC0415 -- see the module

    show(bundle(name, form, stack=stack, output=output, reveal=reveal, warehouse=warehouse, schema=schema), as_json=False)


@app.command()
def recover(
    stack: Stack = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")] = False,  # noqa: FBT002 -- as above
    unlock: Annotated[  # noqa: FBT002 -- as above
        bool, typer.Option("--unlock", help="Also where a lock cannot be told to be a dead run's, as one of another machine.")
    ] = False,
    as_json: Json = False,  # noqa: FBT002 -- typer knows options by their parameters
) -> None:
    """Puts a stack in order after a run that was killed, or whose state was lost: run it instead of `pulumi cancel`.

    Takes into the state what was made and not recorded. Ends secrets that a run of this state made and no state knows; removes second
    service principals that nobody can log in as and that have nothing; takes away the lock of a run that was killed on this machine.

    Exit codes: 0 all is well, 1 something is left for people to decide, 2 wrong use, 3 the workspace does not answer.
    """
    from rich.console import Console  # noqa: PLC0415 -- see the module

    from operate.recover import recover  # noqa: PLC0415 -- see the module
    from operate.render import show  # noqa: PLC0415 -- see the module

    with Console(stderr=True).status("starting") as status:

        def unlocked(locked: str) -> bool:
            status.stop()
            return unlock or (not yes and typer.confirm(f"{locked[0].upper()}{locked[1:]}. Has it?", err=True))

        result = recover(stack=stack, agreed=_asking("recover", status, yes=yes), unlocked=unlocked, progress=status.update)
    show(result, as_json=as_json)
    raise typer.Exit(result.exit_code)


@app.command()
def deliver(
    name: Annotated[str, typer.Argument(help="The integration.", show_default=False)],
    to: Annotated[
        list[str] | None,
        typer.Option(
            "--to", metavar="ADDRESS", help="Where to, such as vault:secret/alchemer; else where the stack file says.", show_default=False
        ),
    ] = None,
    stack: Stack = None,
    as_json: Json = False,  # noqa: FBT002 -- typer knows options by their parameters
) -> None:
    """Puts an integration's bundle where its consumer reads it. What somebody else has there stays.

    Addresses: secret-scope:SCOPE, vault:MOUNT/PATH, aws:SECRET, azure:VAULT/SECRET, google:PROJECT/SECRET, github:OWNER/REPO or
    github:OWNER/REPO@ENVIRONMENT, kubernetes:NAMESPACE/SECRET. Logins at targets come from the environment, as their own tools have them.

    Exit codes: 0 all is delivered, 1 something is not, 2 wrong use.
    """
    from rich.console import Console  # noqa: PLC0415 -- see the module

    from operate.deliver import deliver  # noqa: PLC0415 -- see the module
    from operate.render import show  # noqa: PLC0415 -- see the module

    with Console(stderr=True).status("starting") as status:
        result = deliver(name, to or [], stack=stack, progress=status.update)
    show(result, as_json=as_json)
    raise typer.Exit(result.exit_code)


@app.command()
def schedule(
    names: Annotated[list[str] | None, typer.Argument(help="The integrations; else all.", show_default=False)] = None,
    next_run: Annotated[
        str | None,
        typer.Option("--next-run", metavar="TIME", help="When the next run is, such as 7d; else as runs_every says.", show_default=False),
    ] = None,
    ics: Annotated[
        Path | None, typer.Option("--ics", metavar="FILE", help="Also write a calendar of rotations and ends.", show_default=False)
    ] = None,
    stack: Stack = None,
    as_json: Json = False,  # noqa: FBT002 -- typer knows options by their parameters
) -> None:
    """Lists the secrets that live, until when, and when the next one is made. Asks no workspace, and changes nothing.

    Exit codes: 0 all is well, 1 a secret has ended or would before the next run, 2 wrong use.
    """
    from operate.render import show  # noqa: PLC0415 -- see the module
    from operate.schedule import schedule  # noqa: PLC0415 -- see the module

    result = schedule(names or [], stack=stack, next_run=next_run, ics=ics)
    show(result, as_json=as_json)
    raise typer.Exit(result.exit_code)


@app.command()
def rotate(
    name: Annotated[str, typer.Argument(help="The integration.", show_default=False)],
    stack: Stack = None,
    as_json: Json = False,  # noqa: FBT002 -- typer knows options by their parameters
) -> None:
    """Raises the generation of an integration's secret in the stack file, so that the next `pulumi up` makes another. Asks no workspace.

    Exit codes: 0 the file is changed, 2 wrong use.
    """
    from operate.render import show  # noqa: PLC0415 -- see the module
    from operate.rotate import rotate  # noqa: PLC0415 -- see the module

    result = rotate(name, stack=stack)
    show(result, as_json=as_json)
    raise typer.Exit(result.exit_code)


@app.command()
def revoke(
    name: Annotated[str, typer.Argument(help="The integration.", show_default=False)],
    *,
    secret: Annotated[
        str | None, typer.Option("--secret", metavar="ID", help="The secret to end; else the one in the bundle.", show_default=False)
    ] = None,
    all_of_them: Annotated[bool, typer.Option("--all", help="End all secrets of the service principal, whoever made them.")] = False,
    stack: Stack = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")] = False,
    as_json: Json = False,
) -> None:
    """Ends a secret that has leaked, at once, also while the stack is locked. The next `pulumi up --refresh` makes another.

    Exit codes: 0 it is ended, 1 a secret could not be ended or is not known, 2 wrong use, 3 the workspace does not answer.
    """
    from rich.console import Console  # noqa: PLC0415 -- see the module

    from operate.render import show  # noqa: PLC0415 -- see the module
    from operate.revoke import revoke  # noqa: PLC0415 -- see the module

    with Console(stderr=True).status("starting") as status:
        agreed = _asking("revoke", status, yes=yes)
        result = revoke(name, secret=secret, all_of_them=all_of_them, stack=stack, agreed=agreed, progress=status.update)
    show(result, as_json=as_json)
    raise typer.Exit(result.exit_code)


def _asking(command: str, status: Status, *, yes: bool) -> Callable[[str], bool]:
    """Shows what a command is about to do, and asks whether it may."""

    def agreed(planned: str) -> bool:
        status.stop()
        if not yes and not sys.stdin.isatty():
            raise WrongUse(f"without a terminal to ask on, {command} takes --yes. It would do this:\n{planned}")
        sys.stderr.write(f"{planned}\n")
        if yes:
            status.start()
        return yes or typer.confirm("Do it?", err=True)

    return agreed


def main() -> None:
    """Runs the command; an expected error is one line and an exit code, any other a crash that shows itself."""
    try:
        app()
    except BrickpassError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(WORKSPACE_UNREACHABLE if isinstance(error, WorkspaceUnreachable) else MISUSE)


if __name__ == "__main__":
    main()
