"""Membership in groups and the role of a workspace admin: other ways to get access, guarded like any other."""

from tests.end_to_end.harness import ALCHEMER, Stack
from tests.harness import Sandbox


def groups_of(sandbox: Sandbox, client_id: str) -> set[str]:
    [known] = sandbox.admin.service_principals.list(filter=f'applicationId eq "{client_id}"')
    return {group.display or "" for group in known.groups or []}


def test_an_integration_joins_a_group_and_becomes_an_admin_and_goes_back(stack: Stack) -> None:
    """Both are taken away with their line, and the principal stays in the workspace with its Client ID."""
    sandbox = stack.sandbox
    stack.declare({"alchemer": {**ALCHEMER, "groups": ["sandbox-pilots"], "role": "ADMIN"}})
    stack.up()
    bundle = stack.bundles()["alchemer"]
    joined = groups_of(sandbox, bundle["client_id"])

    stack.declare({"alchemer": ALCHEMER})
    stack.up()

    assert {"sandbox-pilots", "admins"} <= joined
    assert not {"sandbox-pilots", "admins"} & groups_of(sandbox, bundle["client_id"])
    assert stack.bundles()["alchemer"] == bundle
    assert stack.logs_in("alchemer")


def test_a_dropped_integration_keeps_its_groups_where_the_stack_protects(stack: Stack) -> None:
    """A key that falls out of the file takes no membership with it."""
    stack.declare({"alchemer": {**ALCHEMER, "groups": ["sandbox-pilots"]}}, protect=True)
    stack.up()
    client_id = stack.bundles()["alchemer"]["client_id"]

    stack.declare({}, protect=True)
    refused = stack.try_up()

    assert refused.exit_code != 0
    assert "sandbox-pilots" in groups_of(stack.sandbox, client_id)


def test_wrong_groups_are_faults_of_the_preview(stack: Stack) -> None:
    """One that is not there, one of the account, and an entitlement that neither the integration nor its groups have."""
    needs = {"grants": {"warehouses": {"bi-serverless": "CAN_USE"}}}
    stack.declare(
        {
            "a": {"groups": ["sandbox-pilot"]},
            "b": {"groups": ["auditors"]},
            "c": {"groups": ["notebook-reviewers"], **needs},
            "d": {"groups": ["sandbox-pilots"], **needs},
        }
    )

    refused = stack.preview()

    assert refused.exit_code != 0
    assert 'integrations.a.groups[0]: there is no group "sandbox-pilot" in this workspace; did you mean "sandbox-pilots"?' in refused.text
    assert 'integrations.b.groups[0]: "auditors" is a group of the account, whose members are changed there alone' in refused.text
    assert "integrations.c.grants.warehouses: a SQL warehouse can only be used with the entitlement" in refused.text
    assert "integrations.d" not in refused.text


def test_a_group_that_cannot_be_looked_up_takes_no_membership_away(stack: Stack) -> None:
    """The run fails and says why; another integration goes on, and nobody left the group."""
    stack.declare({"alchemer": {**ALCHEMER, "groups": ["sandbox-pilots"]}, "census": ALCHEMER})
    stack.up()
    bundles = stack.bundles()
    stack.sandbox.fail(method="GET", path="/scim/v2/Groups", status=400, error_code="BAD_REQUEST", message="broken", times=1)
    rotating = {**ALCHEMER, "secret": {"generation": 2}}
    stack.declare({"alchemer": {**ALCHEMER, "groups": ["sandbox-pilots"]}, "census": rotating})

    failed = stack.try_up()

    assert failed.exit_code != 0
    assert 'the group "sandbox-pilots" could not be looked up. Databricks answered: broken' in failed.text
    assert "sandbox-pilots" in groups_of(stack.sandbox, bundles["alchemer"]["client_id"])
    assert stack.bundles()["census"]["secret_id"] != bundles["census"]["secret_id"]
