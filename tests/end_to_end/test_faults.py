"""`pulumi up` in a workspace in trouble, as the user sees it."""

from tests.end_to_end import trouble
from tests.end_to_end.harness import ALCHEMER, Stack


def test_a_workspace_in_trouble_delays_a_deployment_and_no_more(stack: Stack) -> None:
    """It succeeds, and says what it waits for beside the resource that waits; a long wait stays in the log."""
    before = trouble.access_of_others(stack)
    trouble.begin(stack.sandbox, seed=1)
    busy = {"status": 429, "error_code": "REQUEST_LIMIT_EXCEEDED", "retry_after": 11, "times": 1}
    stack.sandbox.fail(method="PATCH", path="/api/2.0/permissions/clusters", **busy)
    stack.declare({"alchemer": ALCHEMER})

    deployed = stack.try_up()
    met = trouble.end(stack.sandbox)

    assert deployed.exit_code == 0, deployed.text
    assert sum(met.values()) > 3, met
    waiting = [line for line in deployed.text.splitlines() if "brickpass:index:ObjectPermission" in line and "waiting" in line]
    assert any("waiting: the workspace is busy (429), again in 1" in line for line in waiting), deployed.text
    assert "waiting for more than 10 s: the workspace is busy (429)" in deployed.text
    assert trouble.access_of_others(stack) == before
    assert list(trouble.principals(stack).values()) == ["brickpass:brickpass/test/alchemer"]
    assert trouble.secrets(stack) == trouble.known_secrets(stack)


def test_preflight_says_what_it_waits_for(stack: Stack) -> None:
    """Before any resource there is the stack itself."""
    busy = {"status": 429, "error_code": "REQUEST_LIMIT_EXCEEDED", "retry_after": 3, "times": 1}
    stack.sandbox.fail(method="GET", path="/api/2.0/sql/warehouses", **busy)
    stack.declare({"alchemer": ALCHEMER})

    seen = stack.preview()

    assert seen.exit_code == 0, seen.text
    waiting = [line for line in seen.text.splitlines() if "waiting: the workspace is busy (429), again in 3 s" in line]
    assert any("pulumi:pulumi:Stack" in line for line in waiting), seen.text


def test_what_the_official_plugin_does_not_repeat_fails_one_integration(stack: Stack) -> None:
    """It does not repeat a 500 (api-facts: 2.3): the others are deployed, and the next run finishes."""
    stack.sandbox.fail(method="POST", path="/scim/v2/ServicePrincipals", status=500, error_code="INTERNAL_ERROR", times=1)
    stack.declare({"alchemer": ALCHEMER, "fivetran": ALCHEMER})

    failed = stack.try_up(PULUMI_CONTINUE_ON_ERROR="true")
    works = [name for name in ("alchemer", "fivetran") if (stack.bundles().get(name) or {}).get("client_secret")]
    stack.up()

    assert failed.exit_code != 0
    assert len(works) == 1
    assert stack.logs_in("alchemer")
    assert stack.logs_in("fivetran")
    assert sorted(trouble.principals(stack).values()) == ["brickpass:brickpass/test/alchemer", "brickpass:brickpass/test/fivetran"]


def test_permission_denied_is_asked_for_once(stack: Stack) -> None:
    """In a whole run: nothing mends it but somebody who grants it."""
    denied = {"status": 403, "error_code": "PERMISSION_DENIED", "message": "not yours", "times": 100}
    stack.sandbox.fail(method="PATCH", path="/api/2.0/permissions/clusters", **denied)
    stack.declare({"alchemer": ALCHEMER})

    failed = stack.try_up(PULUMI_CONTINUE_ON_ERROR="true")

    assert failed.exit_code != 0
    assert "Databricks answered: not yours (PERMISSION_DENIED)" in failed.text
    asked = [each for each in stack.sandbox.requests() if each["method"] == "PATCH" and "/permissions/clusters" in each["path"]]
    assert len(asked) == 1
