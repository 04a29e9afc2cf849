"""A bundle is brought where its consumer reads it, by the deployment itself; here into secret scopes of the workspace."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from tests.end_to_end.harness import ALCHEMER, Stack

SCOPES = {"alchemer": "cx-vendors", "dbt": "reverse-etl"}
DBT: dict[str, Any] = {"entitlements": ["databricks-sql-access"], "grants": {"warehouses": {"bi-serverless": "CAN_USE"}}}
UNPROVEN: dict[str, Any] = {"grants": {"warehouses": {"gone-tomorrow": "CAN_USE"}}, "deliver": ["secret-scope:finance-sources"]}
DELIVERED = ("client_id", "client_secret", "workspace_url")

Bundles = Mapping[str, Mapping[str, Any]]


def declare(stack: Stack, *, generation: int, **more_integrations: dict[str, Any]) -> None:
    of_both = {"alchemer": ALCHEMER, "dbt": DBT}
    more = {name: {"secret": {"generation": generation}, "deliver": [f"secret-scope:{scope}"]} for name, scope in SCOPES.items()}
    stack.declare({name: {**integration, **more[name]} for name, integration in of_both.items()} | more_integrations)


def read(stack: Stack, integration: str) -> dict[str, str]:
    """What its consumer finds in the scope."""
    secrets = stack.sandbox.admin.secrets
    found = {name: secrets.get_secret(SCOPES[integration], f"{integration}-{name.replace('_', '-')}").value for name in DELIVERED}
    return {name: base64.b64decode(value or "").decode() for name, value in found.items()}


def handed_out(bundles: Bundles, integration: str) -> dict[str, str]:
    return {name: bundles[integration][name] for name in DELIVERED}


def opens(stack: Stack, found: Mapping[str, str]) -> bool:
    return stack.sandbox.login(found["client_id"], found["client_secret"]).status_code == 200


def of_verify(stack: Stack) -> dict[str, dict[str, Any]]:
    """What `brickpass verify` says of each integration's delivery."""
    proven = json.loads(stack.run("brickpass", "verify", "--stack", "test", "--json").text)["integrations"]
    return {name: next(check for check in each["checks"] if check["check"] == "delivery") for name, each in proven.items()}


def assert_nothing_in_clear(stack: Stack, secrets: list[str]) -> None:
    """Neither in the state's files nor in what the engine exports; of a delivery, not a word of the bundle."""
    recorded = [each for each in stack.state()["deployment"]["resources"] if each["type"] == "brickpass:index:Delivery"]
    files = [file.read_text() for file in (stack.folder / "state").rglob("*") if file.is_file()]

    assert len(recorded) == len(SCOPES)
    for resource in recorded:
        assert all(set(resource[side]["bundle"]) == {"4dabf18193072939515e22adb298388d", "ciphertext"} for side in ("inputs", "outputs"))
    assert any("brickpass:index:Delivery" in text for text in files)
    assert not [text for text in files for secret in secrets if secret in text]


def test_a_deployment_delivers_what_it_proved(stack: Stack) -> None:
    """Each consumer finds the secret of now, if it is proven. Where it cannot be brought, the run fails for that one alone, whose secret
    before works on; the next run brings it. A destroy leaves it, of no use to anybody, and says so.
    """
    declare(stack, generation=1, unproven=UNPROVEN)
    withheld = stack.try_up()
    first = stack.bundles()

    assert "secret-scope:finance-sources **creating failed**" in withheld.text
    assert [secret.key for secret in stack.sandbox.admin.secrets.list_secrets("finance-sources")] == ["netsuite-password"]
    assert {name: read(stack, name) for name in SCOPES} == {name: handed_out(first, name) for name in SCOPES}

    declare(stack, generation=2)
    stack.sandbox.admin.secrets.delete_scope(SCOPES["alchemer"])
    preview, failed, told, second = stack.preview("--diff"), stack.try_up(), of_verify(stack), stack.bundles()

    assert "~ brickpass:index:Delivery: (update)\n        [id=secret-scope:reverse-etl]" in preview.text
    assert "~ bundle   : [secret] => [unknown]" in preview.text
    assert failed.exit_code != 0
    assert "alchemer was not delivered to secret-scope:cx-vendors: there is no scope cx-vendors in the workspace" in failed.text
    assert " The next `pulumi up` tries again. What was delivered there before works until 20" in failed.text
    assert "delivered to dbt-client-id, dbt-client-secret, dbt-workspace-url in the scope reverse-etl" in failed.text
    assert "Traceback" not in failed.text
    assert read(stack, "dbt") == handed_out(second, "dbt") != handed_out(first, "dbt")
    assert all(opens(stack, bundles[name]) for bundles in (first, second) for name in SCOPES)
    assert (told["alchemer"]["ok"], told["dbt"]["ok"]) == (False, True)
    assert told["alchemer"]["detail"].startswith("the live secret was not delivered there, only one before it, which works until 20")

    stack.sandbox.admin.secrets.create_scope(SCOPES["alchemer"])
    delivered = stack.up()

    assert read(stack, "alchemer") == handed_out(second, "alchemer")
    assert delivered.changes()["update"] == 1
    secrets = [bundle["client_secret"] for bundles in (first, second) for bundle in bundles.values()]
    assert not [run for run in (preview, failed, delivered) for secret in secrets if secret in run.text]
    assert_nothing_in_clear(stack, secrets)

    destroyed = stack.destroy()

    left = read(stack, "alchemer")
    assert left == handed_out(second, "alchemer")
    assert not opens(stack, left)
    assert "alchemer-workspace-url in the scope cx-vendors stays there; its secret ends by" in destroyed.text
