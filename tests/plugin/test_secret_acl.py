"""A secret scope's access list, against a small real HTTP server."""

import pytest

from tests.plugin.conftest import APPLICATION_ID, WORKSPACE_ID, Json, Plugin, SmallWorkspace

KIND = "SecretAcl"
ACLS = "/api/2.0/secrets/acls"
ME = "/api/2.0/preview/scim/v2/Me"
INPUTS: Json = {"scope": "vendors", "principal": APPLICATION_ID, "permission": "READ"}
RESOURCE_ID = f"vendors|||{APPLICATION_ID}"


@pytest.fixture
def scope(workspace: SmallWorkspace) -> SmallWorkspace:
    """The workspace with a scope that the principal may read."""
    workspace.answer("POST", f"{ACLS}/put", {})
    workspace.answer("POST", f"{ACLS}/delete", {})
    workspace.answer("GET", f"{ACLS}/get", {"principal": APPLICATION_ID, "permission": "READ"})
    return workspace


def test_create_puts_and_looks(configured: Plugin, scope: SmallWorkspace) -> None:
    """One POST and one GET, where the service answers at once what was put."""
    resource_id, state = configured.create(KIND, preview=False, **INPUTS)

    assert resource_id == RESOURCE_ID
    assert scope.calls() == [f"POST {ACLS}/put", f"GET {ACLS}/get"]
    assert scope.body_of("POST") == INPUTS
    assert state == {**INPUTS, "providerConfig": {"workspaceId": WORKSPACE_ID}}
    assert configured.diff(KIND, resource_id, state, **INPUTS) == {}


def test_create_waits_until_the_level_shows(configured: Plugin, scope: SmallWorkspace) -> None:
    """An old answer, or none, is asked again."""
    scope.answer_first("GET", f"{ACLS}/get", {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "No."}, status=404)
    scope.answer_first("GET", f"{ACLS}/get", {"principal": APPLICATION_ID, "permission": "MANAGE"})

    _, state = configured.create(KIND, preview=False, **INPUTS)

    assert scope.calls() == [f"POST {ACLS}/put", *[f"GET {ACLS}/get"] * 3]
    assert state["permission"] == "READ"


@pytest.mark.parametrize("changed", [{"scope": "x"}, {"principal": "users"}, {"permission": "WRITE"}])
def test_any_change_replaces(configured: Plugin, changed: Json) -> None:
    """Nothing of it changes in place."""
    assert configured.diff(KIND, RESOURCE_ID, INPUTS, **{**INPUTS, **changed}) == dict.fromkeys(changed, "UPDATE_REPLACE")


def test_another_level_is_drift_and_none_is_gone(configured: Plugin, scope: SmallWorkspace) -> None:
    """A refresh shows what was changed by hand."""
    scope.answer("GET", f"{ACLS}/get", {"principal": APPLICATION_ID, "permission": "WRITE"})
    _, state, inputs = configured.read(KIND, RESOURCE_ID, INPUTS, INPUTS)
    assert (state["permission"], inputs["permission"]) == ("WRITE", "WRITE")
    assert next(one.query for one in scope.asked if one.path == f"{ACLS}/get") == {"scope": ["vendors"], "principal": [APPLICATION_ID]}

    del scope.answers["GET", f"{ACLS}/get"]
    assert configured.read(KIND, RESOURCE_ID, state)[0] == ""


@pytest.mark.parametrize(
    ("permission", "me", "calls"),
    [
        ("READ", APPLICATION_ID, [f"POST {ACLS}/delete"]),
        ("MANAGE", "somebody@acme.example", [f"GET {ME}", f"POST {ACLS}/delete"]),
        ("MANAGE", APPLICATION_ID, [f"GET {ME}"]),
    ],
)
def test_delete_spares_the_callers_own_manage(
    configured: Plugin, scope: SmallWorkspace, permission: str, me: str, calls: list[str]
) -> None:
    """For MANAGE it asks first who it is."""
    scope.answer("GET", ME, {"userName": me})

    configured.delete(KIND, RESOURCE_ID, {**INPUTS, "permission": permission})

    assert scope.calls() == calls


def test_import_gives_inputs_to_write_down(configured: Plugin, scope: SmallWorkspace) -> None:
    """The id says which scope and whose entry."""
    assert scope.host
    _, _, inputs = configured.read(KIND, RESOURCE_ID)

    assert {name: value for name, value in inputs.items() if not name.startswith("__")} == INPUTS


def test_all_three_must_be_given(plugin: Plugin) -> None:
    """Each missing one is named."""
    _, failures = plugin.check(KIND)

    assert set(failures) == {"scope", "principal", "permission"}
