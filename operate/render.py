"""The one place where results become text."""

import json
import sys

from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from operate.result import Result

STYLES = {"exercised": "green", "confirmed": "green", "not tried": "yellow", "failed": "bold red"}
WIDTH_IN_A_FILE = 160


def show(result: Result, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(result.data, indent=2) + "\n")
        return
    console = Console()
    if not console.is_terminal:
        # Without a terminal rich takes 80 columns for granted, and would cut words in two.
        console = Console(width=WIDTH_IN_A_FILE)
    table = RichTable(*result.table.columns)
    for row in result.table.rows:
        # Text, not markup: a name may hold a bracket.
        table.add_row(*(Text(cell, style=STYLES.get(cell, ""), overflow="fold") for cell in row))
    if result.table.rows:
        console.print(table)
    console.print(Text(result.summary))
