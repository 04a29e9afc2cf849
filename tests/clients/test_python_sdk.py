"""databricks-sdk, at the workspace and at the account: logins, principals, groups, secrets, assignments."""

from datetime import UTC, datetime, timedelta

import pytest
from databricks.sdk import AccountClient
from databricks.sdk.config import Config
from databricks.sdk.errors import NotFound, PermissionDenied
from databricks.sdk.service.iam import ComplexValue, Patch, PatchOp, PatchSchema, WorkspacePermission

from tests.harness import ACCOUNT_ID, WORKSPACE_ID, Newcomer, Sandbox

PATCH_OP = [PatchSchema.URN_IETF_PARAMS_SCIM_API_MESSAGES_2_0_PATCH_OP]


def words(values: list[ComplexValue] | None) -> set[str | None]:
    return {value.value for value in values or []}


def test_a_workspace_is_known_by_its_host_alone(sandbox: Sandbox) -> None:
    """From host and credentials the SDK finds who it is, and which workspace that is."""
    me = sandbox.admin.current_user.me()

    assert me.user_name == sandbox.admin_credentials[0]
    assert me.active is True
    assert sandbox.admin.get_workspace_id() == WORKSPACE_ID


def test_an_account_has_a_login_of_its_own(sandbox: Sandbox) -> None:
    """A client that is sent to the account's discovery document gets its token there, and is good for the account."""
    client_id, secret = sandbox.admin_credentials
    config = Config(
        host=sandbox.host,
        account_id=ACCOUNT_ID,
        client_id=client_id,
        client_secret=secret,
        discovery_url=f"{sandbox.host}/oidc/accounts/{ACCOUNT_ID}/.well-known/oauth-authorization-server",
    )
    account = AccountClient(config=config)

    assert client_id in {one.application_id for one in account.service_principals_v2.list()}
    paths = {one["path"] for one in sandbox.requests()}
    assert f"/oidc/accounts/{ACCOUNT_ID}/v1/token" in paths


def test_a_principal_of_a_workspace_lives_on_in_the_account(sandbox: Sandbox) -> None:
    """Created, found, replaced, patched, and taken out of the workspace: with one id at both levels."""
    principals = sandbox.admin.service_principals_v2
    made = principals.create(display_name="py", external_id="brickpass:py", entitlements=[ComplexValue(value="workspace-access")])
    assert made.id
    assert principals.get(made.id) == made
    assert list(principals.list(filter=f'applicationId eq "{made.application_id}"')) == [made]

    principals.update(made.id, application_id=made.application_id, display_name="renamed", active=True)
    replaced = principals.get(made.id)
    assert (replaced.display_name, words(replaced.entitlements)) == ("renamed", set())

    add = Patch(op=PatchOp.ADD, path="entitlements", value=[{"value": "databricks-sql-access"}])
    principals.patch(made.id, operations=[add], schemas=PATCH_OP)
    assert words(principals.get(made.id).entitlements) == {"databricks-sql-access"}

    principals.delete(made.id)
    with pytest.raises(NotFound):
        principals.get(made.id)
    assert sandbox.account.service_principals_v2.get(made.id).application_id == made.application_id


def test_a_principal_of_the_account_ends_there(sandbox: Sandbox) -> None:
    """Deactivated it is still there; deleted it is gone."""
    principals = sandbox.account.service_principals_v2
    made = principals.create(display_name="py-account")
    assert made.id
    # As the Terraform provider says it (api-facts: 3.3); the SDK leaves a bare False out.
    off = Patch(op=PatchOp.REPLACE, path="active", value=[{"value": "false"}])
    principals.patch(made.id, operations=[off], schemas=PATCH_OP)
    assert principals.get(made.id).active is False

    principals.delete(made.id)

    with pytest.raises(NotFound):
        principals.get(made.id)


def test_pages_of_three_hold_every_principal_once(sandbox: Sandbox) -> None:
    """At both levels and for people too, small pages give the same as large ones."""
    workspace, account, people = sandbox.admin.service_principals_v2, sandbox.account.service_principals_v2, sandbox.admin.users_v2

    assert [one.id for one in workspace.list(count=3)] == [one.id for one in workspace.list()]
    assert [one.id for one in account.list(count=3)] == [one.id for one in account.list()]
    assert [one.id for one in people.list(count=10)] == [one.id for one in people.list()]
    assert len(list(people.list(count=10))) > 40


