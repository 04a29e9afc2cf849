"""The first promise: nobody else's access is touched, not by a deployment, not by an edit, not by a destroy."""

from databricks.sdk.service.iam import AccessControlRequest, PermissionLevel, WorkspacePermission

from tests.end_to_end.harness import ALCHEMER, Stack
from tests.harness import WORKSPACE_ID, Sandbox

ON_SECURABLES = ("schema/main.surveys", "catalog/main", "table/main.surveys.responses")


def lists_of_others(sandbox: Sandbox, ours: set[str]) -> dict[str, list[object]]:
    """The access lists of every object that is touched, and of some that are not, without the stack's own principals."""
    objects = [f"sql/warehouses/{warehouse.id}" for warehouse in sandbox.admin.warehouses.list()]
    objects += [f"clusters/{sandbox.cluster()}", f"jobs/{sandbox.job()}"]
    found: dict[str, list[object]] = {}
    for path in objects:
        entries = sandbox.http.get(f"/api/2.0/permissions/{path}").json()["access_control_list"]
        found[path] = [entry for entry in entries if entry.get("service_principal_name") not in ours]
    for path in ON_SECURABLES:
        assignments = sandbox.http.get(f"/api/2.1/unity-catalog/permissions/{path}").json().get("privilege_assignments", [])
        found[path] = sorted((one for one in assignments if one["principal"] not in ours), key=str)
    return found


def test_the_access_of_others_is_the_same_after_up_after_an_edit_and_after_a_destroy(stack: Stack) -> None:
    """Byte for byte, on everything that the deployment touches."""
    before = lists_of_others(stack.sandbox, set())

    stack.declare({"alchemer": ALCHEMER})
    stack.up()
    ours = {stack.bundles()["alchemer"]["client_id"]}
    after_up = lists_of_others(stack.sandbox, ours)
    edited = {"warehouses": {"bi-serverless": "CAN_MANAGE"}, "tables": {"main.surveys.responses": ["SELECT"]}}
    stack.declare({"alchemer": {**ALCHEMER, "grants": edited}})
    stack.up()
    after_edit = lists_of_others(stack.sandbox, ours)
    stack.destroy()
    # An entry of a principal that has left the workspace does not show; so it is let in again.
    account = stack.sandbox.account
    (principal,) = account.service_principals.list(filter=f'applicationId eq "{ours.pop()}"')
    account.workspace_assignment.update(WORKSPACE_ID, int(str(principal.id)), permissions=[WorkspacePermission.USER])

    assert after_up == before
    assert after_edit == before
    assert lists_of_others(stack.sandbox, set()) == before


def test_a_grant_that_somebody_undid_meanwhile_is_written_again(stack: Stack) -> None:
    """The proof finds that our entry is gone, writes it once more with a warning, and the deployment succeeds."""
    stack.declare({"alchemer": ALCHEMER})
    stack.up()
    client_id = stack.bundles()["alchemer"]["client_id"]
    sandbox = stack.sandbox
    path = f"/api/2.0/permissions/clusters/{sandbox.cluster()}"
    entries = sandbox.http.get(path).json()["access_control_list"]
    direct = [
        {key: value for key, value in entry.items() if key.endswith("_name") and key != "display_name"}
        | {"permission_level": held["permission_level"]}
        for entry in entries
        for held in entry["all_permissions"]
        if not held["inherited"] and entry.get("service_principal_name") != client_id
    ]
    assert sandbox.http.put(path, json={"access_control_list": direct}).is_success
    stack.declare({"alchemer": {**ALCHEMER, "grants": ALCHEMER["grants"] | {"jobs": {"nightly-survey-load": "CAN_VIEW"}}}})

    repaired = stack.up()

    assert "alchemer had lost CAN_RESTART on cluster shared-analytics. It was written again" in repaired.text
    assert sandbox.direct_levels("clusters", sandbox.cluster())[client_id] == "CAN_RESTART"


def test_a_level_that_somebody_brings_back_is_found_and_taken_away_again(stack: Stack) -> None:
    """By `brickpass verify`; named by an update, since it may be on purpose; and taken away by an update that refreshes."""
    sandbox = stack.sandbox
    stack.declare({"alchemer": ALCHEMER})
    stack.up()
    client_id = stack.bundles()["alchemer"]["client_id"]
    grants = {kind: named for kind, named in ALCHEMER["grants"].items() if kind != "clusters"}
    stack.declare({"alchemer": {**ALCHEMER, "grants": grants}})
    stack.up()
    assert client_id not in sandbox.direct_levels("clusters", sandbox.cluster())
    # What an older copy of the list does, which another admin's tool puts back whole.
    entry = AccessControlRequest(service_principal_name=client_id, permission_level=PermissionLevel.CAN_RESTART)
    sandbox.admin.permissions.update("clusters", sandbox.cluster(), access_control_list=[entry])
    others = sandbox.direct_levels("clusters", sandbox.cluster()) | {client_id: ""}

    seen = stack.run("brickpass", "verify", "--stack", "test")
    stack.declare({"alchemer": {**ALCHEMER, "grants": {**grants, "jobs": {"nightly-survey-load": "CAN_VIEW"}}}})
    named = stack.up()
    left = sandbox.direct_levels("clusters", sandbox.cluster())
    repaired = stack.up("--refresh")

    assert seen.exit_code == 1
    assert "it was taken away, and somebody's write brought it back" in seen.text
    assert "alchemer has CAN_RESTART on cluster shared-analytics again, which this stack had taken away" in named.text
    assert left[client_id] == "CAN_RESTART"
    assert "alchemer had CAN_RESTART on cluster shared-analytics again" in repaired.text
    assert sandbox.direct_levels("clusters", sandbox.cluster()) | {client_id: ""} == others
    assert client_id not in sandbox.direct_levels("clusters", sandbox.cluster())
    assert stack.run("brickpass", "verify", "--stack", "test").exit_code == 0
    assert stack.refresh().changes().get("update", 0) == 0
