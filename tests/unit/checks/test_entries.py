"""What is read out of access lists and grants."""

from typing import Any

import pytest

from checks.entries import direct_levels, direct_privileges, have_level, have_privilege
from model.kinds import OBJECT_KINDS

ME = "5bd71bc8-0f3c-4f0a-8f54-1d2f6a3d9a11"
WAREHOUSES, QUERIES, SECRET_SCOPES = OBJECT_KINDS["warehouses"], OBJECT_KINDS["queries"], OBJECT_KINDS["secret_scopes"]


def entry(key: str, name: str, *levels: tuple[str, bool]) -> dict[str, Any]:
    return {key: name, "all_permissions": [{"permission_level": level, "inherited": inherited} for level, inherited in levels]}


def test_only_entries_of_its_own_count() -> None:
    """Neither what comes from a folder nor what others have; its name is known in any case, and under either key."""
    access_list = {
        "access_control_list": [
            entry("service_principal_name", ME.upper(), ("CAN_USE", False), ("CAN_MANAGE", True)),
            entry("user_name", ME, ("CAN_VIEW", False)),
            entry("group_name", "users", ("CAN_MONITOR", False)),
        ]
    }

    assert direct_levels(WAREHOUSES, access_list, ME) == ["CAN_USE", "CAN_VIEW"]
    assert direct_levels(WAREHOUSES, {}, ME) == []


def test_a_secret_scope_has_a_list_of_another_shape() -> None:
    """One level for each principal."""
    access_list = {"items": [{"principal": "users", "permission": "READ"}, {"principal": ME, "permission": "WRITE"}]}

    assert direct_levels(SECRET_SCOPES, access_list, ME) == ["WRITE"]
    assert direct_levels(SECRET_SCOPES, {}, ME) == []


def test_a_stronger_level_is_enough_and_a_weaker_one_is_not() -> None:
    """By the order of the kind."""
    assert have_level(WAREHOUSES, ["CAN_MANAGE"], "CAN_USE")
    assert have_level(WAREHOUSES, ["CAN_VIEW", "CAN_USE"], "CAN_USE")
    assert not have_level(WAREHOUSES, ["CAN_VIEW"], "CAN_USE")
    assert not have_level(WAREHOUSES, [], "CAN_VIEW")


def test_a_former_name_counts_and_an_unknown_one_shows_nothing() -> None:
    """CAN_VIEW of a query was CAN_READ; what nobody here knows may be less than what is wanted."""
    assert have_level(QUERIES, ["CAN_VIEW"], "CAN_READ")
    assert not have_level(QUERIES, ["CAN_VIEW"], "CAN_RUN")
    assert not have_level(QUERIES, ["CAN_DREAM"], "CAN_READ")


@pytest.mark.parametrize("privilege", ["MANAGE", "EXTERNAL_USE_SCHEMA", "EXTERNAL_USE_LOCATION"])
def test_all_privileges_are_not_quite_all(privilege: str) -> None:
    """Three must be given by name."""
    held = direct_privileges({"privilege_assignments": [{"principal": ME, "privileges": ["ALL_PRIVILEGES"]}]}, ME)

    assert have_privilege(held, "SELECT")
    assert not have_privilege(held, privilege)
    assert have_privilege({privilege}, privilege)


def test_the_privileges_of_others_are_not_its_own() -> None:
    """An answer may name everybody."""
    assert direct_privileges({"privilege_assignments": [{"principal": "users", "privileges": ["SELECT"]}]}, ME) == set()
    assert direct_privileges({}, ME) == set()
