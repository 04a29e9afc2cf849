"""Groups: whose they are, who may change them where, and what their members get by them."""

import httpx
import pytest
from databricks.sdk.service.iam import ComplexValue, Patch, PatchOp, PatchSchema, WorkspacePermission

from tests.harness import ACCOUNT_ID, WORKSPACE_ID, Newcomer, Sandbox

WORKSPACE = "/api/2.0/preview/scim/v2"
ACCOUNT = f"/api/2.0/accounts/{ACCOUNT_ID}/scim/v2"


def change(sandbox: Sandbox, base: str, group_id: str, op: str, path: str, *values: str) -> httpx.Response:
    operation = {"op": op, "path": path, **({"value": [{"value": value} for value in values]} if values else {})}
    return sandbox.http.patch(f"{base}/Groups/{group_id}", json={"Operations": [operation]})


def group_id(sandbox: Sandbox, name: str) -> str:
    return next(str(group.id) for group in sandbox.admin.groups.list(filter=f'displayName eq "{name}"'))


def members(sandbox: Sandbox, base: str, of: str) -> set[str]:
    found = sandbox.http.get(f"{base}/Groups/{of}", params={"attributes": "members"}).json()
    return {member["value"] for member in found.get("members", [])}


def statuses_of_lists(sandbox: Sandbox, newcomer: Newcomer) -> list[int]:
    """Whether it may list warehouses, and clusters, which take one entitlement each."""
    with sandbox.http_as(newcomer) as http:
        return [http.get(path).status_code for path in ("/api/2.0/sql/warehouses", "/api/2.1/clusters/list")]


class TestOfTheAccount:
    def test_it_takes_and_loses_members(self, sandbox: Sandbox, newcomer: Newcomer) -> None:
        """Membership shows in the principal's own answer, and repeating a change is no error."""
        group = sandbox.account.groups.create(display_name="integrations")
        assert group.id
        schemas = [PatchSchema.URN_IETF_PARAMS_SCIM_API_MESSAGES_2_0_PATCH_OP]
        add = [Patch(op=PatchOp.ADD, path="members", value=[{"value": newcomer.id}])]
        for _ in range(2):
            sandbox.account.groups.patch(group.id, operations=add, schemas=schemas)
        assert [one.display for one in sandbox.admin.service_principals.get(newcomer.id).groups or []] == ["integrations"]

        remove = [Patch(op=PatchOp.REMOVE, path=f'members[value eq "{newcomer.id}"]')]
        for _ in range(2):
            sandbox.account.groups.patch(group.id, operations=remove, schemas=schemas)
        assert not sandbox.admin.service_principals.get(newcomer.id).groups

    def test_its_members_change_in_the_account_alone(self, sandbox: Sandbox, newcomer: Newcomer) -> None:
        """In the workspace it can be read, and neither be changed nor replaced."""
        analytics = group_id(sandbox, "analytics")

        refused = change(sandbox, WORKSPACE, analytics, "add", "members", newcomer.id)
        assert refused.status_code == 403
        assert "belongs to the account" in refused.json()["detail"]
        assert sandbox.http.put(f"{WORKSPACE}/Groups/{analytics}", json={"displayName": "mine"}).status_code == 403
        assert newcomer.id not in members(sandbox, WORKSPACE, analytics)

        assert change(sandbox, ACCOUNT, analytics, "add", "members", newcomer.id).status_code == 200
        assert newcomer.id in members(sandbox, WORKSPACE, analytics)
        assert change(sandbox, ACCOUNT, analytics, "remove", f'members[value eq "{newcomer.id}"]').status_code == 200
        assert newcomer.id not in members(sandbox, ACCOUNT, analytics)

    def test_its_entitlements_are_the_workspaces_to_give(self, sandbox: Sandbox) -> None:
        """Given to the group in the workspace they are its members', and gone when they are taken from it."""
        newcomer = sandbox.newcomer(entitlements=())
        bi_tools = group_id(sandbox, "bi-tools")
        assert statuses_of_lists(sandbox, newcomer) == [403, 403]
        change(sandbox, ACCOUNT, bi_tools, "add", "members", newcomer.id)
        assert statuses_of_lists(sandbox, newcomer) == [200, 403]

        assert change(sandbox, WORKSPACE, bi_tools, "add", "entitlements", "workspace-access").status_code == 200
        assert statuses_of_lists(sandbox, newcomer) == [200, 200]
        assert change(sandbox, WORKSPACE, bi_tools, "remove", "entitlements", "databricks-sql-access").status_code == 200
        assert statuses_of_lists(sandbox, newcomer) == [403, 200]

    def test_one_that_is_made_must_be_let_in(self, sandbox: Sandbox) -> None:
        """A new one is unknown in the workspace until it is assigned; then its members are in, too."""
        stranger = sandbox.account.service_principals.create(display_name="stranger")
        made = sandbox.account.groups.create(display_name="partners", members=[ComplexValue(value=stranger.id)])
        query = 'displayName eq "partners"'
        assert list(sandbox.admin.groups.list(filter=query)) == []
        assert [group.id for group in sandbox.account.groups.list(filter=query)] == [made.id]

        sandbox.account.workspace_assignment.update(WORKSPACE_ID, int(made.id or ""), permissions=[WorkspacePermission.USER])

        assert [group.id for group in sandbox.admin.groups.list(filter=query)] == [made.id]
        assert sandbox.admin.service_principals.get(str(stranger.id)).display_name == "stranger"

    def test_it_takes_no_group_of_a_workspace(self, sandbox: Sandbox) -> None:
        """What the account does not know cannot be a member there."""
        answer = change(sandbox, ACCOUNT, group_id(sandbox, "analytics"), "add", "members", group_id(sandbox, "sandbox-pilots"))

        assert answer.status_code == 404


