"""`brickpass bundle`: an integration's credentials in the form that its consumer takes."""

import re
from pathlib import Path

from model.faults import WrongUse, printable
from operate import private_file
from operate.exits import GOOD
from operate.formats.render import format_called, rendered
from operate.formats.table import Format
from operate.formats.values import Values
from operate.result import Result, Table
from operate.state import chosen, deployed

_VALUE = re.compile("[=:].*")
_SEVERAL = re.compile(r"[=:]\s*[\[{]|^\s*[\[{]\s*[\"{]")


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
    if not form.entry:
        return
    try:
        if not path.is_file():
            return
        there = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise WrongUse(f"{path} cannot be read, so what it holds might be lost: {error.strerror}") from None
    ours, entries = _keys(text), form.entry.findall(text)
    others = [each for each in dict.fromkeys(form.entry.findall(there)) if each not in entries]
    if others := others or [shown for line, shown in _keys(there).items() if line not in ours]:
        named = printable(", ".join(dict.fromkeys(others)))
        raise WrongUse(f"{path} also holds {named}; write to another file, and put the two together by hand")


def _keys(text: str) -> dict[str, str]:
    """What each line of a file sets, without its value, which may be a secret; where several things are in one line, all of that."""
    keys = {}
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith(("#", ";")):
            key = re.sub("[\"']", "", _VALUE.sub("", line)).rstrip()
            keys[line if _SEVERAL.search(line) else key] = key.strip()
    return keys
