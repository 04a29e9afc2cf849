"""What came of a delivery."""

from dataclasses import dataclass

from model.faults import BrickpassError


@dataclass(frozen=True)
class Outcome:
    where: str
    """The place as the target itself calls it, for people. No value of the bundle is in it."""
    changed: bool | None
    """None where it was written, and the target does not tell what was there before."""


class NotDelivered(BrickpassError):
    """A bundle did not get to its target. The sentence says why and what to do, without a value of the bundle; whoever shows it has the
    address beside it.
    """
