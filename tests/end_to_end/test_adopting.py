"""A service principal that was there before: it gets what is declared beside what it has, and is left as it was."""

from typing import Any

from tests.end_to_end.harness import Stack
from tests.harness import Newcomer, Sandbox

WAREHOUSE, OTHER = "bi-serverless", "etl-nightly"


def place_in_the_workspace(sandbox: Sandbox, principal: Newcomer) -> dict[str, Any]:
    """All that a principal has: entitlements, groups, levels, privileges and secrets."""
    known = sandbox.admin.service_principals.get(principal.id)
    privileges = sandbox.http.get("/api/2.1/unity-catalog/permissions/schema/main.surveys").json()["privilege_assignments"]
    return {
        "active": known.active,
        "name": known.display_name,
        "entitlements": sorted(held.value or "" for held in known.entitlements or []),
        "groups": sorted(group.display or "" for group in known.groups or []),
        "level": sandbox.direct_levels("sql/warehouses", sandbox.warehouse()).get(principal.application_id),
        "on the job": sandbox.direct_levels("jobs", str(sandbox.job())).get(principal.application_id),
        "privileges": [each["privileges"] for each in privileges if each["principal"] == principal.application_id],
        "secrets": sorted(secret.id or "" for secret in sandbox.admin.service_principal_secrets_proxy.list(principal.id)),
    }


def an_old_hand(sandbox: Sandbox) -> Newcomer:
    """With a higher level on the warehouse than will be declared, one of the privileges, one entitlement and a secret."""
    principal = sandbox.newcomer("old-hand", entitlements=["workspace-access"])
    sandbox.grant("sql/warehouses", sandbox.warehouse(), principal, "CAN_MANAGE")
    change = {"changes": [{"principal": principal.application_id, "add": ["SELECT"]}]}
    assert sandbox.http.patch("/api/2.1/unity-catalog/permissions/schema/main.surveys", json=change).is_success
    return principal


WANTED: dict[str, Any] = {
    "entitlements": ["databricks-sql-access", "workspace-access"],
    "groups": ["sandbox-pilots"],
    "grants": {
        "warehouses": {WAREHOUSE: "CAN_USE"},
        "jobs": {"nightly-survey-load": "CAN_VIEW"},
        "schemas": {"main.surveys": ["SELECT", "MODIFY"]},
    },
}


def test_an_adopted_principal_keeps_what_it_has_and_is_left_as_it_was(stack: Stack) -> None:
    """No entry of it is lowered, its other access stays, and after a destroy nothing but what it had is there."""
    sandbox = stack.sandbox
    principal = an_old_hand(sandbox)
    before = place_in_the_workspace(sandbox, principal)

    stack.declare({"crm": {"adopt": f"id:{principal.application_id}", **WANTED}}, protect=False)
    stack.up()
    during = place_in_the_workspace(sandbox, principal)
    bundle = stack.bundles()["crm"]
    works = stack.logs_in("crm")
    again = stack.up()
    stack.destroy()

    assert during["level"] == "CAN_MANAGE"
    assert during["entitlements"] == ["databricks-sql-access", "workspace-access"]
    assert "sandbox-pilots" in during["groups"]
    assert during["on the job"] == "CAN_VIEW"
    assert set(during["privileges"][0]) == {"SELECT", "MODIFY", "USE_SCHEMA"}
    assert set(again.changes()) == {"unchanged"}
    assert bundle["client_id"] == principal.application_id
    assert works
    assert place_in_the_workspace(sandbox, principal) == before
    assert sandbox.login(principal.application_id, principal.secret).status_code == 200


def test_an_adopted_principal_is_found_by_its_name(stack: Stack) -> None:
    """And one that is not there, or that two are called, is a fault of the preview, beside the nearest name."""
    sandbox = stack.sandbox
    twins = [sandbox.newcomer("twin"), sandbox.newcomer("twin")]
    stack.declare({"a": {"adopt": "fivetran"}, "b": {"adopt": "fivetrn"}, "c": {"adopt": "twin"}})

    refused = stack.preview()
    stack.declare({"a": {"adopt": "fivetran"}})
    stack.up()

    assert refused.exit_code != 0
    assert 'integrations.b.adopt: there is no service principal "fivetrn" in this workspace; did you mean "fivetran"?' in refused.text
    assert 'integrations.c.adopt: 2 service principals are called "twin"' in refused.text
    assert all(twin.application_id in refused.text for twin in twins)
    [known] = sandbox.admin.service_principals.list(filter='displayName eq "fivetran"')
    assert stack.bundles()["a"]["client_id"] == known.application_id


def test_what_was_done_for_an_adopted_principal_is_remembered_when_the_rest_fails(stack: Stack) -> None:
    """An entitlement was added, then its group refused it: the next run goes on, and a destroy takes both away."""
    sandbox = stack.sandbox
    principal = an_old_hand(sandbox)
    before = place_in_the_workspace(sandbox, principal)
    sandbox.fail(method="PATCH", path="/scim/v2/Groups/", status=400, error_code="BAD_REQUEST", message="not today", times=1)
    stack.declare({"crm": {"adopt": f"id:{principal.application_id}", **WANTED}})

    failed = stack.try_up()
    stack.up()
    during = place_in_the_workspace(sandbox, principal)
    stack.destroy()

    assert failed.exit_code != 0
    assert "not today" in failed.text
    assert "Traceback" not in failed.text
    assert "sandbox-pilots" in during["groups"]
    assert place_in_the_workspace(sandbox, principal) == before


def test_drift_of_what_an_adopted_principal_was_given_is_repaired(stack: Stack) -> None:
    """Somebody takes the entitlement and the membership away: a refresh sees it, and the next run gives them again."""
    sandbox = stack.sandbox
    principal = an_old_hand(sandbox)
    stack.declare({"crm": {"adopt": f"id:{principal.application_id}", **WANTED}})
    stack.up()
    given = place_in_the_workspace(sandbox, principal)
    taken = {"Operations": [{"op": "remove", "path": 'entitlements[value eq "databricks-sql-access"]'}]}
    assert sandbox.http.patch(f"/api/2.0/preview/scim/v2/ServicePrincipals/{principal.id}", json=taken).is_success

    stack.refresh()
    stack.up()

    assert place_in_the_workspace(sandbox, principal) == given


def test_what_the_stack_made_itself_is_not_adopted(stack: Stack) -> None:
    """It would be deleted as its own: refused before anything is done, also in an update."""
    stack.declare({"alchemer": WANTED})
    stack.up()
    bundle = stack.bundles()["alchemer"]
    for declared in (
        {"alchemer": {**WANTED, "adopt": f"id:{bundle['client_id']}"}},
        {"alchemer": {**WANTED, "adopt": "fivetran"}},
        {"alchemer": WANTED, "other": {"adopt": "alchemer"}},
    ):
        stack.declare(declared)
        refused = stack.try_up()
        assert refused.exit_code != 0
        assert ".adopt: " in refused.text
        assert "Nothing was changed." in refused.text

    stack.declare({"alchemer": WANTED})

    assert set(stack.up().changes()) == {"unchanged"}
    assert stack.logs_in("alchemer")
