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
        self._awaited: dict[str, set[str]] = {}
        self.deploying = False
        """Whether a resource of ours was registered: `pulumi destroy --run-program` asks preflight too, and deploys nothing."""
        self._integrations: frozenset[str] = frozenset()
        self._objects: frozenset[Thing] = frozenset()
        self._ended: frozenset[str] = frozenset()

    def hear(
        self,
        integrations: Iterable[str],
        objects: Iterable[Thing],
        grants: Iterable[tuple[str, str]],
        ended: Iterable[str] = (),
    ) -> None:
        """What preflight was asked about; `grants` has the path of an access list or of a securable's grants, and an integration."""
        self._integrations, self._objects, self._ended = frozenset(integrations), frozenset(objects), frozenset(ended)
        self._awaited = {}
        for path, integration in grants:
            self._awaited.setdefault(path, set()).add(integration)

    def settle(self, path: str, integration: str) -> None:
        """An integration's grant there is unchanged, or was handed to us to be written."""
        self._awaited.get(path, set()).discard(integration)

    def awaits(self, path: str) -> bool:
        """Whether the engine still has grants at this path to hand out in this run."""
        return self.deploying and bool(self._awaited.get(path))

    def has_integration(self, name: str) -> bool:
        # One that ended is to lose what it has, though a stack of such alone registers nothing of ours.
        return name in self._ended or (self.deploying and name in self._integrations)

    def has_object(self, thing: Thing) -> bool:
        return self.deploying and thing in self._objects
