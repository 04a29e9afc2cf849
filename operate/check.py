"""`brickpass check`: all that is wrong with stack files, without a workspace and without the engine."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from model.faults import ConfigFault, ConfigFaults, WrongUse
from model.presets import OF_A_TEAM, Presets
from model.stackfile import StackFile
from operate.exits import FOUND_SOMETHING, GOOD
from operate.result import Result, Table
from operate.stack import STACKS, file_of


def check(files: Sequence[str], *, stack: str | None = None) -> Result:
    """Reads the named files, all in the named folders, or that of the named stack, or all of `stacks/`. It changes nothing."""
    named = [path for each in map(Path, files) for path in (_all(each) if each.is_dir() else [each])]
    chosen = list(dict.fromkeys([*named, *([file_of(stack)] if stack else [])])) or _all(STACKS)
    return _result(chosen, sorted({fault for path in chosen for fault in _faults(path)}))


def _all(folder: Path) -> list[Path]:
    found = sorted(folder.glob("Pulumi.*.yaml"))
    if not found:
        raise WrongUse(f"there is no {folder}/Pulumi.*.yaml here; go to the folder of Pulumi.yaml, or name the files to check")
    return found


def _faults(path: Path) -> Iterator[ConfigFault]:
    try:
        if path.name == OF_A_TEAM:
            Presets.beside(path)
            return
        file = StackFile.read(path)
        yield from file.spoiled_when_rewritten()
        file.config()
    except ConfigFaults as wrong:
        yield from wrong.faults


def _result(files: Sequence[Path], faults: Sequence[ConfigFault]) -> Result:
    return Result(
        data={"files": [str(path) for path in files], "faults": [_as_json(fault) for fault in faults]},
        table=Table((), ()),
        summary="\n".join([*map(str, faults), f"{_counted(faults, 'fault')} in {_counted(files, 'stack file')}."]),
        exit_code=FOUND_SOMETHING if faults else GOOD,
    )


def _as_json(fault: ConfigFault) -> dict[str, object]:
    place = fault.place
    return {"file": place.file, "line": place.line, "column": place.column, "path": place.path, "summary": fault.summary}


def _counted(things: Iterable[object], noun: str) -> str:
    count = len(list(things))
    return f"{count or 'No'} {noun}{'' if count == 1 else 's'}"
