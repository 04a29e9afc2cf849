"""From nothing to a deployed integration and back, by plain Pulumi commands on the real engine."""

import json
import re
from typing import Any

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import PermissionDenied

from tests.end_to_end.harness import ALCHEMER, Stack
from tests.harness import Sandbox

DBT = {
    "entitlements": ["databricks-sql-access"],
    "grants": {"warehouses": {"bi-serverless": "CAN_USE"}, "schemas": {"main.surveys": ["SELECT"]}},
}


def with_grants(**changed: dict[str, Any]) -> dict[str, Any]:
    """Alchemer's part of the stack file, with some kinds of grants changed."""
    return {**ALCHEMER, "grants": {**ALCHEMER["grants"], **changed}}


def test_an_integration_is_deployed_and_its_bundle_opens_the_workspace(stack: Stack) -> None:
    """`pulumi up` makes all that is declared, and its bundle logs in, in whichever form it is handed out."""
    stack.declare({"alchemer": {"consumer": "alchemer", "purpose": "Survey responses", **ALCHEMER}})

    stack.up()

    bundle = stack.bundles()["alchemer"]
    assert bundle["workspace_url"] == stack.sandbox.host
    assert bundle["token_endpoint"] == f"{stack.sandbox.host}/oidc/v1/token"
    assert [warehouse["name"] for warehouse in bundle["warehouses"]] == ["bi-serverless"]
    assert stack.logs_in("alchemer")

    sheet = stack.run("brickpass", "bundle", "alchemer", "--stack", "test").text
    assert sheet.startswith("Databricks for Alchemer\n")
    assert re.search(rf"^Databricks Workspace URL +{stack.sandbox.host}$", sheet, re.MULTILINE)
    assert re.search(r"^Purpose +Survey responses$", sheet, re.MULTILINE)
    assert bundle["client_secret"] not in sheet

    profile = stack.folder / "databrickscfg"
    written = stack.run("brickpass", "bundle", "alchemer", "--format", "databrickscfg", "--output", str(profile), "--stack", "test")
    assert written.text == f"{profile} has the bundle of alchemer; only you may read it.\n"
    assert WorkspaceClient(profile="alchemer", config_file=str(profile)).current_user.me().user_name == bundle["client_id"]


def test_a_second_up_changes_nothing(stack: Stack) -> None:
    """It writes nothing to the workspace, and the engine counts no change."""
    stack.declare({"alchemer": ALCHEMER})
    stack.up()
    stack.sandbox.http.delete("/sandbox/requests")

    preview, again = stack.preview("--expect-no-changes"), stack.up()

    assert preview.exit_code == 0, preview.text
    assert set(again.changes()) == {"unchanged"}
    assert writes(stack.sandbox) == []


def test_a_preview_of_an_edit_shows_what_will_change_and_changes_nothing(stack: Stack) -> None:
    """A level is changed in place, a new grant is made, and the implied privilege is named."""
    stack.declare({"alchemer": ALCHEMER})
    stack.up()
    stack.sandbox.http.delete("/sandbox/requests")
    stack.declare({"alchemer": with_grants(clusters={"shared-analytics": "CAN_ATTACH_TO"}, tables={"sales.orders.orders": ["SELECT"]})})

    preview = stack.preview("--diff")

    assert preview.exit_code == 0, preview.text
    assert '~ level: "CAN_RESTART" => "CAN_ATTACH_TO"' in preview.text
    assert re.search(r'fullName *: "sales.orders.orders"', preview.text)
    assert "implied" in preview.text
    assert "USE_SCHEMA" in preview.text
    assert preview.changes()["create"] == 3
    assert writes(stack.sandbox) == []


def test_an_edit_is_applied(stack: Stack) -> None:
    """A grant that is added works, one that is changed has its new level, one that is dropped is gone."""
    stack.declare({"alchemer": ALCHEMER})
    stack.up()
    stack.declare({"alchemer": with_grants(clusters={"shared-analytics": "CAN_ATTACH_TO"}, jobs={})})

    stack.up()

    client_id = stack.bundles()["alchemer"]["client_id"]
    assert stack.sandbox.direct_levels("clusters", stack.sandbox.cluster())[client_id] == "CAN_ATTACH_TO"
    assert client_id not in stack.sandbox.direct_levels("jobs", str(stack.sandbox.job()))


