"""The lines that a person reads while they wait: what is being done, and how long it took."""

import sys
import time
from types import TracebackType
from typing import Self

NAME_WIDTH, RESULT_WIDTH = 18, 60


class Step:
    """A line with a step's name as long as it runs; then also with its result and duration."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.result = "done"
        self._started = time.monotonic()
        self._noted = ""

    def __enter__(self) -> Self:
        print(f"  {self.name:<{NAME_WIDTH}}", end="", flush=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        result = self.result if error is None else "failed" if isinstance(error, Exception) else "interrupted"
        seconds = f"{time.monotonic() - self._started:8.1f} s"
        if sys.stdout.isatty():
            print(f"\r  {self.name:<{NAME_WIDTH}}{result:<{max(RESULT_WIDTH, len(self._noted))}}{seconds}", flush=True)
        else:
            print(f"{result:<{RESULT_WIDTH}}{seconds}", flush=True)

    def note(self, text: str) -> None:
        """What a long step is doing right now: on a terminal in place, else appended once for each new text."""
        if text == self._noted:
            return
        if sys.stdout.isatty():
            print(f"\r  {self.name:<{NAME_WIDTH}}{text:<{max(RESULT_WIDTH, len(self._noted))}}", end="", flush=True)
        else:
            print(f"{text}\n  {'':<{NAME_WIDTH}}", end="", flush=True)
        self._noted = text
