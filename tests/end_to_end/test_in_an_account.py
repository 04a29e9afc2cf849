"""A stack that declares its account: principals are made there, assigned to the workspace, and really deleted."""

from tests.end_to_end.harness import ALCHEMER, Stack
from tests.harness import ACCOUNT_ID, Sandbox


def account(sandbox: Sandbox) -> dict[str, str]:
    return {"id": ACCOUNT_ID, "host": sandbox.host}


def in_account(sandbox: Sandbox, client_id: str) -> list[str]:
    return [one.id or "" for one in sandbox.account.service_principals.list(filter=f'applicationId eq "{client_id}"')]


def test_a_principal_of_the_account_is_assigned_works_and_is_really_deleted(stack: Stack) -> None:
    """With its entitlements and a group of the account; after a destroy it is neither in the workspace nor in the account."""
    sandbox = stack.sandbox
    stack.declare({"alchemer": {**ALCHEMER, "groups": ["auditors"], "role": "ADMIN"}}, account=account(sandbox))
    stack.up()
    bundle = stack.bundles()["alchemer"]
    client_id = bundle["client_id"]
    [here] = sandbox.admin.service_principals.list(filter=f'applicationId eq "{client_id}"')
    works = stack.logs_in("alchemer")
    again = stack.up()
    stack.destroy()

    assert works
    assert set(again.changes()) == {"unchanged"}
    assert {group.display for group in here.groups or []} >= {"auditors", "admins"}
    assert {held.value for held in here.entitlements or []} == {"databricks-sql-access", "workspace-access"}
    assert in_account(sandbox, client_id) == []
    assert not list(sandbox.admin.service_principals.list(filter=f'applicationId eq "{client_id}"'))
    assert sandbox.login(client_id, bundle["client_secret"]).status_code == 401
    assert client_id not in sandbox.direct_levels("sql/warehouses", sandbox.warehouse())
    privileges = sandbox.http.get("/api/2.1/unity-catalog/permissions/schema/main.surveys").text
    assert client_id not in privileges


def test_without_an_account_a_destroy_leaves_the_principal_there_without_anything(stack: Stack) -> None:
    """What a workspace cannot do is what README says: out of the workspace, and its secret ended."""
    sandbox = stack.sandbox
    stack.declare({"alchemer": ALCHEMER})
    stack.up()
    bundle = stack.bundles()["alchemer"]
    stack.destroy()

    assert len(in_account(sandbox, bundle["client_id"])) == 1
    assert sandbox.login(bundle["client_id"], bundle["client_secret"]).status_code == 401


def test_one_of_the_account_is_adopted_and_leaves_the_workspace_again(stack: Stack) -> None:
    """With `role: USER` it is assigned; without, a preview says what is missing; a destroy takes the assignment back."""
    sandbox = stack.sandbox
    elsewhere = sandbox.account.service_principals.create(display_name="elsewhere")
    adopting = {**ALCHEMER, "adopt": "elsewhere"}
    stack.declare({"alchemer": adopting}, account=account(sandbox))
    refused = stack.preview()

    stack.declare({"alchemer": {**adopting, "role": "USER"}}, account=account(sandbox))
    stack.up()
    works = stack.logs_in("alchemer")
    stack.destroy()

    assert refused.exit_code != 0
    assert '"elsewhere" is in the account, but not in this workspace; write "role: USER" to assign it' in refused.text
    assert works
    assert in_account(sandbox, elsewhere.application_id or "") == [elsewhere.id]
    assert not list(sandbox.admin.service_principals.list(filter='displayName eq "elsewhere"'))


def test_a_stack_cannot_change_to_an_account_later(stack: Stack) -> None:
    """Every Client ID would be another: it is refused in one sentence, and nothing is touched."""
    stack.declare({"alchemer": ALCHEMER})
    stack.up()
    before = stack.bundles()
    stack.declare({"alchemer": ALCHEMER}, account=account(stack.sandbox))

    refused = [stack.preview(), stack.try_up()]
    stack.declare({"alchemer": ALCHEMER})

    assert all(run.exit_code != 0 for run in refused)
    assert all("Its service principals would all be made anew, with new Client IDs" in run.text for run in refused)
    assert "Traceback" not in "".join(run.text for run in refused)
    assert set(stack.up().changes()) == {"unchanged"}
    assert stack.bundles() == before


def test_a_principal_that_fails_in_the_account_holds_up_nobody_else(stack: Stack) -> None:
    """Another integration of the same run rotates, and its bundle is handed out."""
    stack.declare({"alchemer": ALCHEMER}, account=account(stack.sandbox))
    stack.up()
    before = stack.bundles()["alchemer"]
    stack.sandbox.fail(method="POST", path="/scim/v2/ServicePrincipals", status=400, error_code="BAD_REQUEST", message="quota", times=1)
    stack.declare({"a-new": ALCHEMER, "alchemer": {**ALCHEMER, "secret": {"generation": 2}}}, account=account(stack.sandbox))

    failed = stack.try_up()

    assert failed.exit_code != 0
    assert "Traceback" not in failed.text
    after = stack.bundles()["alchemer"]
    assert after["client_id"] == before["client_id"]
    assert after["secret_id"] != before["secret_id"]


def test_a_dropped_integration_of_an_account_keeps_all_where_the_stack_protects(stack: Stack) -> None:
    """Put back, it has the secret and the grants that it had: none was forgotten."""
    stack.declare({"alchemer": ALCHEMER}, account=account(stack.sandbox), protect=True)
    stack.up()
    before = stack.bundles()["alchemer"]

    stack.declare({}, account=account(stack.sandbox), protect=True)
    refused = stack.try_up()
    stack.declare({"alchemer": ALCHEMER}, account=account(stack.sandbox), protect=True)
    back = stack.up()

    assert refused.exit_code != 0
    # Only the proof was no thing to be kept.
    assert back.changes()["create"] == 1
    assert "brickpass:index:Verification alchemer created" in back.text
    assert stack.bundles()["alchemer"] == before
