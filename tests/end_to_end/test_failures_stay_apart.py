"""What goes wrong with one integration, or one workspace, goes wrong there alone."""

import json
from datetime import timedelta

from model.clock import now, rfc3339
from tests.end_to_end.harness import ALCHEMER, Stack

BROKEN = {
    "entitlements": ["databricks-sql-access"],
    "grants": {"warehouses": {"gone-tomorrow": "CAN_USE", "bi-serverless": "CAN_USE"}},
}


def test_one_integrations_failing_grant_neither_withholds_nor_breaks_anothers_bundle(stack: Stack) -> None:
    """An update without a preview fails that grant, names it, and deploys all the rest."""
    stack.declare({"broken": BROKEN, "alchemer": ALCHEMER})

    failed = stack.try_up()

    assert failed.exit_code != 0
    assert 'there is no SQL warehouse "gone-tomorrow" in this workspace' in failed.text
    assert "Traceback" not in failed.text, failed.text
    assert stack.logs_in("alchemer")
    client_id = stack.bundles()["broken"]["client_id"]
    assert stack.sandbox.direct_levels("sql/warehouses", stack.sandbox.warehouse())[client_id] == "CAN_USE"


def test_a_warehouse_that_somebody_deleted_keeps_no_other_secret_from_rotating(stack: Stack) -> None:
    """A nightly run rotates what is due, though a grant of another integration has lost its object."""
    made = stack.sandbox.http.post("/api/2.0/sql/warehouses", json={"name": "gone-tomorrow", "cluster_size": "2X-Small"})
    assert made.status_code == 200, made.text
    stack.declare({"broken": BROKEN, "alchemer": ALCHEMER})
    stack.up()
    before = stack.bundles()
    assert stack.sandbox.http.delete(f"/api/2.0/sql/warehouses/{made.json()['id']}").is_success

    next_generation = {**ALCHEMER, "secret": {"generation": 2}}
    stack.declare({"broken": BROKEN, "alchemer": next_generation})
    failed = stack.try_up()

    assert failed.exit_code != 0
    after = stack.bundles()
    assert after["alchemer"]["secret_id"] != before["alchemer"]["secret_id"]
    assert after["broken"]["secret_id"] == before["broken"]["secret_id"]
    assert stack.logs_in("alchemer")
    assert stack.logs_in("broken")


def test_what_was_declared_and_not_deployed_is_found_by_verify(stack: Stack) -> None:
    """A grant that failed is in no state as a resource, and is missed all the same."""
    stack.declare({"broken": BROKEN})
    stack.try_up()

    proven = stack.run("brickpass", "verify", "--stack", "test", "--json")

    assert proven.exit_code == 1, proven.text
    checks = json.loads(proven.text)["integrations"]["broken"]["checks"]
    failed = [(check["check"], check["target"]) for check in checks if not check["ok"]]
    assert failed == [("CAN_USE", "SQL warehouse gone-tomorrow")]


def test_a_rotation_that_fails_fails_the_run_and_keeps_the_bundle(stack: Stack) -> None:
    """What the vendor was given works on, stays in the output, and is replaced by the next run that can."""
    stack.declare({"alchemer": ALCHEMER})
    stack.up()
    before = stack.bundles()["alchemer"]
    stack.sandbox.fail(method="POST", path="/credentials/secrets", status=403, error_code="PERMISSION_DENIED", message="not now", times=1)
    stack.declare({"alchemer": {**ALCHEMER, "secret": {"generation": 2}}})

    failed = stack.try_up()
    kept = stack.bundles()["alchemer"]
    stack.up()

    assert failed.exit_code != 0
    assert "alchemer works, but its secret was to be replaced and is still the same. Databricks answered: not now" in failed.text
    assert "Traceback" not in failed.text, failed.text
    assert kept == before
    assert stack.bundles()["alchemer"]["secret_id"] != before["secret_id"]
    assert stack.logs_in("alchemer")


