"""databricks-sdk without its services, which take a second of each run: a provider that proves nothing calls none of them."""

import importlib.util
import sys
import threading
from types import ModuleType

_PACKAGE = "databricks.sdk"


class _Entered(ModuleType):
    """The package, whose `__init__` runs, once, for whoever asks for what only that has."""

    def __init__(self) -> None:
        super().__init__(_PACKAGE)
        self.whole = False
        self.loading = threading.RLock()

    def __getattr__(self, name: str) -> object:
        loader = self.__spec__.loader if self.__spec__ else None
        # The import system asks for a module of the package in the same way before it looks for its file.
        if loader is None or name.startswith("__") or importlib.util.find_spec(f"{_PACKAGE}.{name}"):
            raise AttributeError(name)
        with self.loading:
            if not self.whole:
                self.whole = True
                loader.exec_module(self)
        try:
            found: object = self.__dict__[name]
        except KeyError:
            raise AttributeError(name) from None
        return found


def enter() -> None:
    """Makes the package's modules importable without the rest. Where it is imported already, or laid out otherwise, all stays as it is."""
    spec = importlib.util.find_spec(_PACKAGE)
    if _PACKAGE in sys.modules or spec is None or spec.submodule_search_locations is None:
        return
    package = _Entered()
    package.__path__ = list(spec.submodule_search_locations)
    package.__spec__ = spec
    sys.modules[_PACKAGE] = package
    parent, _, name = _PACKAGE.rpartition(".")
    setattr(sys.modules[parent], name, package)
