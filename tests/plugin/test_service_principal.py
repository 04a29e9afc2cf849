"""A service principal, against a small real HTTP server: what is asked, what is kept."""

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2, status_pb2
from pulumi.runtime.rpc import UNKNOWN

from tests.plugin.conftest import ACCOUNT_ID, APPLICATION_ID, PRINCIPAL, WORKSPACE_ID, Json, Plugin, SmallWorkspace, plain

KIND = "ServicePrincipal"
ID = "7531902468024680"
READ = f"GET {PRINCIPAL}/{ID}?attributes=userName,displayName,active,externalId,entitlements"
FLAGS_OFF = dict.fromkeys(("allowClusterCreate", "allowInstancePoolCreate", "databricksSqlAccess", "workspaceAccess"), False)


def test_inputs_get_the_official_defaults(plugin: Plugin) -> None:
    """What the program leaves out is filled in and listed as a default, `workspaceConsume` excepted."""
    inputs = plugin.checked(KIND, displayName="alchemer", workspaceAccess=True)

    defaults = ["active", "allowClusterCreate", "allowInstancePoolCreate", "databricksSqlAccess"]
    assert inputs == {"displayName": "alchemer", "active": True, **FLAGS_OFF, "workspaceAccess": True, "__defaults": defaults}


def test_consume_leaves_the_others_out(plugin: Plugin) -> None:
    """With `workspaceConsume` the two flags that exclude it get no default, so they cannot conflict."""
    inputs = plugin.checked(KIND, displayName="x", workspaceConsume=True)

    assert "workspaceAccess" not in inputs
    assert "databricksSqlAccess" not in inputs


@pytest.mark.parametrize(
    ("inputs", "property_name", "part"),
    [
        ({"displayName": "x", "workspaceConsume": True, "workspaceAccess": True}, "workspaceConsume", "conflicts with `workspaceAccess`"),
        ({}, "displayName", "must be specified"),
        ({"displayName": "x", "nickname": "y"}, "nickname", "not a property"),
        ({"displayName": "x", "active": "yes"}, "active", "must be a bool"),
        ({"displayName": "x", "api": "metastore"}, "api", "account, workspace"),
    ],
)
def test_wrong_inputs_are_refused_before_any_call(plugin: Plugin, inputs: Json, property_name: str, part: str) -> None:
    """Each wrong input is named with what is wrong about it."""
    _, failures = plugin.check(KIND, **inputs)

    assert part in failures[property_name]


def test_create_makes_the_official_calls(configured: Plugin, workspace: SmallWorkspace) -> None:
    """A create is one POST with the official body and one GET."""
    resource_id, state = configured.create(KIND, displayName="alchemer", externalId="brickpass:a/b/c", databricksSqlAccess=True)

    assert workspace.calls() == [f"POST {PRINCIPAL}", READ]
    assert workspace.body_of("POST") == {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServicePrincipal"],
        "displayName": "alchemer",
        "active": True,
        "entitlements": [{"value": "databricks-sql-access"}],
        "externalId": "brickpass:a/b/c",
    }
    post = next(request for request in workspace.asked if request.method == "POST" and request.path == PRINCIPAL)
    assert post.headers["Content-Type"] == "application/scim+json; charset=utf-8"
    assert post.headers["X-Databricks-Workspace-Id"] == WORKSPACE_ID
    assert resource_id == ID
    assert state["applicationId"] == APPLICATION_ID
    assert state["home"] == f"/Users/{APPLICATION_ID}"
    assert state["repos"] == f"/Repos/{APPLICATION_ID}"
    assert state["aclPrincipalId"] == f"servicePrincipals/{APPLICATION_ID}"
    assert state["providerConfig"] == {"workspaceId": WORKSPACE_ID}


def test_no_entitlements_are_sent_as_one_empty_element(configured: Plugin, workspace: SmallWorkspace) -> None:
    """The official plugin says "none" by `[{}]`."""
    configured.create(KIND, displayName="alchemer")

    body = workspace.body_of("POST")
    assert body is not None
    assert body["entitlements"] == [{}]


def test_a_preview_calls_nothing(configured: Plugin, workspace: SmallWorkspace) -> None:
    """What only the workspace knows is unknown in a preview, and nobody is asked."""
    resource_id, state = configured.create(KIND, preview=True, displayName="alchemer")

    assert workspace.calls() == []
    assert resource_id == ""
    assert state["applicationId"] == UNKNOWN
    assert state["providerConfig"] == UNKNOWN
    assert state["displayName"] == "alchemer"


def test_nothing_changed_is_no_difference(configured: Plugin) -> None:
    """The state of a create and the same inputs do not differ."""
    resource_id, state = configured.create(KIND, displayName="alchemer", workspaceAccess=True)

    assert configured.diff(KIND, resource_id, state, displayName="alchemer", workspaceAccess=True) == {}


