"""`brickpass rotate`: another generation of a secret, in the stack file, so that it is reviewed as any other change."""

import os
import stat
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import NamedTuple

from model.config import IntegrationConfig
from model.durations import spelled
from model.faults import WrongUse, printable
from model.generation import raised
from model.nearest import did_you_mean
from model.stackfile import StackFile
from operate.exits import GOOD
from operate.result import Result, Table
from operate.stack import file_of


class Change(NamedTuple):
    """What became of one line."""

    line: int
    before: str | None
    """None where it is a new one."""
    after: str


def rotate(name: str, *, stack: str | None) -> Result:
    """Raises the generation of one integration's secret in the stack file, and changes nothing else. It asks no workspace."""
    path = file_of(stack)
    file = StackFile.read(path)
    integration = _integration(file, path, name)
    written = path.read_bytes()
    text = written.decode("utf-8-sig")
    another = raised(text, file, name)
    mark = written[: len(written) - len(text.encode())]
    _write(path, mark + another.text.encode())
    return _result(path, name, integration, another.generation, _change(text, another.text))


def _integration(file: StackFile, path: Path, name: str) -> IntegrationConfig:
    known = file.config().integrations
    if name not in known:
        raise WrongUse(f'{path} has no integration "{name}"; it has {", ".join(known) or "none"}{did_you_mean(name, known)}')
    if known[name].federation:
        raise WrongUse(f"{name} logs in by federation, and has no secret to be rotated")
    return known[name]


def _write(path: Path, content: bytes) -> None:
    """All of it or nothing, in the mode that the file has; through a link, into the file itself."""
    file = path.resolve()
    try:
        with NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}.", delete=False) as beside:
            try:
                beside.write(content)
                beside.flush()
                os.fsync(beside.fileno())
                os.fchmod(beside.fileno(), stat.S_IMODE(file.stat().st_mode))
                Path(beside.name).replace(file)
            except BaseException:
                Path(beside.name).unlink()
                raise
    except OSError as error:
        raise WrongUse(f"{path} cannot be written ({error.strerror}); nothing was changed") from None


def _change(before: str, after: str) -> Change:
    old, new = before.splitlines(), after.splitlines()
    at = next(number for number, lines in enumerate(zip(old, new, strict=False)) if lines[0] != lines[1])
    return Change(at + 1, old[at] if len(old) == len(new) else None, new[at])


def _result(path: Path, name: str, integration: IntegrationConfig, generation: int, change: Change) -> Result:
    removed = [f"- {change.before}"] if change.before is not None else []
    next_steps = (
        "Review and commit it, and run `pulumi up`: it makes another secret, and the one before works on for "
        f"{spelled(integration.secret.overlap)}. If that one has leaked, run `brickpass revoke {name}` now, which ends it at once."
    )
    return Result(
        data={"file": str(path), "integration": name, "generation": generation, **change._asdict()},
        table=Table((), ()),
        summary="\n".join(
            [
                f"{path}:{change.line}: integrations.{name}.secret.generation is {generation} now",
                *(printable(line) for line in (*removed, f"+ {change.after}")),
                next_steps,
            ]
        ),
        exit_code=GOOD,
    )
