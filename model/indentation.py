"""What stands too far to the left: YAML takes it for another thing than whoever wrote it."""

from collections.abc import Mapping

from model.config import IntegrationConfig, StackConfig
from model.nearest import nearest
from model.yamltree import Tree

_KEYS = IntegrationConfig.model_fields


def is_integration(value: Tree) -> bool:
    """Whether something looks like what stands below an integration's name, which may be nothing."""
    return not value or (isinstance(value, dict) and any(key in _KEYS for key in value))


def beside_their_integration(integrations: Mapping[str, Tree]) -> dict[str, list[str]]:
    """By the name of an integration that nothing stands below, keys of an integration that stand beside it."""
    found: dict[str, list[str]] = {}
    above = None
    for name, value in integrations.items():
        if above and name in _KEYS and not (isinstance(value, dict) and is_integration(value)):
            found.setdefault(above, []).append(name)
        else:
            above = name if value is None else None
    return found


def without_namespace(name: str, value: Tree, integrations: str) -> str:
    """What to do with a key of the config that has no namespace."""
    if name in _KEYS:
        return f'"{name}" is a key of an integration; indent it below the name of one, which stands below {integrations}'
    if near := nearest(name, StackConfig.model_fields):
        return f'"{name}" has no namespace; did you mean "brickpass:{near}"?'
    if name and isinstance(value, dict) and is_integration(value):
        return f'"{name}" stands beside {integrations}; indent it below'
    return f'"{name}" has no namespace; write it as a namespace, a colon and a name'
