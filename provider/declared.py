"""What the stack file declares in this run, as far as preflight was asked about it. A run without a program declares nothing."""

from collections.abc import Iterable

from provider.wire import Wire

Thing = tuple[str, str, str]
"""An integration, a kind of object, and an object's id."""


class Guarded(Wire):
    """What is only taken away while its integration is declared: a key that drops out of the stack file takes nothing with it."""

    integration: str
    protected: bool = False


class Declared:
    def __init__(self) -> None:
        self.deploying = False
        """Whether a resource of ours was registered: `pulumi destroy --run-program` asks preflight too, and deploys nothing."""
        self._integrations: frozenset[str] = frozenset()
        self._objects: frozenset[Thing] = frozenset()

    def hear(self, integrations: Iterable[str], objects: Iterable[Thing]) -> None:
        self._integrations, self._objects = frozenset(integrations), frozenset(objects)

    def has_integration(self, name: str) -> bool:
        return self.deploying and name in self._integrations

    def has_object(self, thing: Thing) -> bool:
        return self.deploying and thing in self._objects
