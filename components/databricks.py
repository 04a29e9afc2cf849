"""The official provider's resources that we use, without the hundreds that we do not.

`import pulumi_databricks` runs all its modules, for seconds at each preview and each update. Here the package is entered
without running its `__init__`, which only gathers them; where a future version is laid out otherwise, it is imported whole.
"""

import importlib
import importlib.util
import sys
from types import ModuleType
from typing import TYPE_CHECKING

_PACKAGE = "pulumi_databricks"
_MODULES = {"Provider": "provider", "ServicePrincipal": "service_principal"}
"""Where each resource stands in the package."""

if TYPE_CHECKING:
    from pulumi_databricks import Provider, ServicePrincipal
else:

    def _enter_package() -> None:
        spec = importlib.util.find_spec(_PACKAGE)
        if _PACKAGE in sys.modules or spec is None or spec.submodule_search_locations is None:
            return
        package = ModuleType(_PACKAGE)
        package.__path__ = list(spec.submodule_search_locations)
        package.__spec__ = spec
        sys.modules[_PACKAGE] = package

    def _resources() -> tuple[type, ...]:
        before = sys.modules.get(_PACKAGE)
        _enter_package()
        try:
            return tuple(getattr(importlib.import_module(f"{_PACKAGE}.{module}"), name) for name, module in _MODULES.items())
        except (ImportError, AttributeError):
            sys.modules.pop(_PACKAGE, None)
            whole = before or importlib.import_module(_PACKAGE)
            return tuple(getattr(whole, name) for name in _MODULES)

    Provider, ServicePrincipal = _resources()

__all__ = ["Provider", "ServicePrincipal"]
