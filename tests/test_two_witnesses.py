"""The product's table of kinds and the sandbox's know nothing of each other; here they are compared, row by row and both ways."""

import pytest

from checks.entries import NOT_IN_ALL_PRIVILEGES
from model.kinds import OBJECT_KINDS, SECURABLE_KINDS, Fixed, Listing, Lookup, ObjectKind, SecurableKind
from sandbox.objects.collections import COLLECTIONS
from sandbox.permissions import kinds as guarded
from sandbox.permissions.kind import ObjectKind as GuardedKind
from sandbox.secret_scopes.rules import SCOPES
from sandbox.unity_catalog import kinds as securables
from sandbox.unity_catalog.kind import NOT_IN_ALL
from sandbox.workspace_tree.nodes import TYPES

SERVED = {kind.request_type: kind for kind in guarded.KINDS}
COLLECTED = {collection.kind.request_type: collection for collection in COLLECTIONS}
GRANTED = {kind.collection: kind for kind in securables.KINDS}
FOUND_BY_PATH = {kind.request_type: object_type for kind, object_type in TYPES}

NOT_FOR_PRINCIPALS = {
    "shares": "their one privilege, SELECT, is given to recipients",
    "recipients": "who may use them is a privilege on the metastore",
    "providers": "who may use them is a privilege on the metastore",
}
OF_KINDS_THAT_NEITHER_HAS = {
    "EXECUTE_CLEAN_ROOM_TASK": "clean room",
    "MODIFY_CLEAN_ROOM": "clean room",
    "READ_METADATA": "model service",
}

every_object = pytest.mark.parametrize("kind", OBJECT_KINDS.values(), ids=OBJECT_KINDS)
every_securable = pytest.mark.parametrize("kind", SECURABLE_KINDS.values(), ids=SECURABLE_KINDS)


def theirs(kind: ObjectKind) -> GuardedKind:
    """A secret scope is no kind of the Permissions API in either table."""
    return SCOPES if kind.guarded_by == "secrets" else SERVED[kind.request_type]


@every_object
def test_the_levels_of_an_object_are_those_that_the_sandbox_knows(kind: ObjectKind) -> None:
    """In the same order of power, with the same former names, and on single objects as few."""
    assert kind.levels == theirs(kind).levels
    assert dict(kind.old_levels) == dict(theirs(kind).old_levels)
    assert {name: levels for name, levels in kind.only.items() if not name.startswith("id:")} == dict(theirs(kind).fewer_levels)


@every_object
def test_an_object_takes_the_entitlements_that_the_sandbox_asks_for(kind: ObjectKind) -> None:
    """One of these, or none at all."""
    assert set(kind.entitlements) == set(theirs(kind).entitlements)


@every_object
def test_an_object_is_found_where_the_sandbox_has_it(kind: ObjectKind) -> None:
    """Under the same path and key, with pages as large as they may be; and a path leads to the same type of object."""
    collection = COLLECTED.get(kind.request_type)
    match kind.found:
        case Listing() as listing if collection:
            assert listing.path == (f"{collection.path}/list" if collection.parameter else collection.path)
            assert listing.items == collection.items
            assert dict(listing.page_size) == ({collection.paging.size: 100} if collection.paging and collection.paging.size else {})
            assert listing.numbered == bool(collection.paging and collection.paging.numbered)
        case Lookup(type=str(object_type)):
            assert object_type == FOUND_BY_PATH[kind.request_type]
        case Fixed(names):
            assert set(names) >= {theirs(kind).root, *theirs(kind).fewer_levels}
        case _:
            # Warehouses, clusters, jobs, scopes, models and experiments have a service of their own, which finding them by name tests.
            assert collection is None or isinstance(kind.found, Lookup)


def test_every_kind_of_object_in_the_sandbox_can_be_granted() -> None:
    """A row that one table has and the other lacks is noticed."""
    assert {kind.request_type for kind in OBJECT_KINDS.values() if kind.guarded_by == "permissions"} == set(SERVED)
    assert [kind.key for kind in OBJECT_KINDS.values() if kind.guarded_by == "secrets"] == ["secret_scopes"]


@every_securable
def test_a_securable_stands_where_the_sandbox_has_it(kind: SecurableKind) -> None:
    """Under the same word in the paths of grants, listed under the same key, and in the same places."""
    sandboxs = GRANTED[kind.collection]

    assert kind.securable_type == sandboxs.granted_as[0]
    assert kind.listing()[1] == sandboxs.list_key
    assert len(kind.form) == sandboxs.parts


@every_securable
def test_the_privileges_of_a_securable_are_those_that_the_sandbox_knows(kind: SecurableKind) -> None:
    """On each type of table too: a view has no MODIFY, a managed table no REFRESH."""
    sandboxs = GRANTED[kind.collection]
    types = {*sandboxs.entity, *sandboxs.not_of_subtype, *sandboxs.only_of_subtype, *(each for no in kind.not_on.values() for each in no)}

    assert set(kind.privileges) == frozenset().union(*(sandboxs.grantable(each) for each in types))
    for each in types - {""}:
        assert {privilege for privilege in kind.privileges if each not in kind.not_on.get(privilege, ())} == sandboxs.grantable(each), each


@every_securable
def test_a_securable_is_reached_and_seen_as_in_the_sandbox(kind: SecurableKind) -> None:
    """By the same privilege on itself, and on each of the places that it lies in."""
    sandboxs = GRANTED[kind.collection]
    above, parent = [], sandboxs.parent
    while parent:
        above.append((parent.collection, parent.use))
        parent = parent.parent

    assert list(kind.above.items()) == above[::-1]
    assert (kind.seen_with or "") == sandboxs.use


def test_every_kind_of_securable_in_the_sandbox_can_be_granted() -> None:
    """But for those that nobody grants to a principal."""
    assert {kind.collection for kind in SECURABLE_KINDS.values()} == set(GRANTED) - set(NOT_FOR_PRINCIPALS)


def test_every_privilege_that_the_sandbox_knows_can_be_granted() -> None:
    """But for those of kinds that neither has."""
    assert {privilege for kind in SECURABLE_KINDS.values() for privilege in kind.privileges} == securables.PRIVILEGES - set(
        OF_KINDS_THAT_NEITHER_HAS
    )


def test_all_privileges_leave_out_what_they_leave_out_in_the_sandbox() -> None:
    """What ALL_PRIVILEGES does not hold must be given by name, and be proven by name."""
    assert NOT_IN_ALL_PRIVILEGES == NOT_IN_ALL
