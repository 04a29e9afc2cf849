"""The official provider's resources that we use, without the hundreds that we do not.

`import pulumi_databricks` runs all its modules, for seconds at each preview and each update. Here the package is entered
without running its `__init__`, which only gathers them; where a future version is laid out otherwise, it is imported whole.
"""

import importlib
import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

_PACKAGE = "pulumi_databricks"
_MODULES = {
    "Provider": "provider",
    "ServicePrincipal": "service_principal",
    "ServicePrincipalFederationPolicy": "service_principal_federation_policy",
}
"""Where each resource stands in the package."""
_NESTED = ("_inputs", "outputs")
"""The types of what is nested in properties, of all resources: a second more, and we neither give nor ask for any."""

if TYPE_CHECKING:
    from pulumi_databricks import Provider, ServicePrincipal, ServicePrincipalFederationPolicy
else:

    def _enter_package() -> None:
        spec = importlib.util.find_spec(_PACKAGE)
        if _PACKAGE in sys.modules or spec is None or spec.submodule_search_locations is None:
            return
        package = ModuleType(_PACKAGE)
        package.__path__ = list(spec.submodule_search_locations)
        package.__spec__ = spec
        sys.modules[_PACKAGE] = package
        for name in _NESTED:
            # Each type is any type at all: without its names, Pulumi could not read the signatures of the resources.
            types = sys.modules[f"{_PACKAGE}.{name}"] = ModuleType(f"{_PACKAGE}.{name}")
            source = Path(package.__path__[0], f"{name}.py").read_text(encoding="utf-8")
            vars(types).update(dict.fromkeys(re.findall(r"^ *class (\w+)", source, re.MULTILINE), Any))

    def _resources() -> tuple[type, ...]:
        before = sys.modules.get(_PACKAGE)
        try:
            _enter_package()
            return tuple(getattr(importlib.import_module(f"{_PACKAGE}.{module}"), name) for name, module in _MODULES.items())
        except (ImportError, AttributeError, OSError):
            for name in (_PACKAGE, *(f"{_PACKAGE}.{name}" for name in _NESTED)):
                sys.modules.pop(name, None)
            whole = before or importlib.import_module(_PACKAGE)
            return tuple(getattr(whole, name) for name in _MODULES)

    Provider, ServicePrincipal, ServicePrincipalFederationPolicy = _resources()

__all__ = ["Provider", "ServicePrincipal", "ServicePrincipalFederationPolicy"]
