"""`python -m sandbox start|stop|status|reset|serve`."""

import argparse
import sys
from pathlib import Path

from sandbox import command
from sandbox.server import serve


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
            one.add_argument("--port", type=int, help="default: the one it had before, else a free one")
    given = parser.parse_args()
    if given.verb == "serve":
        return _serve(given.dir, given.port)
    said = {
        "start": lambda: command.start(given.dir, given.port),
        "stop": lambda: command.stop(given.dir),
        "status": lambda: command.status(given.dir),
        "reset": lambda: command.reset(given.dir),
    }[given.verb]()
    stream = sys.stderr if said.exit_code and given.verb != "status" else sys.stdout
    stream.write(f"{said.sentence}\n")
    return said.exit_code


def _serve(folder: Path, port: int | None) -> int:
    chosen = command.port_for(folder, port)
    if isinstance(chosen, command.Said):
        sys.stderr.write(f"{chosen.sentence}\n")
        return chosen.exit_code
    serve(folder, chosen)
    return 0


if __name__ == "__main__":
    sys.exit(main())