@pytest.mark.parametrize(
    ("changed", "kinds"),
    [
        ({"displayName": "alchemer-2"}, {"displayName": "UPDATE"}),
        ({"displayName": "alchemer", "workspaceAccess": True}, {"workspaceAccess": "UPDATE"}),
        ({"displayName": "alchemer", "externalId": "e"}, {"externalId": "ADD"}),
        ({"displayName": "alchemer", "applicationId": "other"}, {"applicationId": "UPDATE_REPLACE"}),
        ({"displayName": "alchemer", "providerConfig": {"workspaceId": "1"}}, {"providerConfig.workspaceId": "UPDATE_REPLACE"}),
    ],
)
def test_only_what_changed_differs(configured: Plugin, changed: Json, kinds: dict[str, str]) -> None:
    """A change of the application id or of the workspace replaces, any other updates."""
    resource_id, state = configured.create(KIND, displayName="alchemer")

    assert configured.diff(KIND, resource_id, state, **changed) == kinds


def test_an_external_id_that_is_no_longer_given_stays(configured: Plugin, workspace: SmallWorkspace) -> None:
    """Leaving `externalId` out is no change, as with the official plugin."""
    workspace.answer("GET", f"{PRINCIPAL}/{ID}", {"id": ID, "applicationId": APPLICATION_ID, "displayName": "alchemer", "externalId": "e"})
    resource_id, state = configured.create(KIND, displayName="alchemer", externalId="e")

    assert state["externalId"] == "e"
    assert configured.diff(KIND, resource_id, {**state, "active": True}, displayName="alchemer") == {}


def test_update_puts_the_whole_principal_with_its_groups(configured: Plugin, workspace: SmallWorkspace) -> None:
    """An update reads groups and roles, which a PUT would else drop, and sends them along."""
    resource_id, state = configured.create(KIND, displayName="alchemer")
    groups = [{"display": "integrations", "value": "12"}]
    found = {"id": ID, "applicationId": APPLICATION_ID, "displayName": "renamed", "active": True, "groups": groups}
    workspace.answer("GET", f"{PRINCIPAL}/{ID}", found)
    workspace.asked.clear()

    updated = configured.update(KIND, resource_id, state, displayName="renamed")

    assert workspace.calls() == [f"GET {PRINCIPAL}/{ID}?attributes=groups,roles", f"PUT {PRINCIPAL}/{ID}", READ]
    body = workspace.body_of("PUT")
    assert body is not None
    assert body["groups"] == groups
    assert body["displayName"] == updated["displayName"] == "renamed"
    assert updated["providerConfig"] == {"workspaceId": WORKSPACE_ID}


def test_refresh_shows_a_drift_in_inputs_and_state(configured: Plugin, workspace: SmallWorkspace) -> None:
    """A name changed by hand comes back in both, so that the next preview shows it."""
    resource_id, state = configured.create(KIND, displayName="alchemer")
    inputs = configured.checked(KIND, displayName="alchemer")
    workspace.answer("GET", f"{PRINCIPAL}/{ID}", {"id": ID, "applicationId": APPLICATION_ID, "displayName": "by-hand", "active": True})

    _, refreshed, found = configured.read(KIND, resource_id, state, inputs)

    assert refreshed["displayName"] == found["displayName"] == "by-hand"
    assert configured.diff(KIND, resource_id, refreshed, displayName="alchemer") == {"displayName": "UPDATE"}


def test_refresh_sets_flags_and_never_clears_them(configured: Plugin, workspace: SmallWorkspace) -> None:
    """An entitlement taken away elsewhere is no drift of a ServicePrincipal; one given elsewhere is."""
    resource_id, state = configured.create(KIND, displayName="alchemer", workspaceAccess=True)
    given = [{"value": "allow-cluster-create"}]
    workspace.answer(
        "GET",
        f"{PRINCIPAL}/{ID}",
        {"id": ID, "applicationId": APPLICATION_ID, "displayName": "alchemer", "active": True, "entitlements": given},
    )

    _, refreshed, _ = configured.read(KIND, resource_id, state, configured.checked(KIND, displayName="alchemer", workspaceAccess=True))

    assert refreshed["workspaceAccess"] is True
    assert refreshed["allowClusterCreate"] is True


def test_what_is_gone_is_dropped(configured: Plugin, workspace: SmallWorkspace) -> None:
    """A 404 on a read means that the resource is no longer there."""
    resource_id, state = configured.create(KIND, displayName="alchemer")
    gone: Json = {"detail": "Service principal not found.", "status": "404", "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"]}
    workspace.answer("GET", f"{PRINCIPAL}/{ID}", gone, status=404)

    assert configured.read(KIND, resource_id, state)[0] == ""