def test_groups_of_the_account_take_members(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """A member comes by one PATCH and goes by another, and the workspace sees the group's name."""
    groups = sandbox.account.groups_v2
    made = groups.create(display_name="py-group")
    assert made.id
    groups.patch(made.id, operations=[Patch(op=PatchOp.ADD, path="members", value=[{"value": newcomer.id}])], schemas=PATCH_OP)
    assert words(groups.get(made.id).members) == {newcomer.id}

    groups.patch(made.id, operations=[Patch(op=PatchOp.REMOVE, path=f'members[value eq "{newcomer.id}"]')], schemas=PATCH_OP)
    assert words(groups.get(made.id).members) == set()

    groups.delete(made.id)
    assert list(groups.list(filter='displayName eq "py-group"')) == []
    assert [one.display_name for one in sandbox.admin.groups_v2.list(filter='displayName eq "cx-analytics"')] == ["cx-analytics"]


def test_groups_of_the_workspace_are_its_own(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """The account knows nothing of them; the account's groups cannot be changed from the workspace."""
    groups = sandbox.admin.groups_v2
    made = groups.create(display_name="py-local", members=[ComplexValue(value=newcomer.id)])
    assert made.id
    assert words(groups.get(made.id).members) == {newcomer.id}
    assert list(sandbox.account.groups_v2.list(filter='displayName eq "py-local"')) == []

    of_account = next(iter(groups.list(filter='displayName eq "cx-analytics"')))
    add = Patch(op=PatchOp.ADD, path="members", value=[{"value": newcomer.id}])
    with pytest.raises(PermissionDenied, match="belongs to the account"):
        groups.patch(str(of_account.id), operations=[add], schemas=PATCH_OP)

    groups.delete(made.id)
    assert list(groups.list(filter='displayName eq "py-local"')) == []


def test_a_secret_is_one_thing_at_both_levels(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Made by the workspace's proxy, listed and deleted in the account; its dates are RFC 3339, its secret is told once."""
    proxy, account = sandbox.admin.service_principal_secrets_proxy, sandbox.account.service_principal_secrets
    made = proxy.create(newcomer.id, lifetime="7776000s")
    assert made.id
    assert made.secret
    lifetime = datetime.fromisoformat(made.expire_time or "") - datetime.fromisoformat(made.create_time or "")

    assert (made.status, lifetime) == ("ACTIVE", timedelta(days=90))
    assert datetime.fromisoformat(made.expire_time or "") > datetime.now(UTC)
    assert sandbox.client(newcomer.application_id, made.secret).current_user.me().user_name == newcomer.application_id
    assert made.id in {one.id for one in account.list(newcomer.id, page_size=1)}

    account.delete(newcomer.id, made.id)
    assert [one.id for one in proxy.list(newcomer.id)] == [one.id for one in account.list(newcomer.id, page_size=1)]
    assert made.id not in {one.id for one in proxy.list(newcomer.id)}
    assert sandbox.login(newcomer.application_id, made.secret).status_code == 401


def test_assignments_are_made_seen_and_ended(sandbox: Sandbox) -> None:
    """Every listed item has its principal, as the plugin needs it, and ending one twice is no error."""
    made = sandbox.account.service_principals_v2.create(display_name="py-assigned")
    number, assignment = int(made.id or ""), sandbox.account.workspace_assignment

    item = assignment.update(WORKSPACE_ID, number, permissions=[WorkspacePermission.USER])
    assert item.principal
    assert (item.permissions, item.principal.principal_id) == ([WorkspacePermission.USER], number)
    listed = list(assignment.list(WORKSPACE_ID))
    assert all(one.principal and one.principal.principal_id for one in listed)
    assert number in {one.principal.principal_id for one in listed if one.principal}
    levels = {one.permission_level for one in assignment.get(WORKSPACE_ID).permissions or []}
    assert levels == {WorkspacePermission.USER, WorkspacePermission.ADMIN}

    for _ in range(2):
        assignment.delete(WORKSPACE_ID, number)
    assert number not in {one.principal.principal_id for one in assignment.list(WORKSPACE_ID) if one.principal}


def test_the_workspace_assigns_in_its_own_way(sandbox: Sandbox) -> None:
    """By name as USER only, a fault being told in the item; by id as ADMIN too (api-facts: 9.2)."""
    made = sandbox.account.service_principals_v2.create(display_name="py-let-in")
    api, path = sandbox.admin.api_client, "/api/2.0/preview/permissionassignments"
    names = [{"service_principal_name": made.application_id, "permissions": [level]} for level in ("USER", "ADMIN")]

    answer = api.do("POST", path, body={"permission_assignments": names})
    assert isinstance(answer, dict)
    assert [bool(item["error"]) for item in answer["permission_assignments"]] == [False, True]
    raised = api.do("PUT", f"{path}/principals/{made.id}", body={"permissions": ["ADMIN"]})
    assert isinstance(raised, dict)
    assert raised["permissions"] == ["ADMIN"]
    api.do("DELETE", f"{path}/principals/{made.id}")
    ended = api.do("GET", path)
    assert isinstance(ended, dict)
    assert made.id not in {str(item["principal"]["principal_id"]) for item in ended["permission_assignments"]}
