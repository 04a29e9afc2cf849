"""Entries of a kind of principal that no client knows: one may come with any release of Databricks."""

from typing import Any

import httpx
import pytest

from tests.harness import Newcomer, Sandbox

STRANGER = {"agent_name": "<b>survey</b> agent"}


def path_of(sandbox: Sandbox) -> str:
    return f"/api/2.0/permissions/sql/warehouses/{sandbox.warehouse()}"


def plant(sandbox: Sandbox, entry: dict[str, str], object_id: str | None = None, request_type: str = "sql/warehouses") -> httpx.Response:
    body = {"request_type": request_type, "object_id": object_id or sandbox.warehouse(), "entry": entry}
    return sandbox.http.post("/sandbox/strange_entries", json=body)


def entries(sandbox: Sandbox, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sandbox.http.get(path).json()["access_control_list"]
    return found


def strange(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [entry for entry in found if "agent_name" in entry]


@pytest.fixture
def path(sandbox: Sandbox) -> str:
    """A warehouse's access list, with a strange entry in it."""
    assert plant(sandbox, {**STRANGER, "permission_level": "CAN_USE"}).status_code == 200
    return path_of(sandbox)


def direct(found: list[dict[str, Any]]) -> list[dict[str, str]]:
    """As a client sends all direct entries back that it read."""
    return [
        {key: value for key, value in entry.items() if key not in ("all_permissions", "display_name")} | {"permission_level": level}
        for entry in found
        for level in [one["permission_level"] for one in entry["all_permissions"] if not one["inherited"]]
    ]


def test_it_is_shown_like_any_other(sandbox: Sandbox, path: str) -> None:
    """Under its own key, with its level."""
    assert strange(entries(sandbox, path)) == [{**STRANGER, "all_permissions": [{"permission_level": "CAN_USE", "inherited": False}]}]


def test_a_patch_leaves_it(sandbox: Sandbox, path: str, newcomer: Newcomer) -> None:
    """As it leaves all that it does not name."""
    before = entries(sandbox, path)

    sandbox.grant("sql/warehouses", sandbox.warehouse(), newcomer, "CAN_USE")

    assert [entry for entry in entries(sandbox, path) if entry.get("service_principal_name") != newcomer.application_id] == before


def test_a_put_that_carries_it_back_keeps_it(sandbox: Sandbox, path: str) -> None:
    """As it came."""
    before = entries(sandbox, path)

    assert sandbox.http.put(path, json={"access_control_list": direct(before)}).status_code == 200

    assert entries(sandbox, path) == before


def test_a_put_that_leaves_it_out_removes_it(sandbox: Sandbox, path: str) -> None:
    """A client that drops what it does not know takes somebody's access away, and this shows it."""
    known = [entry for entry in direct(entries(sandbox, path)) if "agent_name" not in entry]

    assert sandbox.http.put(path, json={"access_control_list": known}).status_code == 200

    assert strange(entries(sandbox, path)) == []


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_nobody_makes_one_by_the_api(sandbox: Sandbox, method: str) -> None:
    """What is not in the list already is refused: the API knows three kinds."""
    entry = {**STRANGER, "permission_level": "CAN_USE"}

    answer = sandbox.http.request(method, path_of(sandbox), json={"access_control_list": [entry]})

    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_it_is_inherited(sandbox: Sandbox) -> None:
    """From a directory; sent back as a direct one it is refused, since it is not one."""
    objects = {one["path"]: one for one in sandbox.http.get("/api/2.0/workspace/list", params={"path": "/Shared"}).json()["objects"]}
    notebook = next(one for one in objects.values() if one["object_type"] == "NOTEBOOK")
    shared = sandbox.http.get("/api/2.0/workspace/get-status", params={"path": "/Shared"}).json()["object_id"]
    plant(sandbox, {**STRANGER, "permission_level": "CAN_READ"}, str(shared), "directories")
    below = f"/api/2.0/permissions/notebooks/{notebook['object_id']}"

    assert strange(entries(sandbox, below))[0]["all_permissions"][0]["inherited_from_object"] == [f"/directories/{shared}"]
    entry = {**STRANGER, "permission_level": "CAN_READ"}
    assert sandbox.http.patch(below, json={"access_control_list": [entry]}).status_code == 400


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"user_name": "ann@acme.example", "permission_level": "CAN_USE"}, "agent_name"),
        ({"agent_name": "x", "robot_name": "y", "permission_level": "CAN_USE"}, "agent_name"),
        ({"permission_level": "CAN_USE"}, "agent_name"),
        ({"agent_name": "x", "permission_level": "CAN_FLY"}, "CAN_FLY"),
    ],
    ids=str,
)
def test_what_is_not_strange_or_has_no_level_is_refused(sandbox: Sandbox, entry: dict[str, str], says: str) -> None:
    """Known principals have the API for it."""
    answer = plant(sandbox, entry)

    assert answer.status_code == 400
    assert says in answer.json()["message"]


def test_the_console_shows_it(sandbox: Sandbox, path: str) -> None:
    """As what it is, and escaped."""
    page = httpx.get(f"{sandbox.host}/console/object", params={"type": "sql/warehouses", "id": path.rpartition("/")[2]})

    assert page.status_code == 200
    assert "&lt;b&gt;survey&lt;/b&gt; agent" in page.text
    assert "unknown kind of principal" in page.text