def test_a_change_of_entitlements_alone_is_proven_too(stack: Stack) -> None:
    """An entitlement decides what works, like a grant."""
    on_a_cluster = {"clusters": {"shared-analytics": "CAN_RESTART"}}
    stack.declare({"alchemer": {"entitlements": ["workspace-access"], "grants": on_a_cluster}})
    stack.up()
    stack.declare({"alchemer": {"entitlements": ["workspace-access", "databricks-sql-access"], "grants": on_a_cluster}})

    changed = stack.up()

    # The integration, which holds what is declared; its principal, and that one's membership; and the proof.
    assert changed.changes()["update"] == 4
    assert re.search(r"brickpass:index:Verification alchemer updated", changed.text)


def test_a_second_integration_leaves_the_first_as_it_is(stack: Stack) -> None:
    """Both share a warehouse and a schema; the first one's resources do not change."""
    stack.declare({"alchemer": ALCHEMER})
    stack.up()
    before = stack.bundles()["alchemer"]
    stack.declare({"alchemer": ALCHEMER, "dbt": DBT})

    added = stack.up()

    assert set(added.changes()) == {"create", "unchanged"}
    assert stack.bundles()["alchemer"] == before
    levels = stack.sandbox.direct_levels("sql/warehouses", stack.sandbox.warehouse())
    assert {levels[bundle["client_id"]] for bundle in stack.bundles().values()} == {"CAN_USE"}
    assert stack.logs_in("dbt")


def test_drift_made_by_hand_is_seen_by_a_refresh_and_repaired(stack: Stack) -> None:
    """A level that somebody lowered and a privilege that somebody took away come back, and are proven again."""
    stack.declare({"alchemer": ALCHEMER})
    stack.up()
    client_id = stack.bundles()["alchemer"]["client_id"]
    sandbox = stack.sandbox
    lowered = {"access_control_list": [{"service_principal_name": client_id, "permission_level": "CAN_ATTACH_TO"}]}
    assert sandbox.http.patch(f"/api/2.0/permissions/clusters/{sandbox.cluster()}", json=lowered).is_success
    taken = {"changes": [{"principal": client_id, "remove": ["SELECT"]}]}
    assert sandbox.http.patch("/api/2.1/unity-catalog/permissions/schema/main.surveys", json=taken).is_success

    refreshed = stack.refresh()
    repaired = stack.up()

    assert refreshed.changes()["update"] == 2
    assert repaired.changes()["update"] == 3
    assert sandbox.direct_levels("clusters", sandbox.cluster())[client_id] == "CAN_RESTART"
    held = sandbox.http.get("/api/2.1/unity-catalog/permissions/schema/main.surveys", params={"principal": client_id}).json()
    assert "SELECT" in held["privilege_assignments"][0]["privileges"]


def test_after_a_destroy_nothing_of_it_is_left(stack: Stack) -> None:
    """The principal is out of the workspace, no secret logs in, and somebody who adds it again gives it no access."""
    stack.declare({"alchemer": ALCHEMER})
    stack.up()
    bundle = stack.bundles()["alchemer"]
    sandbox = stack.sandbox
    [principal] = sandbox.admin.service_principals.list(filter=f'applicationId eq "{bundle["client_id"]}"')

    stack.destroy()

    assert list(sandbox.admin.service_principals.list(filter=f'applicationId eq "{bundle["client_id"]}"')) == []
    assert sandbox.login(bundle["client_id"], bundle["client_secret"]).status_code == 401
    added = sandbox.http.put(f"/api/2.0/preview/permissionassignments/principals/{principal.id}", json={"permissions": ["USER"]})
    assert added.status_code == 200, added.text
    assert sandbox.login(bundle["client_id"], bundle["client_secret"]).status_code == 401
    assert bundle["client_id"] not in json.dumps(access_of_everybody(sandbox))


