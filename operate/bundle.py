"""`brickpass bundle`: an integration's credentials in the form that its consumer takes."""

from pathlib import Path

from model.faults import WrongUse, printable
from operate import private_file
from operate.exits import GOOD
from operate.formats.render import format_called, rendered
from operate.formats.table import Format
from operate.formats.values import Values
from operate.result import Result, Table
from operate.state import chosen, deployed


def bundle(
    name: str, form: str, *, stack: str | None, output: Path | None, reveal: bool, warehouse: str | None, schema: str | None
) -> Result:
    """The bundle as text, or in a file. The secret stands in the file, and in the text where it is to be revealed."""
    known = format_called(form)
    [integration] = chosen(deployed(stack), [name])
    text = rendered(form, Values.of(integration, warehouse=warehouse, schema=schema, reveal=reveal or output is not None))
    if output is None:
        return _result(text.removesuffix("\n"))
    _require_nothing_is_lost(output, known, text)
    private_file.write(output, text)
    return _result(f"{output} has the bundle of {name}; only you may read it.")


def _result(text: str) -> Result:
    return Result(data={}, table=Table((), ()), summary=text, exit_code=GOOD)


def _require_nothing_is_lost(path: Path, form: Format, text: str) -> None:
    """A profile is often one of several in a file, and the others are not ours."""
    if not form.entry or not path.is_file():
        return
    try:
        there = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise WrongUse(f"{path} cannot be read, so what it holds might be lost: {error.strerror}") from None
    others = [each for each in dict.fromkeys(form.entry.findall(there)) if each not in form.entry.findall(text)]
    if others:
        raise WrongUse(f"{path} also holds {printable(', '.join(others))}; write to another file, and put the two together by hand")
