"""The product's table of kinds and the sandbox's know nothing of each other; here they are compared."""

import pytest

from model.kinds import OBJECT_KINDS, SECURABLE_KINDS, ObjectKind, SecurableKind
from sandbox.permissions import kinds as guarded
from sandbox.unity_catalog.kinds import BY_TYPE

OF_THE_SANDBOX = {kind.request_type: kind for kind in vars(guarded).values() if isinstance(kind, guarded.ObjectKind)}


@pytest.mark.parametrize("kind", OBJECT_KINDS.values(), ids=lambda kind: kind.key)
def test_the_levels_of_an_object_are_those_that_the_sandbox_knows(kind: ObjectKind) -> None:
    """In the same order of power, under the same path."""
    assert kind.levels == OF_THE_SANDBOX[kind.request_type].levels


@pytest.mark.parametrize("kind", SECURABLE_KINDS.values(), ids=lambda kind: kind.key)
def test_the_privileges_of_a_securable_are_those_that_the_sandbox_knows(kind: SecurableKind) -> None:
    """Those of views and other kinds of table included, and at the same depth."""
    theirs = BY_TYPE[kind.securable_type]
    subtypes = frozenset().union(*theirs.only_of_subtype.values())

    assert set(kind.privileges) == theirs.own | theirs.for_children | subtypes
    assert len(kind.form) == theirs.parts


def test_every_kind_of_object_in_the_sandbox_can_be_granted() -> None:
    """A row that one table has and the other lacks is noticed."""
    assert {kind.request_type for kind in OBJECT_KINDS.values()} == set(OF_THE_SANDBOX)
