"""`python -m model`: writes the schemas and the README.md of `stacks/`, which are made from the models; `--check`: are they current?"""

import json
import sys
from pathlib import Path

from model.reference import reference
from model.schema import presets_schema, schema

STACKS = Path("stacks")


def made() -> dict[Path, str]:
    """Each file that is made, with what belongs into it."""
    schemas = {"schema.json": schema(), "presets.schema.json": presets_schema()}
    return {**{STACKS / name: json.dumps(made, indent=2) + "\n" for name, made in schemas.items()}, STACKS / "README.md": reference()}


def main(arguments: list[str]) -> int:
    outdated = [path for path, text in made().items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if arguments == ["--check"]:
        for path in outdated:
            sys.stderr.write(f"{path} is not what the models say; run `make reference` and commit it\n")
        return 1 if outdated else 0
    for path in outdated:
        path.write_text(made()[path], encoding="utf-8")
        sys.stdout.write(f"{path} written\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
