"""Which Python runs a program: the one of its `virtualenv` option, or the one on PATH."""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pulumi.runtime.proto import language_pb2 as pb


class HostError(Exception):
    """What the user is told when a program, plugin or policy pack cannot be run as its project file asks."""


@dataclass(frozen=True)
class PythonEnvironment:
    python: Path
    virtualenv: Path | None = None

    @classmethod
    def of(cls, program: pb.ProgramInfo, *, default_virtualenv: str = "", must_exist: bool = True) -> Self:
        """The environment that `runtime.options` asks for; a relative `virtualenv` starts at the project's root."""
        options = dict(program.options)
        if options.get("toolchain", "pip") != "pip":
            raise HostError(
                f"The 'toolchain' option is {options['toolchain']!r}, but this language host knows pip alone; remove the option."
            )
        option = options.get("virtualenv", default_virtualenv)
        if not isinstance(option, str):
            raise HostError(f"The 'virtualenv' option must be the name of a folder, but it is {option!r}.")
        if not option:
            return cls(python_on_path())
        virtualenv = Path(os.path.normpath(Path(program.root_directory) / option))
        if must_exist and not (virtualenv / "bin" / "python").is_file():
            raise HostError(
                f"The 'virtualenv' option is {option!r}, but there is no virtual environment in {virtualenv}; make it with\n"
                f"    python3 -m venv {virtualenv}\n"
                f"    {virtualenv}/bin/python -m pip install -r requirements.txt"
            )
        return cls(virtualenv / "bin" / "python", virtualenv)

    def variables(self, over: Mapping[str, str] | None = None) -> dict[str, str]:
        """This process's environment as it is inside the virtual environment; `over` has the last word."""
        variables = dict(os.environ)
        if self.virtualenv is not None:
            variables.pop("PYTHONHOME", None)
            variables["VIRTUAL_ENV"] = str(self.virtualenv)
            variables["PATH"] = os.pathsep.join(filter(None, [str(self.python.parent), variables.get("PATH")]))
        return variables | dict(over or {})


def python_on_path() -> Path:
    """What the official host uses for a program without a virtual environment."""
    asked_for = os.environ.get("PULUMI_PYTHON_CMD")
    for command in [asked_for] if asked_for else ["python3", "python"]:
        if found := shutil.which(command):
            return Path(found)
    return Path(sys.executable)
