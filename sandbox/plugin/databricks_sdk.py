"""databricks-sdk without its services, of which the stand-in uses none: importing the package runs them all, for a second of each run."""

import importlib.util
import sys
from types import ModuleType

_PACKAGE = "databricks.sdk"


def enter() -> None:
    """Makes the package's modules importable without running its `__init__`, which only gathers them; for a process of our own."""
    spec = importlib.util.find_spec(_PACKAGE)
    if _PACKAGE in sys.modules or spec is None or spec.submodule_search_locations is None:
        return
    package = ModuleType(_PACKAGE)
    package.__path__ = list(spec.submodule_search_locations)
    package.__spec__ = spec
    sys.modules[_PACKAGE] = package
