"""The stand-in and the sandbox together: what the plugin's calls really do there."""

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from databricks.sdk.errors import PermissionDenied

from tests.harness import ACCOUNT_ID, WORKSPACE_ID, Sandbox
from tests.plugin.conftest import Json, Plugin


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One for all tests here: each makes principals of its own."""
    started = Sandbox(Path(tmp_path_factory.mktemp("sandbox")))
    started.start()
    yield started
    started.stop()


@pytest.fixture
def admins_plugin(plugin: Plugin, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Plugin:
    """Configured with the sandbox's host; the admin's credentials are in the environment."""
    client_id, secret = sandbox.admin_credentials
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", client_id)
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", secret)
    plugin.configure(host=sandbox.host)
    return plugin


@pytest.fixture
def accounts_plugin(plugin: Plugin, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Plugin:
    """The same host, with the account's id: one server is both."""
    client_id, secret = sandbox.admin_credentials
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", client_id)
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", secret)
    plugin.configure(host=sandbox.host, accountId=ACCOUNT_ID)
    return plugin


def entitlements(sandbox: Sandbox, principal_id: str) -> set[str]:
    return {str(item.value) for item in sandbox.admin.service_principals.get(principal_id).entitlements or []}


def test_a_principal_lives_and_goes(admins_plugin: Plugin, sandbox: Sandbox) -> None:
    """Created with its flags, changed in place, found unchanged by a read, and gone after a delete."""
    kind = "ServicePrincipal"
    principal_id, state = admins_plugin.create(kind, displayName="alchemer", externalId="brickpass:a/b/c", databricksSqlAccess=True)
    found = sandbox.admin.service_principals.get(principal_id)
    assert (found.display_name, found.external_id, found.application_id) == ("alchemer", "brickpass:a/b/c", state["applicationId"])
    assert entitlements(sandbox, principal_id) == {"databricks-sql-access"}
    assert state["providerConfig"] == {"workspaceId": str(WORKSPACE_ID)}

    changed = {"displayName": "alchemer-eu", "externalId": "brickpass:a/b/d", "workspaceAccess": True}
    state = admins_plugin.update(kind, principal_id, state, preview=False, **changed)
    assert sandbox.admin.service_principals.get(principal_id).display_name == "alchemer-eu"
    assert entitlements(sandbox, principal_id) == {"workspace-access"}
    _, read, _ = admins_plugin.read(kind, principal_id, state, admins_plugin.checked(kind, **changed))
    assert read == state
    assert admins_plugin.diff(kind, principal_id, read, **changed) == {}

    admins_plugin.delete(kind, principal_id, state)
    assert admins_plugin.read(kind, principal_id, state)[0] == ""


def test_entitlements_are_replaced_and_removed(admins_plugin: Plugin, sandbox: Sandbox) -> None:
    """The list is what was declared, drift is seen, and a delete leaves none of it."""
    kind = "Entitlements"
    newcomer = sandbox.newcomer(entitlements=["workspace-access"])
    resource_id, state = admins_plugin.create(kind, servicePrincipalId=newcomer.id, databricksSqlAccess=True, allowClusterCreate=True)
    assert entitlements(sandbox, newcomer.id) == {"databricks-sql-access", "allow-cluster-create"}

    state = admins_plugin.update(kind, resource_id, state, servicePrincipalId=newcomer.id, databricksSqlAccess=True)
    assert entitlements(sandbox, newcomer.id) == {"databricks-sql-access"}

    admins_plugin.delete(kind, resource_id, state)
    assert entitlements(sandbox, newcomer.id) == set()
    _, drifted, _ = admins_plugin.read(kind, resource_id, state, admins_plugin.checked(kind, servicePrincipalId=newcomer.id))
    assert drifted["databricksSqlAccess"] is False


def test_an_accounts_principal_comes_in_by_assignment_and_really_goes(accounts_plugin: Plugin, sandbox: Sandbox) -> None:
    """Made in the account it is in no workspace until assigned; its deletion leaves nothing in the account."""
    plugin, given = accounts_plugin, {"displayName": "partner", "api": "account", "disableAsUserDeletion": False}
    principal_id, principal = plugin.create("ServicePrincipal", preview=False, **given)
    secret = sandbox.account.service_principal_secrets.create(principal_id).secret or ""
    assert sandbox.login(str(principal["applicationId"]), secret).status_code == 401

    kind, inputs = "MwsPermissionAssignment", {"workspaceId": str(WORKSPACE_ID), "principalId": principal_id, "permissions": ["USER"]}
    resource_id, state = plugin.create(kind, preview=False, **inputs)
    assert sandbox.login(str(principal["applicationId"]), secret).status_code == 200
    assert plugin.read(kind, resource_id, state, plugin.checked(kind, **inputs))[1] == state

    plugin.delete(kind, resource_id, state)
    assert sandbox.login(str(principal["applicationId"]), secret).status_code == 401
    assert plugin.read(kind, resource_id, state)[0] == ""
    plugin.delete("ServicePrincipal", principal_id, principal)
    assert list(sandbox.account.service_principals.list(filter=f'id eq "{principal_id}"')) == []


