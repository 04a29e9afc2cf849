"""`brickpass verify` on a deployed stack: what works, what does not, and with whose credentials that was seen."""

import json
from typing import Any

from tests.end_to_end.harness import ALCHEMER, Run, Stack

ADMIN = ("DATABRICKS_CLIENT_ID", "DATABRICKS_CLIENT_SECRET")


def verify(stack: Stack, *words: str) -> Run:
    return stack.run("brickpass", "verify", "--stack", "test", *words)


def take_away_select(stack: Stack) -> None:
    change = {"principal": stack.bundles()["alchemer"]["client_id"], "remove": ["SELECT"]}
    path = "/api/2.1/unity-catalog/permissions/schema/main.surveys"
    assert stack.sandbox.http.patch(path, json={"changes": [change]}).is_success


def delete_secrets(stack: Stack) -> None:
    client_id = stack.bundles()["alchemer"]["client_id"]
    admin = stack.sandbox.admin
    (principal,) = admin.service_principals.list(filter=f'applicationId eq "{client_id}"')
    assert principal.id
    for secret in admin.service_principal_secrets_proxy.list(principal.id):
        assert secret.id
        admin.service_principal_secrets_proxy.delete(principal.id, secret.id)


def take_out_of(stack: Stack, group: str) -> None:
    (found,) = stack.sandbox.admin.groups.list(filter=f'displayName eq "{group}"')
    client_id = stack.bundles()["alchemer"]["client_id"]
    (principal,) = stack.sandbox.admin.service_principals.list(filter=f'applicationId eq "{client_id}"')
    body = {"Operations": [{"op": "remove", "path": f'members[value eq "{principal.id}"]'}]}
    assert stack.sandbox.http.patch(f"/api/2.0/preview/scim/v2/Groups/{found.id}", json=body).is_success


def verdicts(run: Run) -> dict[str, str]:
    """Of the grants, by level or privilege."""
    checks: list[dict[str, Any]] = json.loads(run.text)["integrations"]["alchemer"]["checks"]
    return {check["check"]: check["verdict"] for check in checks}


def test_each_grant_has_a_verdict(stack: Stack) -> None:
    """What could be tried was, what would cost or change something was read back."""
    stack.declare({"alchemer": ALCHEMER})
    stack.up()

    proven = verify(stack, "--json")

    assert proven.exit_code == 0, proven.text
    assert verdicts(proven) == {
        "login": "exercised",
        "identity": "exercised",
        "entitlement": "exercised",
        "CAN_USE": "exercised",
        "CAN_RESTART": "confirmed",
        "CAN_MANAGE_RUN": "confirmed",
        "SELECT": "exercised",
        "MODIFY": "confirmed",
        "USE_SCHEMA": "exercised",
        "USE_CATALOG": "exercised",
    }


def test_groups_and_other_kinds_of_grant_are_proven_too(stack: Stack) -> None:
    """By what the workspace tells and shows the principal itself; and a group that it was taken out of is found."""
    grants = {
        "notebooks": {"/Teams/cx/nps": "CAN_READ"},
        "directories": {"/Teams/cx/surveys": "CAN_MANAGE"},
        "volumes": {"main.surveys.exports": ["READ_VOLUME", "WRITE_VOLUME"]},
        "metastore": {"primary": ["CREATE_CATALOG"]},
    }
    stack.declare({"alchemer": {"entitlements": ["workspace-access"], "groups": ["notebook-reviewers"], "grants": grants}})
    stack.up()

    assert verdicts(verify(stack, "--json")) == {
        "login": "exercised",
        "identity": "exercised",
        "entitlement": "exercised",
        "membership": "exercised",
        "CAN_READ": "exercised",
        "CAN_MANAGE": "exercised",
        "CREATE_CATALOG": "confirmed",
        "USE_CATALOG": "exercised",
        "USE_SCHEMA": "exercised",
        "READ_VOLUME": "exercised",
        "WRITE_VOLUME": "confirmed",
    }

    take_out_of(stack, "notebook-reviewers")

    proven = verify(stack, "--json")
    assert proven.exit_code == 1
    assert [check for check, verdict in verdicts(proven).items() if verdict == "failed"] == ["membership"]


