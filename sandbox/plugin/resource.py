"""What a resource type must be able to do."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from pulumi.runtime.rpc import UNKNOWN

from sandbox.plugin.properties import Failure, Field, Properties

if TYPE_CHECKING:
    from sandbox.plugin.workspace import Workspace

_LEVELS = ("account", "workspace")


@dataclass(frozen=True)
class Made:
    """A resource that exists, and its state."""

    resource_id: str
    state: Properties


class Resource(ABC):
    """One resource type. `state` is always what the type's `read` gave, with the inputs that are not read back."""

    noun: ClassVar[str]
    """How the official plugin names it in an error."""
    fields: ClassVar[tuple[Field, ...]]
    computed: ClassVar[tuple[str, ...]] = ()
    """Outputs that are not known before the create, where the program does not give them."""
    imported: ClassVar[tuple[str, ...]] = ()
    """Computed inputs that an import writes down all the same."""
    renewed: ClassVar[tuple[str, ...]] = ()
    """Outputs that each update makes anew."""
    common_id: ClassVar[str | None] = None
    """The id of them all, of a type that the official plugin tells apart by their state alone."""

    @abstractmethod
    def faults(self, given: Properties) -> list[Failure]:
        """What is wrong with the inputs beyond names and types."""

    @abstractmethod
    def create(self, workspace: "Workspace", inputs: Properties) -> str | Made:
        """Makes it, and gives its id; with its state, where the official plugin takes that from the answer."""

    @abstractmethod
    def read(self, workspace: "Workspace", resource_id: str, state: Properties) -> Properties:
        """The state as the workspace has it now; raises `Gone` where it is gone."""

    def made(self, workspace: "Workspace", resource_id: str, state: Properties) -> Properties:
        """The state after a create: what is read back, unless a type waits for something."""
        return self.read(workspace, resource_id, state)

    def update(self, workspace: "Workspace", resource_id: str, inputs: Properties) -> Properties | None:
        """Changes what may be changed in place (nothing, where every input replaces); gives the state where the answer tells it.

        With the inputs comes what else was known of it.
        """
        raise NotImplementedError

    @abstractmethod
    def delete(self, workspace: "Workspace", resource_id: str, state: Properties) -> None:
        """Takes it away; raises `Gone` where it is gone already."""

    def refusal(self, verb: str, reason: object) -> str:
        """What the user reads, in the official plugin's words. (api-facts: 11)"""
        return f"cannot {verb} {self.noun}: {reason}"

    def of_an_account(self, properties: Properties) -> bool:
        """Whether it lives in the account, and so in no workspace."""
        return properties.get("api") == "account"


def unknown_level(given: Properties) -> list[Failure]:
    """What is wrong with `api`, of the types that both levels have."""
    if given.get("api") in (None, UNKNOWN, *_LEVELS):
        return []
    return [Failure("api", f"`api` must be one of {', '.join(_LEVELS)}, not {given['api']!r}.")]
