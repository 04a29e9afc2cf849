"""A secret is rotated by a change that can be reviewed, and revoked at once; when somebody must act, `brickpass schedule` says."""

import json
from datetime import timedelta
from typing import Any

from model.clock import instant, rfc3339
from tests.end_to_end.harness import Stack
from tests.end_to_end.killing import ENGINE, hold, running

WITHIN = {"entitlements": ["databricks-sql-access"], "grants": {"warehouses": {"bi-serverless": "CAN_USE"}}}


def logs_in(stack: Stack, bundle: dict[str, Any]) -> bool:
    return stack.sandbox.login(bundle["client_id"], bundle["client_secret"]).status_code == 200


def scheduled(stack: Stack, **environment: str) -> tuple[int, dict[str, Any]]:
    """The exit code, and what is told of the integration."""
    done = stack.run("brickpass", "schedule", "--json", "--stack", "test", **environment)
    told: dict[str, Any] = json.loads(done.text)["integrations"]["alchemer"]
    return done.exit_code, told


def test_a_secret_is_rotated_and_revoked(stack: Stack) -> None:
    """After a rotation the one before works on. A revocation waits for no run that is at work, and `up --refresh` makes it good."""
    stack.declare({"alchemer": WITHIN}, runs_every="7d")
    stack.up()
    first = stack.bundles()["alchemer"]

    assert stack.run("brickpass", "rotate", "alchemer", "--stack", "test").exit_code == 0
    stack.up()
    second = stack.bundles()["alchemer"]
    assert (second["secret_id"] != first["secret_id"], logs_in(stack, first), logs_in(stack, second)) == (True, True, True)

    ends = instant(second["expires_at"])
    code, told = scheduled(stack)
    assert (code, [each["id"] for each in told["secrets"]]) == (0, [second["secret_id"], first["secret_id"]])
    code, told = scheduled(stack, BRICKPASS_NOW=rfc3339(ends - timedelta(days=5)))
    assert (code, "before the next run on" in told["problem"]) == (1, True)

    hold(stack, "GET", "/api/2.0/sql/warehouses", done=False)
    with running(stack, "up") as run:
        assert run.until_held()
        unsaid = stack.run("brickpass", "revoke", "alchemer", "--yes", "--stack", "test")
        assert (unsaid.exit_code, logs_in(stack, second)) == (2, True)
        assert first["secret_id"] in unsaid.text
        revoked = stack.run("brickpass", "revoke", "alchemer", "--secret", second["secret_id"], "--yes", "--stack", "test")
        assert (revoked.exit_code, run.ended) == (0, False), revoked.text
        assert (logs_in(stack, first), logs_in(stack, second)) == (True, False)
        run.kill(ENGINE)
    stack.sandbox.http.delete("/sandbox/faults")
    assert stack.pulumi("cancel", "--yes").exit_code == 0

    stack.up()
    assert stack.bundles()["alchemer"] == second
    stack.up("--refresh")
    third = stack.bundles()["alchemer"]
    assert (third["client_id"], logs_in(stack, third)) == (second["client_id"], True)