def test_import_gives_inputs_to_write_down(configured: Plugin) -> None:
    """An import by id answers the state and the inputs that make it, defaults marked."""
    resource_id, state, inputs = configured.read(KIND, ID)

    assert resource_id == ID
    assert state["applicationId"] == APPLICATION_ID
    assert inputs == {"displayName": "alchemer", "active": True, "__defaults": ["active"]}
    assert configured.diff(KIND, ID, state, displayName="alchemer") == {}


def test_delete_is_one_call_and_repeatable(configured: Plugin, workspace: SmallWorkspace) -> None:
    """A workspace's principal is deleted; one that is gone already is as good."""
    resource_id, state = configured.create(KIND, displayName="alchemer")
    workspace.asked.clear()

    configured.delete(KIND, resource_id, state)
    del workspace.answers["DELETE", f"{PRINCIPAL}/{ID}"]
    configured.delete(KIND, resource_id, state)

    assert workspace.calls() == [f"DELETE {PRINCIPAL}/{ID}"] * 2


def test_delete_takes_the_folders_that_it_was_told_to(configured: Plugin, workspace: SmallWorkspace) -> None:
    """`forceDeleteHomeDir` removes the home folder after the principal."""
    resource_id, state = configured.create(KIND, displayName="alchemer", forceDeleteHomeDir=True)
    workspace.answer("POST", "/api/2.0/workspace/delete", {})
    workspace.asked.clear()

    configured.delete(KIND, resource_id, state)

    assert workspace.calls() == [f"DELETE {PRINCIPAL}/{ID}", "POST /api/2.0/workspace/delete"]
    assert workspace.body_of("POST") == {"path": f"/Users/{APPLICATION_ID}", "recursive": True}


@pytest.mark.parametrize(
    ("inputs", "call", "operations"),
    [
        ({}, "PATCH", [{"op": "replace", "path": "active", "value": [{"value": "false"}]}]),
        ({"disableAsUserDeletion": False}, "DELETE", None),
    ],
)
def test_an_accounts_principal_is_only_deactivated_unless_told_otherwise(
    for_account: Plugin, workspace: SmallWorkspace, inputs: Json, call: str, operations: list[Json] | None
) -> None:
    """With `api: account` the account's path is used; a delete deactivates, and really deletes with `disableAsUserDeletion: false`."""
    account = f"/api/2.0/accounts/{ACCOUNT_ID}/scim/v2/ServicePrincipals"
    found: Json = {"id": ID, "applicationId": APPLICATION_ID, "displayName": "alchemer", "active": True}
    for method, path in (("POST", account), *((method, f"{account}/{ID}") for method in ("GET", "PATCH", "DELETE"))):
        workspace.answer(method, path, found)

    resource_id, state = for_account.create(KIND, displayName="alchemer", api="account", preview=False, **inputs)
    assert for_account.diff(KIND, resource_id, state, displayName="alchemer", api="account", **inputs) == {}
    for_account.delete(KIND, resource_id, state)

    assert "providerConfig" not in state
    assert workspace.calls()[-1] == f"{call} {account}/{ID}"
    assert (workspace.asked[-1].body or {}).get("Operations") == operations


def test_a_refusal_has_the_official_words(configured: Plugin, workspace: SmallWorkspace) -> None:
    """What the workspace answered is shown after the official plugin's beginning, without the client's settings."""
    workspace.answer("POST", PRINCIPAL, {"error_code": "PERMISSION_DENIED", "message": "Only admins may do that."}, status=403)

    with pytest.raises(grpc.RpcError) as refused:
        configured.create(KIND, displayName="alchemer")

    assert refused.value.details() == "cannot create service principal: Only admins may do that"


def test_one_that_was_made_but_not_read_is_kept(configured: Plugin, workspace: SmallWorkspace) -> None:
    """A create whose read fails tells the engine the id, so that no second one is made."""
    workspace.answer("GET", f"{PRINCIPAL}/{ID}", {"error_code": "PERMISSION_DENIED", "message": "No."}, status=403)

    with pytest.raises(grpc.RpcError) as refused:
        configured.create(KIND, displayName="alchemer")

    packed = next(item.value for item in refused.value.trailing_metadata() or () if item.key == "grpc-status-details-bin")
    details = provider_pb2.ErrorResourceInitFailed()
    assert status_pb2.Status.FromString(packed).details[0].Unpack(details)
    assert details.id == ID
    assert plain(details.properties)["displayName"] == "alchemer"
    assert list(details.reasons) == ["cannot read service principal: No"]
