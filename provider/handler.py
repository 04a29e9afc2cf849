"""What each resource of the provider answers: one class a resource, one method a verb."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from model.faults import BrickpassError
from provider.wire import UNKNOWN, Plain, Wire

In = TypeVar("In", bound=Wire)
St = TypeVar("St", bound=Wire)


@dataclass(frozen=True)
class Created(Generic[St]):
    id: str
    state: St


@dataclass(frozen=True)
class Difference:
    """One property that differs, and whether only another resource could have it so."""

    property: str
    replaces: bool = False


class UpstreamFailed(BrickpassError):
    """What this resource is made of was not made."""


class PartlyDone(BrickpassError):
    """Something was made before it failed. The engine keeps `state` and calls `update` at the next `pulumi up`, to finish."""

    def __init__(self, reason: str, *, id: str, state: Wire) -> None:  # noqa: A002 - the engine's word
        super().__init__(reason)
        self.id = id
        self.state = state


class Handler(ABC, Generic[In, St]):
    """A resource. `St` holds the inputs and what came of them; all of it is in the stack's state."""

    resource_type: ClassVar[str]
    inputs: type[In]
    state: type[St]
    replaces: ClassVar[frozenset[str]]
    """Inputs (as on the wire) of which a change makes another resource."""
    outputs: ClassVar[frozenset[str]]
    """What a preview of a create, or of an update, cannot know."""

    def check(self, new: Mapping[str, Plain]) -> Mapping[str, str]:
        """Faults by input, as far as they can be told without a call."""
        del new
        return {}

    def diff(self, old: Mapping[str, Plain], new: Mapping[str, Plain]) -> list[Difference]:
        """What differs between the state and the inputs that are wanted."""
        # An integration at fault must neither lose what it has nor be replaced: its update fails, and says why.
        if "fault" in new:
            return [Difference("fault")]
        if missing := self.missing(new):
            return [Difference(missing)]
        return [
            Difference(name, replaces=name in self.replaces)
            for name, default in self._defaults().items()
            if new.get(name, default) is UNKNOWN or new.get(name, default) != old.get(name, default)
        ]

    def missing(self, new: Mapping[str, Plain]) -> str | None:
        """A required input that is not there, because the resource that it comes from failed."""
        for name, field in self.inputs.model_fields.items():
            value = new.get(field.alias or name)
            if field.is_required() and (value is None or (isinstance(value, list) and None in value)):
                return field.alias or name
        return None

    def _defaults(self) -> dict[str, Plain]:
        """All inputs, as on the wire; one that is not given is the same as its default."""
        fields = self.inputs.model_fields
        return {
            field.alias or name: list(field.default) if isinstance(field.default, tuple) else None if field.is_required() else field.default
            for name, field in fields.items()
        }

    def settled(self, new: Mapping[str, Plain]) -> None:
        """The engine says what becomes of one that was declared: nothing, or it is handed over now to be written."""
        del new

    def unchanged(self, new: In) -> None:
        """One that is declared is as it is wanted: what it gave stays, whatever else is taken away in this run."""
        del new

    def unknown_after_update(self, old: St, new: In | None) -> frozenset[str]:
        """Outputs that a preview of the update cannot know; `new` is None where inputs are unknown themselves."""
        del old, new
        return self.outputs

    async def foretell(self, old: St, new: In, *, urn: str) -> None:
        """Says what a preview of the update cannot show by itself."""
        del old, new, urn

    @abstractmethod
    async def create(self, new: In, *, urn: str) -> Created[St]: ...

    @abstractmethod
    async def update(self, resource_id: str, old: St, new: In, *, urn: str) -> St: ...

    @abstractmethod
    async def read(self, resource_id: str, old: St) -> St | None:
        """The state as it really is; None where the resource is gone."""

    @abstractmethod
    async def delete(self, resource_id: str, old: St, *, urn: str) -> None: ...
