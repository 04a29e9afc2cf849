"""`python -m sandbox start|stop|status|reset|serve`."""

import argparse
import os
import sys
from pathlib import Path

from sandbox import command


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="A local Databricks workspace.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, says in {
        "start": "start it in the background, and say where it is",
        "stop": "stop it; what it holds is kept",
        "status": "say whether it runs, and where; exit 1 if it does not",
        "reset": "bring it back to its seed",
        "serve": "run it here, until interrupted",
    }.items():
        one = verbs.add_parser(verb, help=says, description=says)
        one.add_argument("--dir", type=Path, default=Path(".sandbox"), help="where its state is (default: .sandbox)")
        if verb in ("start", "serve"):
            one.add_argument("--port", type=_port, help="default: the one it had before, else a free one")
    given = parser.parse_args()
    # Whatever is made here, the folder, the log, SQLite's and DuckDB's files, is nobody else's to read.
    os.umask(0o077)
    try:
        said = _said(given)
    except OSError as reason:
        said = command.Said(f"cannot keep a sandbox in {given.dir}: {reason.strerror}", 1)
    stream = sys.stderr if said.exit_code and given.verb != "status" else sys.stdout
    stream.write(f"{said.sentence}\n")
    return said.exit_code


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 2**16:
        raise argparse.ArgumentTypeError(f"{text} is not a port")
    return int(text)


def _said(given: argparse.Namespace) -> command.Said:
    if given.verb == "start":
        return command.start(given.dir, given.port)
    if given.verb == "serve":
        return command.serve(given.dir, given.port)
    return {"stop": command.stop, "status": command.status, "reset": command.reset}[given.verb](given.dir)


if __name__ == "__main__":
    sys.exit(main())
