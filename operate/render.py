"""The one place where results become text."""

import json
import sys

from operate.result import Result, Table

STYLES = {"exercised": "green", "confirmed": "green", "not tried": "yellow", "failed": "bold red"}
WIDTH_IN_A_FILE = 160


def show(result: Result, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(result.data, indent=2) + "\n")
        return
    if result.table.rows:
        _show_table(result.table)
    # As it is: a line that was cut in two could not be searched for, or copied.
    sys.stdout.write(result.summary + "\n")


def _show_table(table: Table) -> None:
    # Only where there is a table: a commit hook should not wait for what draws one.
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table as RichTable  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console()
    if not console.is_terminal:
        # Without a terminal rich takes 80 columns for granted, and would cut words in two.
        console = Console(width=WIDTH_IN_A_FILE)
    drawn = RichTable(*table.columns)
    for row in table.rows:
        # Text, not markup: a name may hold a bracket.
        drawn.add_row(*(Text(cell, style=STYLES.get(cell, ""), overflow="fold") for cell in row))
    console.print(drawn)
