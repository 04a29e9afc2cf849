"""How what a stack made is told from what people made: principals by their external id, secrets by their lifetime."""

import hashlib
from datetime import timedelta

from model.schedule import LONGEST_LIFETIME

_HOUR = timedelta(hours=1)
_STEP = timedelta(seconds=10)
# The workspace may round the times of a secret.
_ROUNDED = timedelta(seconds=2)


def external_ids_begin(project: str, stack: str) -> str:
    """What the external ids of a stack's service principals have in common."""
    return f"brickpass:{project}/{stack}/"


def external_id_of(urn: str) -> str:
    """That of the principal of the integration that a resource belongs to, whose name it has."""
    stack, project, _, name = urn.removeprefix("urn:pulumi:").split("::", 3)
    return f"{external_ids_begin(project, stack)}{name}"


def marked_lifetime(lifetime: timedelta, external_id: str) -> timedelta:
    """How long a secret is to live so that it shows whose it is: whole hours, and a mark of less than one.

    The API gives a secret no name (api-facts: 4.1), and what people ask for is whole hours. A secret may live as long as Databricks
    allows and no longer, so that the mark of the longest is at the cost of up to an hour.
    """
    return min(lifetime, LONGEST_LIFETIME - _HOUR) + _mark(external_id)


def is_marked(lifetime: timedelta, external_id: str) -> bool:
    """Whether a secret with this lifetime was made for the integration of this external id."""
    return abs(lifetime % _HOUR - _mark(external_id)) <= _ROUNDED


def shortened(lifetime: timedelta) -> timedelta:
    """By how much a secret may live shorter than this because of its mark."""
    return max(lifetime - (LONGEST_LIFETIME - _HOUR), timedelta(0))


def _mark(external_id: str) -> timedelta:
    """The same in each run and on each machine."""
    digest = hashlib.sha256(external_id.encode()).digest()
    return (1 + int.from_bytes(digest[:4]) % 359) * _STEP