def test_a_grant_that_the_workspace_refuses_is_said_in_one_sentence(stack: Stack) -> None:
    """Databricks' own words, beside the resource, and no traceback of Python's around it."""
    stack.sandbox.fail(
        method="PATCH", path="/api/2.0/permissions/clusters", status=403, error_code="PERMISSION_DENIED", message="not yours", times=1
    )
    stack.declare({"alchemer": ALCHEMER})

    failed = stack.try_up()

    assert failed.exit_code != 0
    assert "Databricks answered: not yours (PERMISSION_DENIED)" in failed.text
    assert "Traceback" not in failed.text, failed.text
    assert "KeyboardInterrupt" not in failed.text


def test_without_going_on_after_an_error_the_one_sentence_stays(stack: Stack) -> None:
    """Where the engine interrupts the program at the first failure, Python adds no traceback."""
    stack.sandbox.fail(
        method="PATCH", path="/api/2.0/permissions/clusters", status=403, error_code="PERMISSION_DENIED", message="not yours", times=1
    )
    stack.declare({"alchemer": ALCHEMER})

    failed = stack.try_up(PULUMI_CONTINUE_ON_ERROR="false")

    assert failed.exit_code != 0
    assert "Databricks answered: not yours (PERMISSION_DENIED)" in failed.text
    assert "Traceback" not in failed.text, failed.text
    assert "KeyboardInterrupt" not in failed.text


def test_an_old_secret_that_cannot_be_ended_withholds_no_bundle(stack: Stack) -> None:
    """After its overlap: the run says so and hands out the new secret; the next run ends the old one."""
    for generation in (1, 2):
        stack.declare({"alchemer": {**ALCHEMER, "secret": {"generation": generation}}})
        stack.up()
    later = rfc3339(now() + timedelta(days=15))
    stack.sandbox.set_clock(later)
    stack.sandbox.renew()
    stack.environment = {**stack.environment, "BRICKPASS_NOW": later}
    stack.sandbox.fail(method="DELETE", path="/credentials/secrets", status=403, error_code="PERMISSION_DENIED", message="not now", times=1)
    stack.declare({"alchemer": {**ALCHEMER, "secret": {"generation": 3}}})

    rotated = stack.up()
    handed_out = stack.bundles()["alchemer"]
    stack.up()

    assert "the new secret works, but the old secret" in rotated.text
    assert "not now" in rotated.text
    bundle = stack.bundles()["alchemer"]
    assert bundle["secret_id"] == handed_out["secret_id"]
    [principal] = stack.sandbox.admin.service_principals.list(filter=f'applicationId eq "{bundle["client_id"]}"')
    alive = [secret.id for secret in stack.sandbox.admin.service_principal_secrets_proxy.list(principal.id or "")]
    assert len(alive) == 2
    assert bundle["secret_id"] in alive
    assert stack.logs_in("alchemer")


def test_a_changed_host_is_refused_and_nothing_is_forgotten(stack: Stack) -> None:
    """Neither a preview, nor an up, nor a refresh that follows loses what the old workspace holds."""
    stack.declare({"alchemer": ALCHEMER})
    stack.up()
    before = stack.resources()

    refused = [stack.preview(DATABRICKS_HOST="http://127.0.0.1:9"), stack.try_up(DATABRICKS_HOST="http://127.0.0.1:9")]
    refreshed = stack.refresh()

    for run in refused:
        assert run.exit_code != 0
        assert f"This stack belongs to {stack.sandbox.host}; its config now says http://127.0.0.1:9." in run.text
        assert "Traceback" not in run.text, run.text
    assert stack.resources() == before
    assert set(refreshed.changes()) == {"unchanged"}
    assert stack.logs_in("alchemer")


def test_another_workspace_at_the_same_address_is_refused(stack: Stack) -> None:
    """A refresh that would find nothing there fails, rather than forget everything."""
    stack.declare({"alchemer": ALCHEMER})
    stack.up()
    before = stack.resources()
    exported = stack.run("pulumi", "stack", "export", "--stack", "test").text
    edited = stack.folder / "edited.json"
    edited.write_text(exported.replace("3817204956128743", "1111111111111111"))
    assert stack.run("pulumi", "stack", "import", "--file", str(edited), "--stack", "test").exit_code == 0

    refreshed = stack.pulumi("refresh", "--yes", "--skip-preview")

    assert refreshed.exit_code != 0
    assert "This stack belongs to workspace 1111111111111111" in refreshed.text
    assert stack.resources() == before
