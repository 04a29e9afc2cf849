"""Membership in a group, against a small real HTTP server."""

import grpc
import pytest

from tests.plugin.conftest import ACCOUNT_ID, WORKSPACE_ID, Json, Plugin, SmallWorkspace

KIND = "GroupMember"
GROUP, MEMBER, OTHER = "123", "7531902468024680", "42"
PATH = f"/api/2.0/preview/scim/v2/Groups/{GROUP}"
READ = f"GET {PATH}?attributes=members"
INPUTS: Json = {"groupId": GROUP, "memberId": MEMBER}


@pytest.fixture
def group(workspace: SmallWorkspace) -> SmallWorkspace:
    """The workspace with a group that has both as members."""
    workspace.answer("PATCH", PATH, {})
    workspace.answer("GET", PATH, {"id": GROUP, "members": [{"value": MEMBER}, {"value": OTHER}]})
    return workspace


def operations(request_body: Json | None) -> object:
    return (request_body or {})["Operations"]


def test_create_adds_one_and_reads_the_group(configured: Plugin, group: SmallWorkspace) -> None:
    """One PATCH and one GET; nobody else's membership is named."""
    resource_id, state = configured.create(KIND, preview=False, **INPUTS)

    assert resource_id == f"{GROUP}|{MEMBER}"
    assert group.calls() == [f"PATCH {PATH}", READ]
    assert operations(group.body_of("PATCH")) == [{"op": "add", "path": "members", "value": [{"value": MEMBER}]}]
    assert state == {**INPUTS, "providerConfig": {"workspaceId": WORKSPACE_ID}}
    assert configured.diff(KIND, resource_id, state, **INPUTS) == {}


def test_a_group_is_read_once_in_a_process(configured: Plugin, group: SmallWorkspace) -> None:
    """The second member costs no GET, and what the process itself took away is gone without one."""
    resource_id, state = configured.create(KIND, preview=False, **INPUTS)
    configured.create(KIND, groupId=GROUP, memberId="99")
    assert group.calls() == [f"PATCH {PATH}", READ, f"PATCH {PATH}"]

    configured.delete(KIND, resource_id, state)

    assert configured.read(KIND, resource_id, state)[0] == ""
    assert configured.read(KIND, f"{GROUP}|99")[0] == f"{GROUP}|99"
    assert group.calls().count(READ) == 1


def test_delete_removes_that_one(configured: Plugin, group: SmallWorkspace) -> None:
    """By the selector that the official plugin sends."""
    configured.delete(KIND, f"{GROUP}|{MEMBER}", INPUTS)

    assert operations(group.body_of("PATCH")) == [{"op": "remove", "path": f'members[value eq "{MEMBER}"]'}]


def test_one_that_is_no_member_any_more_is_gone(configured: Plugin, group: SmallWorkspace) -> None:
    """A fresh process sees what was changed by hand; a group that is gone takes its members along."""
    group.answer("GET", PATH, {"id": GROUP})
    assert configured.read(KIND, f"{GROUP}|{MEMBER}", INPUTS)[0] == ""

    assert configured.read(KIND, f"5|{MEMBER}", {"groupId": "5", "memberId": MEMBER})[0] == ""


@pytest.mark.parametrize("changed", [{"groupId": "9"}, {"memberId": "9"}])
def test_any_change_replaces(configured: Plugin, changed: Json) -> None:
    """Nothing of it changes in place."""
    assert configured.diff(KIND, f"{GROUP}|{MEMBER}", INPUTS, **{**INPUTS, **changed}) == dict.fromkeys(changed, "UPDATE_REPLACE")


def test_an_accounts_group_is_changed_in_the_account(for_account: Plugin, workspace: SmallWorkspace) -> None:
    """With `api: account` the account's path is used, and the state is of no workspace."""
    path = f"/api/2.0/accounts/{ACCOUNT_ID}/scim/v2/Groups/{GROUP}"
    workspace.answer("PATCH", path, {})
    workspace.answer("GET", path, {"id": GROUP, "members": [{"value": MEMBER}]})

    _, state = for_account.create(KIND, preview=False, **INPUTS, api="account")

    assert workspace.calls() == [f"PATCH {path}", f"GET {path}?attributes=members"]
    assert state == {**INPUTS, "api": "account"}


def test_import_gives_inputs_to_write_down(configured: Plugin, group: SmallWorkspace) -> None:
    """The id says which group and which member."""
    assert group.host
    _, _, inputs = configured.read(KIND, f"{GROUP}|{OTHER}")

    assert {name: value for name, value in inputs.items() if not name.startswith("__")} == {"groupId": GROUP, "memberId": OTHER}


def test_an_id_of_another_form_is_explained(configured: Plugin) -> None:
    """An import says how the id has to look."""
    with pytest.raises(grpc.RpcError) as refused:
        configured.read(KIND, MEMBER)

    assert refused.value.details() == f"cannot read group member: the id must be GROUP|MEMBER, not '{MEMBER}'"


@pytest.mark.parametrize(
    ("inputs", "property_name", "part"),
    [
        ({"groupId": GROUP}, "memberId", "must be given"),
        ({**INPUTS, "api": "metastore"}, "api", "account, workspace"),
    ],
)
def test_wrong_inputs_are_refused_before_any_call(plugin: Plugin, inputs: Json, property_name: str, part: str) -> None:
    """Each wrong input is named with what is wrong about it."""
    _, failures = plugin.check(KIND, **inputs)

    assert part in failures[property_name]
