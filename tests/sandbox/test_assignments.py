from databricks.sdk.service.iam import WorkspacePermission

from tests.harness import ACCOUNT_ID, WORKSPACE_ID, Newcomer, Sandbox

NAMES = ("service_principal_name", "user_name", "group_name")
PREVIEW = "/api/2.0/preview/permissionassignments"


def test_a_principal_of_the_account_is_let_in(sandbox: Sandbox) -> None:
    """Made in the account it cannot log in to the workspace; assigned as USER it can."""
    made = sandbox.account.service_principals.create(display_name="visitor")
    assert made.id
    assert made.application_id
    secret = sandbox.account.service_principal_secrets.create(made.id).secret or ""
    assert sandbox.login(made.application_id, secret).status_code == 401

    item = sandbox.account.workspace_assignment.update(WORKSPACE_ID, int(made.id), permissions=[WorkspacePermission.USER])

    assert item.principal
    assert (item.principal.service_principal_name, item.principal.principal_id) == (made.application_id, int(made.id))
    assert sandbox.login(made.application_id, secret).status_code == 200


def test_access_comes_back_with_the_principal(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Out of the workspace its entry is not listed; added again, entry and access are as they were."""
    warehouse = sandbox.warehouse()
    sandbox.grant("sql/warehouses", warehouse, newcomer, "CAN_USE")
    before = sandbox.direct_levels("sql/warehouses", warehouse)

    sandbox.admin.service_principals.delete(newcomer.id)
    without = sandbox.direct_levels("sql/warehouses", warehouse)
    sandbox.account.workspace_assignment.update(WORKSPACE_ID, int(newcomer.id), permissions=[WorkspacePermission.USER])

    assert without == {name: level for name, level in before.items() if name != newcomer.application_id}
    assert sandbox.direct_levels("sql/warehouses", warehouse) == before
    assert [one.id for one in sandbox.client_of(newcomer).warehouses.list()] == [warehouse]


def test_an_entry_removed_before_leaving_does_not_come_back(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Whoever ends the grants first leaves nothing that could return."""
    warehouse = sandbox.warehouse()
    before = sandbox.http.get(f"/api/2.0/permissions/sql/warehouses/{warehouse}").content
    sandbox.grant("sql/warehouses", warehouse, newcomer, "CAN_USE")
    entries = [
        {kind: entry[kind] for kind in NAMES if kind in entry} | {"permission_level": one["permission_level"]}
        for entry in sandbox.http.get(f"/api/2.0/permissions/sql/warehouses/{warehouse}").json()["access_control_list"]
        for one in entry["all_permissions"]
        if not one["inherited"] and entry.get("service_principal_name") != newcomer.application_id
    ]
    sandbox.http.put(f"/api/2.0/permissions/sql/warehouses/{warehouse}", json={"access_control_list": entries})

    sandbox.admin.service_principals.delete(newcomer.id)
    sandbox.account.workspace_assignment.update(WORKSPACE_ID, int(newcomer.id), permissions=[WorkspacePermission.USER])

    assert sandbox.http.get(f"/api/2.0/permissions/sql/warehouses/{warehouse}").content == before
    assert list(sandbox.client_of(newcomer).warehouses.list()) == []


def test_admin_is_membership_in_admins(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Assigned as ADMIN a principal sees everything, and as USER nothing again."""
    client = sandbox.client_of(newcomer)
    sandbox.account.workspace_assignment.update(WORKSPACE_ID, int(newcomer.id), permissions=[WorkspacePermission.ADMIN])
    assert len(list(client.warehouses.list())) == len(list(sandbox.admin.warehouses.list()))
    assert "admins" in {one.display for one in client.current_user.me().groups or []}

    sandbox.account.workspace_assignment.update(WORKSPACE_ID, int(newcomer.id), permissions=[WorkspacePermission.USER])
    assert list(client.warehouses.list()) == []


def test_the_workspace_assigns_by_id_as_either(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Its own path makes an admin, a user again, and takes the principal out."""
    path = f"{PREVIEW}/principals/{newcomer.id}"
    for level, seen in (("ADMIN", True), ("USER", False)):
        item = sandbox.http.put(path, json={"permissions": [level]}).json()
        assert (item["permissions"], item["principal"]["principal_id"]) == ([level], int(newcomer.id))
        assert bool(list(sandbox.client_of(newcomer).warehouses.list())) is seen

    assert sandbox.http.delete(path).status_code == 200
    assert sandbox.login(newcomer.application_id, newcomer.secret).status_code == 401


def test_an_empty_list_takes_a_principal_out(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """As a deletion does; a principal that nobody knows is refused."""
    sandbox.account.workspace_assignment.update(WORKSPACE_ID, int(newcomer.id), permissions=[])

    assert sandbox.login(newcomer.application_id, newcomer.secret).status_code == 401
    assert sandbox.http.put(f"{PREVIEW}/principals/1", json={"permissions": ["USER"]}).status_code == 404


def test_deleting_an_assignment_repeats_without_error(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Out is out, however often it is asked for."""
    for _ in range(2):
        sandbox.account.workspace_assignment.delete(WORKSPACE_ID, int(newcomer.id))

    listed = {one.principal.principal_id for one in sandbox.account.workspace_assignment.list(WORKSPACE_ID) if one.principal}
    assert int(newcomer.id) not in listed


def test_the_workspace_assigns_by_name_as_user_only(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """A fault of one item is in that item of a good answer."""
    sandbox.admin.service_principals.delete(newcomer.id)
    items = [
        {"service_principal_name": newcomer.application_id, "permissions": ["USER"]},
        {"service_principal_name": newcomer.application_id, "permissions": ["ADMIN"]},
        {"service_principal_name": "nobody", "permissions": ["USER"]},
    ]

    answer = sandbox.http.post(PREVIEW, json={"permission_assignments": items})

    assert answer.status_code == 200
    first, second, third = answer.json()["permission_assignments"]
    assert (first["error"], first["principal"]["principal_id"]) == ("", int(newcomer.id))
    assert "USER" in second["error"]
    assert "nobody" in third["error"]
    assert sandbox.login(newcomer.application_id, newcomer.secret).status_code == 200


def test_strangers_assign_nobody(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Neither on the workspace's nor on the account's path."""
    with sandbox.http_as(newcomer) as http:
        assert http.put(f"{PREVIEW}/principals/{newcomer.id}", json={"permissions": ["ADMIN"]}).status_code == 403
        assert http.get(PREVIEW).status_code == 403


def test_what_is_refused_half_way_is_undone(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Who is in the workspace through a group too cannot be deleted from it, and keeps its own assignment: no request is half done."""
    group = sandbox.account.groups.create(display_name="let-in")
    add = {"Operations": [{"op": "add", "path": "members", "value": [{"value": newcomer.id}]}]}
    sandbox.http.patch(f"/api/2.0/accounts/{ACCOUNT_ID}/scim/v2/Groups/{group.id}", json=add)
    sandbox.account.workspace_assignment.update(WORKSPACE_ID, int(group.id or ""), permissions=[WorkspacePermission.USER])

    refused = sandbox.http.delete(f"/api/2.0/preview/scim/v2/ServicePrincipals/{newcomer.id}")

    listed = {one.principal.principal_id for one in sandbox.account.workspace_assignment.list(WORKSPACE_ID) if one.principal}
    assert refused.status_code == 400
    assert int(newcomer.id) in listed