def test_a_workspaces_own_assignment_is_changed_in_place(admins_plugin: Plugin, sandbox: Sandbox) -> None:
    """By name as ADMIN, and a USER again without being replaced."""
    kind, newcomer = "PermissionAssignment", sandbox.newcomer()
    sandbox.admin.service_principals.delete(newcomer.id)
    named = {"servicePrincipalName": newcomer.application_id}
    resource_id, state = admins_plugin.create(kind, preview=False, **named, permissions=["ADMIN"])
    assert (resource_id, state["permissions"]) == (newcomer.id, ["ADMIN"])

    state = admins_plugin.update(kind, resource_id, state, preview=False, **named, permissions=["USER"])
    assert admins_plugin.diff(kind, resource_id, state, **named, permissions=["USER"]) == {}
    assert "admins" not in {one.display for one in sandbox.admin.service_principals.get(newcomer.id).groups or []}

    admins_plugin.delete(kind, resource_id, state)
    assert admins_plugin.read(kind, resource_id, state)[0] == ""


def test_membership_is_the_levels_own(accounts_plugin: Plugin, sandbox: Sandbox) -> None:
    """A workspace's group is changed in the workspace, an account's only with `api: account`."""
    plugin, kind, newcomer = accounts_plugin, "GroupMember", sandbox.newcomer()
    groups = {str(group.display_name): str(group.id) for group in sandbox.admin.groups.list()}

    def mine() -> set[str]:
        return {str(one.display) for one in sandbox.admin.service_principals.get(newcomer.id).groups or []}

    local_id, local = plugin.create(kind, groupId=groups["sandbox-pilots"], memberId=newcomer.id)
    assert mine() == {"sandbox-pilots", "notebook-reviewers"}
    with pytest.raises(grpc.RpcError, match=r"cannot create group member: .*belongs to the account"):
        plugin.create(kind, groupId=groups["auditors"], memberId=newcomer.id)
    account_id, of_account = plugin.create(kind, groupId=groups["auditors"], memberId=newcomer.id, api="account")
    assert mine() == {"sandbox-pilots", "notebook-reviewers", "auditors", "acme-all"}

    plugin.delete(kind, local_id, local)
    plugin.delete(kind, account_id, of_account)
    assert mine() == set()


def test_a_secret_scopes_entry_opens_it_and_goes(admins_plugin: Plugin, sandbox: Sandbox) -> None:
    """With READ the scope's secrets are listed, and without the entry they are not."""
    kind, newcomer = "SecretAcl", sandbox.newcomer()
    sandbox.admin.secrets.create_scope("vendors")
    inputs = {"scope": "vendors", "principal": newcomer.application_id, "permission": "READ"}

    resource_id, state = admins_plugin.create(kind, preview=False, **inputs)
    assert list(sandbox.client_of(newcomer).secrets.list_secrets("vendors")) == []
    assert admins_plugin.read(kind, resource_id, state, admins_plugin.checked(kind, **inputs))[1] == state

    admins_plugin.delete(kind, resource_id, state)
    assert admins_plugin.read(kind, resource_id, state)[0] == ""
    with pytest.raises(PermissionDenied):
        list(sandbox.client_of(newcomer).secrets.list_secrets("vendors"))


def test_entitlements_of_an_accounts_group_are_the_workspaces(admins_plugin: Plugin, sandbox: Sandbox) -> None:
    """Though the group itself is read-only there."""
    kind = "Entitlements"
    group_id = next(str(group.id) for group in sandbox.admin.groups.list() if group.display_name == "cx-analytics")
    resource_id, state = admins_plugin.create(kind, groupId=group_id, databricksSqlAccess=True)
    assert [one.value for one in sandbox.admin.groups.get(group_id).entitlements or []] == ["databricks-sql-access"]

    admins_plugin.delete(kind, resource_id, state)
    assert not sandbox.admin.groups.get(group_id).entitlements


def test_a_federation_policy_lives_and_goes(accounts_plugin: Plugin, sandbox: Sandbox) -> None:
    """Made, found unchanged by a read, changed in place, and gone after a delete: in the account, under the id that was given."""
    kind, newcomer = "ServicePrincipalFederationPolicy", sandbox.newcomer()
    policies, number = sandbox.account.service_principal_federation_policy, int(newcomer.id)
    policy: Json = {"issuer": "https://gitlab.acme.example", "subject": "project_path:acme/surveys:ref_type:branch:ref:main"}
    inputs: Json = {"servicePrincipalId": number, "policyId": "gitlab", "oidcPolicy": policy}
    resource_id, state = accounts_plugin.create(kind, preview=False, **inputs)
    assert accounts_plugin.read(kind, resource_id, state, accounts_plugin.checked(kind, **inputs))[1] == state
    assert accounts_plugin.diff(kind, resource_id, state, **inputs) == {}

    inputs = {**inputs, "description": "Surveys", "oidcPolicy": {**policy, "audiences": ["acme"]}}
    state = accounts_plugin.update(kind, resource_id, state, preview=False, **inputs)
    assert accounts_plugin.diff(kind, resource_id, state, **inputs) == {}
    found = policies.get(number, "gitlab")
    assert (found.description, found.oidc_policy and found.oidc_policy.audiences) == ("Surveys", ["acme"])

    accounts_plugin.delete(kind, resource_id, state)
    assert list(policies.list(number)) == []
    assert accounts_plugin.read(kind, resource_id, state)[0] == ""


def test_whoever_is_no_admin_is_refused(admins_plugin: Plugin, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The workspace's own words come after the official plugin's beginning."""
    newcomer = sandbox.newcomer()
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", newcomer.application_id)
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", newcomer.secret)

    with pytest.raises(grpc.RpcError) as refused:
        admins_plugin.create("ServicePrincipal", displayName="mine")

    details = str(refused.value.details())
    assert details.startswith("cannot create service principal: ")
    assert newcomer.secret not in details
    assert "\n" not in details
