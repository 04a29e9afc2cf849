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
        self.known = False
        self.integrations: frozenset[str] = frozenset()
        self.objects: frozenset[Thing] = frozenset()

    def hear(self, integrations: Iterable[str], objects: Iterable[Thing]) -> None:
        self.known, self.integrations, self.objects = True, frozenset(integrations), frozenset(objects)
