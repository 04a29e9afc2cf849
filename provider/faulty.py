"""A grant that `preflight` found a fault in: it fails alone, and leaves what is there as it is."""

from model.faults import BrickpassError


class GrantAtFault(BrickpassError):
    """What preflight found."""


def refuse(fault: str | None) -> None:
    """Raises: GrantAtFault, with the fault's sentence, if there is one."""
    if fault is not None:
        raise GrantAtFault(fault)
