"""The five entitlements, as the flags that both resource types have."""

from collections.abc import Iterable

from pulumi.runtime.rpc import UNKNOWN

from sandbox.plugin.properties import Failure, Field, Properties

FLAGS = {
    "allowClusterCreate": "allow-cluster-create",
    "allowInstancePoolCreate": "allow-instance-pool-create",
    "databricksSqlAccess": "databricks-sql-access",
    "workspaceAccess": "workspace-access",
    "workspaceConsume": "workspace-consume",
}
_NOT_WITH_CONSUME = ("databricksSqlAccess", "workspaceAccess")

# `workspaceConsume` is false by default, too, but the official plugin does not write that into the inputs: it conflicts with two others.
FIELDS = tuple(Field(name, bool, default=None if name == "workspaceConsume" else False) for name in FLAGS)


def excluded_defaults(given: Properties) -> frozenset[str]:
    """The flags that get no default beside what was given."""
    return frozenset(_NOT_WITH_CONSUME) if given.get("workspaceConsume") is not None else frozenset()


def conflicts(given: Properties) -> list[Failure]:
    """The official plugin refuses `workspaceConsume` beside the two that say more, whatever their values."""
    if given.get("workspaceConsume") is None:
        return []
    return [
        Failure("workspaceConsume", f"Conflicting configuration arguments: `workspaceConsume` conflicts with `{other}`.")
        for other in _NOT_WITH_CONSUME
        if given.get(other) not in (None, UNKNOWN)
    ]


def entitlements_of(properties: Properties) -> list[dict[str, object]]:
    """The list as the official plugin sends it: one empty element means none. (api-facts: 3.3)"""
    return [{"value": word} for name, word in FLAGS.items() if properties.get(name) is True] or [{}]


def flags_of(entitlements: object) -> Properties:
    """The flags that an answer sets."""
    words = {item.get("value") for item in entitlements if isinstance(item, dict)} if isinstance(entitlements, Iterable) else set()
    return {name: True for name, word in FLAGS.items() if word in words}
