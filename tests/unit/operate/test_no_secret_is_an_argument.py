"""Nothing that is typed holds a secret: a shell remembers it, and everybody on the machine sees it."""

import re

import typer
from typer.core import TyperOption

from operate.__main__ import app

SECRETIVE = re.compile(r"secret|token|password|passphrase|credential|key", re.IGNORECASE)
# Neither is a secret: what it names is one that the workspace keeps, and a file.
NAMES = {("revoke", "secret"): "ID", ("verify", "oidc_token_file"): "FILE"}


def test_no_command_takes_a_secret_as_an_argument() -> None:
    """Only its id, or the file that it is in; and an option that prints one takes no value."""
    group = typer.main.get_command(app)
    commands = getattr(group, "commands", {})
    assert {"verify", "bundle", "recover", "deliver", "revoke", "rotate"} <= set(commands)
    suspects = {
        (name, parameter.name): (parameter.metavar if isinstance(parameter, TyperOption) else None)
        for name, command in commands.items()
        for parameter in command.params
        if SECRETIVE.search(f"{parameter.name} {' '.join(parameter.opts)}") and not getattr(parameter, "is_flag", False)
    }

    assert suspects == NAMES
