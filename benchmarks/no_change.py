"""How long Pulumi takes when there is nothing to do, beside an empty program on the same engine, which is about the floor."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks._report import Row, report
from tests.end_to_end.harness import ALCHEMER, Engine, Run, Stack
from tests.harness import Sandbox

RUNS = 5


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        sandbox = Sandbox(Path(folder) / "sandbox")
        sandbox.start()
        try:
            stack = Engine.at(Path(folder) / "engine").stack(Path(folder) / "project", sandbox)
            stack.declare({"alchemer": ALCHEMER})
            stack.up()
            report("no_change", f"Seconds with nothing to do, median of {RUNS} runs", _rows(stack, _empty(stack)))
        finally:
            sandbox.stop()


def _rows(stack: Stack, empty: Path) -> list[Row]:
    def in_empty(verb: str, *options: str) -> Callable[[], Run]:
        return lambda: stack.run("pulumi", "-C", str(empty), verb, *options, "--stack", "empty", "--non-interactive")

    measured: dict[str, tuple[Callable[[], Run], Callable[[], Run]]] = {
        "pulumi preview": (stack.preview, in_empty("preview")),
        "pulumi up --skip-preview": (stack.up, in_empty("up", "--yes", "--skip-preview")),
        "pulumi up, preview included": (lambda: stack.pulumi("up", "--yes"), in_empty("up", "--yes")),
    }
    rows: list[Row] = []
    for what, (ours, theirs) in measured.items():
        # In turn, so that both meet the same moods of the machine.
        pairs = [(_seconds(ours), _seconds(theirs)) for _ in range(RUNS)]
        mine, floor = zip(*pairs, strict=True)
        rows.append({"command": what, "one integration": mine, "empty program": floor})
    return rows


def _empty(stack: Stack) -> Path:
    """A project with a program that does nothing."""
    folder = stack.folder / "empty"
    folder.mkdir()
    (folder / ".venv").symlink_to(stack.folder / ".venv")
    (folder / "Pulumi.yaml").write_text("name: empty\nruntime: {name: python, options: {toolchain: pip, virtualenv: .venv}}\n")
    (folder / "__main__.py").write_text("import pulumi\n")
    stack.run("pulumi", "-C", str(folder), "stack", "init", "empty")
    stack.run("pulumi", "-C", str(folder), "up", "--yes", "--skip-preview", "--stack", "empty", "--non-interactive")
    return folder


def _seconds(command: Callable[[], Run]) -> float:
    began = time.perf_counter()
    done = command()
    assert done.exit_code == 0, done.text
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