def test_what_was_not_declared_is_refused(stack: Stack) -> None:
    """With the bundle one sees and uses what was granted, and gets Databricks' own refusal for the rest."""
    stack.declare({"alchemer": ALCHEMER})
    stack.up()
    sandbox = stack.sandbox
    bundle = stack.bundles()["alchemer"]
    client = sandbox.client(bundle["client_id"], bundle["client_secret"])
    other = next(warehouse.id for warehouse in sandbox.admin.warehouses.list() if warehouse.name == "etl-shared")
    assert other

    assert [warehouse.name for warehouse in client.warehouses.list()] == ["bi-serverless"]
    assert [cluster.cluster_name for cluster in client.clusters.list()] == ["shared-analytics"]
    assert [job.settings and job.settings.name for job in client.jobs.list()] == ["nightly-survey-load"]
    assert [schema.full_name for schema in client.schemas.list("main")] == ["main.surveys"]
    with pytest.raises(PermissionDenied, match="is not authorized to use this SQL Endpoint"):
        client.statement_execution.execute_statement("SELECT 1", other)
    elsewhere = client.statement_execution.execute_statement("SELECT * FROM sales.orders.orders", sandbox.warehouse())
    assert elsewhere.status
    assert elsewhere.status.error
    assert "User does not have USE CATALOG on Catalog 'sales'" in (elsewhere.status.error.message or "")
    with pytest.raises(PermissionDenied):
        client.permissions.get("sql/warehouses", sandbox.warehouse())
    with pytest.raises(PermissionDenied):
        client.service_principals.create(display_name="another")


def test_a_preview_of_another_day_shows_what_that_days_run_will_rotate(stack: Stack) -> None:
    """BRICKPASS_NOW moves the one clock; nothing is written."""
    stack.declare({"alchemer": ALCHEMER})
    stack.up()
    stack.sandbox.http.delete("/sandbox/requests")

    today, later = stack.preview("--diff"), stack.preview("--diff", BRICKPASS_NOW="2027-06-01")

    assert "RotatingSecret" not in today.text
    assert re.search(r"~ brickpass:index:RotatingSecret: \(update\)", later.text)
    assert re.search(r"~ period *: \d+ => \d+", later.text)
    assert writes(stack.sandbox) == []


def test_the_client_secret_is_nowhere_to_be_read(stack: Stack) -> None:
    """Not in what the commands print, nor in the state file, nor in an export without secrets; and the admin's is in none at all."""
    stack.declare({"alchemer": {**ALCHEMER, "deliver": ["secret-scope:cx-vendors"]}})
    printed = [stack.preview("--diff").text, stack.up("--debug").text, stack.pulumi("stack").text, json.dumps(stack.state())]
    printed += [stack.preview("--json", "--debug").text, stack.up("--json").text]
    secret = stack.bundles()["alchemer"]["client_secret"]

    files = [file.read_bytes() for file in (stack.folder / "state").rglob("*") if file.is_file()]

    assert len(files) > 0
    assert not any(secret in text for text in printed)
    assert not any(secret.encode() in content for content in files)
    assert stack.sandbox.admin_credentials[1] not in json.dumps(stack.state("--show-secrets"))


def access_of_everybody(sandbox: Sandbox) -> dict[str, Any]:
    """The access lists of all that the deployment touches, as the workspace answers them."""
    paths = [
        f"/api/2.0/permissions/sql/warehouses/{sandbox.warehouse()}",
        f"/api/2.0/permissions/clusters/{sandbox.cluster()}",
        f"/api/2.0/permissions/jobs/{sandbox.job()}",
        "/api/2.1/unity-catalog/permissions/schema/main.surveys",
        "/api/2.1/unity-catalog/permissions/catalog/main",
    ]
    return {path: sandbox.http.get(path).json() for path in paths}


def writes(sandbox: Sandbox) -> list[str]:
    """All requests that could have changed something, logins apart."""
    return [
        f"{request['method']} {request['path']}"
        for request in sandbox.requests()
        if request["method"] != "GET" and not request["path"].startswith(("/oidc/", "/sandbox/"))
    ]
