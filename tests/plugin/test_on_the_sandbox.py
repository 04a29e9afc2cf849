"""The stand-in and the sandbox together: what the plugin's calls really do there."""

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from tests.harness import WORKSPACE_ID, Sandbox
from tests.plugin.conftest import Plugin


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
