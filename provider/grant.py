"""What a level on an object and privileges on a securable have in common."""

import uuid

from model.faults import BrickpassError
from provider.declared import Guarded


class GrantAtFault(BrickpassError):
    """What preflight found: such a grant, or membership, is neither made nor changed."""


class GrantInputs(Guarded):
    principal: str
    """An application id, never a display name or a SCIM id."""
    adopted: bool = False
    """The principal was there before the stack, so that it may have some access already."""
    fault: str | None = None
    """What preflight found."""

    def refuse_if_at_fault(self) -> None:
        """Raises: GrantAtFault, with the fault's sentence, if there is one."""
        if self.fault is not None:
            raise GrantAtFault(self.fault)


def new_revision() -> str:
    """Differs with every write, so that what depends on it is done again."""
    return uuid.uuid4().hex[:12]
