"""Entitlements, against a small real HTTP server."""

import grpc
import pytest

from tests.plugin.conftest import APPLICATION_ID, PRINCIPAL, WORKSPACE_ID, Json, Plugin, SmallWorkspace

KIND = "Entitlements"
ID = "7531902468024680"
ONE = f"{PRINCIPAL}/{ID}"


def _has(workspace: SmallWorkspace, *words: str) -> None:
    workspace.answer("GET", ONE, {"id": ID, "applicationId": APPLICATION_ID, "entitlements": [{"value": word} for word in words]})


def test_create_replaces_the_list_and_reads_it(configured: Plugin, workspace: SmallWorkspace) -> None:
    """A create is one PATCH `replace` and one GET of the entitlements."""
    _has(workspace, "databricks-sql-access")

    resource_id, state = configured.create(KIND, servicePrincipalId=ID, databricksSqlAccess=True)

    assert resource_id == f"spn/{ID}"
    assert workspace.calls() == [f"PATCH {ONE}", f"GET {ONE}?attributes=entitlements"]
    assert workspace.body_of("PATCH") == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "entitlements", "value": [{"value": "databricks-sql-access"}]}],
    }
    assert state["databricksSqlAccess"] is True
    assert state["workspaceAccess"] is False
    assert state["providerConfig"] == {"workspaceId": WORKSPACE_ID}


def test_what_was_taken_away_elsewhere_is_drift(configured: Plugin, workspace: SmallWorkspace) -> None:
    """Unlike a principal's flags, a missing entitlement shows on a refresh."""
    _has(workspace, "databricks-sql-access")
    resource_id, state = configured.create(KIND, servicePrincipalId=ID, databricksSqlAccess=True)
    _has(workspace)

    _, refreshed, _ = configured.read(KIND, resource_id, state, configured.checked(KIND, servicePrincipalId=ID, databricksSqlAccess=True))

    assert configured.diff(KIND, resource_id, refreshed, servicePrincipalId=ID, databricksSqlAccess=True) == {
        "databricksSqlAccess": "UPDATE"
    }


def test_another_principal_replaces(configured: Plugin, workspace: SmallWorkspace) -> None:
    """The holder cannot be changed in place, also when the new one is not known yet."""
    _has(workspace)
    resource_id, state = configured.create(KIND, servicePrincipalId=ID)

    assert configured.diff(KIND, resource_id, state, servicePrincipalId="1") == {"servicePrincipalId": "UPDATE_REPLACE"}


def test_delete_removes_what_was_configured(configured: Plugin, workspace: SmallWorkspace) -> None:
    """A delete takes the configured ones away, and calls nothing where there are none."""
    _has(workspace, "workspace-access")
    resource_id, state = configured.create(KIND, servicePrincipalId=ID, workspaceAccess=True)
    workspace.asked.clear()

    configured.delete(KIND, resource_id, state)
    configured.delete(KIND, resource_id, {**state, "workspaceAccess": False})

    assert workspace.calls() == [f"PATCH {ONE}"]
    body = workspace.body_of("PATCH")
    assert body is not None
    assert body["Operations"] == [{"op": "remove", "path": "entitlements", "value": [{"value": "workspace-access"}]}]


@pytest.mark.parametrize(("prefix", "field", "collection"), [("user", "userId", "Users"), ("group", "groupId", "Groups")])
def test_users_and_groups_have_entitlements_too(
    configured: Plugin, workspace: SmallWorkspace, prefix: str, field: str, collection: str
) -> None:
    """The id says whose they are, on import as well."""
    path = f"/api/2.0/preview/scim/v2/{collection}/42"
    answer: Json = {"id": "42", "entitlements": [{"value": "allow-cluster-create"}]}
    workspace.answer("GET", path, answer)

    resource_id, state, inputs = configured.read(KIND, f"{prefix}/42")

    assert resource_id == f"{prefix}/42"
    assert state[field] == inputs[field] == "42"
    assert inputs["allowClusterCreate"] is True


def test_an_id_of_no_kind_is_explained(configured: Plugin) -> None:
    """An import with a bare number says how the id has to look."""
    with pytest.raises(grpc.RpcError) as refused:
        configured.read(KIND, ID)

    assert refused.value.details() == f"cannot read entitlements: the id must be one of spn/ID, user/ID, group/ID, not '{ID}'"


def test_nobody_named_is_refused(plugin: Plugin) -> None:
    """One of the three holders must be given."""
    _, failures = plugin.check(KIND, workspaceAccess=True)

    assert "must be specified" in failures["servicePrincipalId"]