class TestOfTheWorkspace:
    @pytest.mark.parametrize("name", ["sandbox-pilots", "notebook-reviewers", "admins", "users"])
    def test_the_account_does_not_know_it(self, sandbox: Sandbox, name: str) -> None:
        """It is not in the account's list, and its id is no group there."""
        assert list(sandbox.account.groups.list(filter=f'displayName eq "{name}"')) == []
        assert sandbox.http.get(f"{ACCOUNT}/Groups/{group_id(sandbox, name)}").status_code == 404

    def test_it_is_made_and_changed_in_the_workspace(self, sandbox: Sandbox, newcomer: Newcomer) -> None:
        """Made there it is marked so, takes members by PATCH, and goes by DELETE."""
        made = sandbox.admin.groups.create(display_name="testers")
        assert made.id
        assert sandbox.http.get(f"{WORKSPACE}/Groups/{made.id}").json()["meta"] == {"resourceType": "WorkspaceGroup"}

        assert change(sandbox, WORKSPACE, made.id, "add", "members", newcomer.id).status_code == 200
        assert members(sandbox, WORKSPACE, made.id) == {newcomer.id}
        sandbox.admin.groups.delete(made.id)
        assert list(sandbox.admin.groups.list(filter='displayName eq "testers"')) == []

    def test_its_members_get_what_it_has(self, sandbox: Sandbox) -> None:
        """Entitlements, and levels on objects, through another group of the workspace too."""
        newcomer = sandbox.newcomer(entitlements=())
        warehouse = sandbox.warehouse()
        entry = {"group_name": "notebook-reviewers", "permission_level": "CAN_USE"}
        sandbox.http.patch(f"/api/2.0/permissions/sql/warehouses/{warehouse}", json={"access_control_list": [entry]})

        change(sandbox, WORKSPACE, group_id(sandbox, "sandbox-pilots"), "add", "members", newcomer.id)

        assert statuses_of_lists(sandbox, newcomer) == [200, 200]
        assert [one.id for one in sandbox.client_of(newcomer).warehouses.list()] == [warehouse]

    def test_it_takes_only_who_is_in_the_workspace(self, sandbox: Sandbox) -> None:
        """A principal of the account that was not let in is unknown to it."""
        stranger = sandbox.account.service_principals.create(display_name="stranger")

        answer = change(sandbox, WORKSPACE, group_id(sandbox, "sandbox-pilots"), "add", "members", str(stranger.id))

        assert answer.status_code == 404
        assert answer.json()["detail"] == f"Principal {stranger.id} not found."

    def test_whoever_leaves_the_workspace_leaves_it(self, sandbox: Sandbox, newcomer: Newcomer) -> None:
        """Back again, it is no longer a member."""
        pilots = group_id(sandbox, "sandbox-pilots")
        change(sandbox, WORKSPACE, pilots, "add", "members", newcomer.id)

        sandbox.account.workspace_assignment.delete(WORKSPACE_ID, int(newcomer.id))
        sandbox.account.workspace_assignment.update(WORKSPACE_ID, int(newcomer.id), permissions=[WorkspacePermission.USER])

        assert newcomer.id not in members(sandbox, WORKSPACE, pilots)

    def test_its_name_is_taken_once(self, sandbox: Sandbox) -> None:
        """Neither level makes a second group of a name; the text is the one that the official plugin looks for."""
        for base in (WORKSPACE, ACCOUNT):
            answer = sandbox.http.post(f"{base}/Groups", json={"displayName": "sandbox-pilots"})
            assert (answer.status_code, answer.json()["detail"]) == (409, "Group with name sandbox-pilots already exists.")


class TestPeople:
    def test_a_persons_entitlements_are_the_workspaces_to_give(self, sandbox: Sandbox) -> None:
        """All else of a person comes from elsewhere, and is refused."""
        person = next(user for user in sandbox.admin.users.list(filter='userName eq "keiko.mori@acme.example"'))
        path = f"{WORKSPACE}/Users/{person.id}"
        operation = {"op": "add", "path": "entitlements", "value": [{"value": "allow-cluster-create"}]}

        assert sandbox.http.patch(path, json={"Operations": [operation]}).status_code == 200
        assert sandbox.http.get(path).json()["entitlements"] == [{"value": "allow-cluster-create"}]
        rename = {"op": "replace", "path": "displayName", "value": "K"}
        assert sandbox.http.patch(path, json={"Operations": [rename]}).status_code == 501