def test_the_bundle_alone_is_enough(stack: Stack) -> None:
    """Without any admin's login what only an admin can read back is said to be not tried, and nothing fails."""
    stack.declare({"alchemer": ALCHEMER})
    stack.up()
    for name in ADMIN:
        del stack.environment[name]

    proven = verify(stack, "--json")

    assert proven.exit_code == 0, proven.text
    assert verdicts(proven)["SELECT"] == "exercised"
    assert verdicts(proven)["CAN_RESTART"] == "not_tried"
    assert verdicts(proven)["CAN_MANAGE_RUN"] == "not_tried"


def test_a_grant_that_somebody_took_away_is_found(stack: Stack) -> None:
    """The command ends with 1, and names the grant, what the workspace answered, and what to do."""
    stack.declare({"alchemer": ALCHEMER})
    stack.up()
    take_away_select(stack)

    proven = verify(stack)

    assert proven.exit_code == 1
    assert proven.text.rstrip().endswith("1 integration: 7 exercised, 3 confirmed, 1 failed")
    # A long detail goes on in the next row of its column.
    details = " ".join(line.split("│")[-2].strip() for line in proven.text.splitlines() if "│" in line)
    assert "its privileges there are MODIFY, USE_SCHEMA; `pulumi refresh` and `pulumi up` grant it again" in details
    (failed,) = [line for line in proven.text.splitlines() if "│ failed" in line]
    assert "SELECT" in failed
    assert "schema main.surveys" in failed


def test_what_the_proof_advises_mends_the_stack(stack: Stack) -> None:
    """After a grant was taken away and the secret deleted, a refresh and an update make both anew."""
    stack.declare({"alchemer": ALCHEMER})
    stack.up()
    take_away_select(stack)
    delete_secrets(stack)
    refused = verify(stack, "--json")
    assert refused.exit_code == 1
    assert verdicts(refused) == {"login": "failed"}
    assert "invalid_client: Client authentication failed" in refused.text
    assert "`pulumi refresh` and `pulumi up` mend that" in refused.text

    stack.refresh()
    stack.up()

    assert verify(stack).exit_code == 0


def test_nobody_there_is_an_exit_code_of_its_own(stack: Stack) -> None:
    """3, and one sentence."""
    stack.declare({"alchemer": ALCHEMER})
    stack.up()
    stack.sandbox.stop()

    asked = verify(stack)
    stack.sandbox.start()

    assert asked.exit_code == 3
    assert f"nobody answers at {stack.sandbox.host}" in asked.text
    assert "Traceback" not in asked.text


def test_an_integration_that_there_is_not_is_named(stack: Stack) -> None:
    """2, with the one that was probably meant."""
    stack.declare({"alchemer": ALCHEMER})
    stack.up()

    asked = verify(stack, "alchemist")

    assert asked.exit_code == 2
    assert 'this stack has no integration "alchemist"; it has alchemer; did you mean "alchemer"?' in asked.text


def test_no_output_holds_the_secret(stack: Stack) -> None:
    """Not in the table, not in the JSON, not where the tools are asked to tell all, not where something fails."""
    stack.declare({"alchemer": ALCHEMER})
    stack.up()
    secret = stack.bundles()["alchemer"]["client_secret"]
    talkative = {"DATABRICKS_DEBUG_HEADERS": "true", "DATABRICKS_DEBUG_TRUNCATE_BYTES": "100000", "PULUMI_DEBUG_COMMANDS": "true"}

    told = [verify(stack).text, stack.run("brickpass", "verify", "--json", **talkative).text]
    delete_secrets(stack)
    told.append(verify(stack).text)

    assert all("login" in text and secret not in text for text in told)
