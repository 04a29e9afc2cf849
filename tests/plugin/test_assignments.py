"""Assignments to a workspace, through the account and from the workspace itself, against a small real HTTP server."""

import grpc
import pytest

from tests.plugin.conftest import ACCOUNT_ID, APPLICATION_ID, WORKSPACE_ID, Json, Plugin, SmallWorkspace

ID = "7531902468024680"
MWS, OWN = "MwsPermissionAssignment", "PermissionAssignment"
OF_ACCOUNT = f"/api/2.0/accounts/{ACCOUNT_ID}/workspaces/{WORKSPACE_ID}/permissionassignments"
OF_WORKSPACE = "/api/2.0/preview/permissionassignments"
INPUTS: Json = {"workspaceId": WORKSPACE_ID, "principalId": ID, "permissions": ["USER"]}


def assigned(*permissions: str) -> Json:
    principal = {"principal_id": int(ID), "display_name": "alchemer", "service_principal_name": APPLICATION_ID}
    other = {"permissions": ["ADMIN"], "principal": {"principal_id": 1, "display_name": "x", "user_name": "x@acme.example"}, "error": ""}
    return {"permission_assignments": [other, {"permissions": list(permissions), "principal": principal, "error": ""}]}


class TestThroughTheAccount:
    def test_create_puts_one_and_reads_the_list(self, for_account: Plugin, workspace: SmallWorkspace) -> None:
        """One PUT and one GET, at the account's path; the state is of no workspace."""
        workspace.answer("PUT", f"{OF_ACCOUNT}/principals/{ID}", {})
        workspace.answer("GET", OF_ACCOUNT, assigned("USER"))

        resource_id, state = for_account.create(MWS, preview=False, **INPUTS)

        assert resource_id == f"{WORKSPACE_ID}|{ID}"
        assert workspace.calls() == [f"PUT {OF_ACCOUNT}/principals/{ID}", f"GET {OF_ACCOUNT}"]
        assert workspace.body_of("PUT") == {"permissions": ["USER"]}
        assert state == INPUTS
        assert for_account.diff(MWS, resource_id, state, **INPUTS) == {}

    @pytest.mark.parametrize("changed", [{"workspaceId": "1"}, {"principalId": "2"}, {"permissions": ["ADMIN"]}])
    def test_any_change_replaces(self, for_account: Plugin, changed: Json) -> None:
        """Nothing of it changes in place."""
        found = for_account.diff(MWS, f"{WORKSPACE_ID}|{ID}", INPUTS, **{**INPUTS, **changed})

        assert found == dict.fromkeys(changed, "UPDATE_REPLACE")

    def test_the_order_of_permissions_is_no_difference(self, for_account: Plugin) -> None:
        """They are a set."""
        state: Json = {**INPUTS, "permissions": ["USER", "ADMIN"]}

        assert for_account.diff(MWS, f"{WORKSPACE_ID}|{ID}", state, **{**INPUTS, "permissions": ["ADMIN", "USER"]}) == {}

    def test_one_that_is_no_longer_listed_is_gone(self, for_account: Plugin, workspace: SmallWorkspace) -> None:
        """And another level elsewhere is drift."""
        workspace.answer("GET", OF_ACCOUNT, assigned("ADMIN"))
        resource_id, state, inputs = for_account.read(MWS, f"{WORKSPACE_ID}|{ID}", INPUTS, INPUTS)
        assert (state["permissions"], inputs["permissions"]) == (["ADMIN"], ["ADMIN"])

        workspace.answer("GET", OF_ACCOUNT, {"permission_assignments": []})
        assert for_account.read(MWS, resource_id, state)[0] == ""

    def test_import_gives_inputs_to_write_down(self, for_account: Plugin, workspace: SmallWorkspace) -> None:
        """The id says which workspace and which principal."""
        workspace.answer("GET", OF_ACCOUNT, assigned("USER"))

        _, state, inputs = for_account.read(MWS, f"{WORKSPACE_ID}|{ID}")

        assert {name: value for name, value in inputs.items() if not name.startswith("__")} == INPUTS
        assert for_account.diff(MWS, f"{WORKSPACE_ID}|{ID}", state, **INPUTS) == {}

    def test_delete_is_one_call_and_repeatable(self, for_account: Plugin, workspace: SmallWorkspace) -> None:
        """One that is out already is as good."""
        workspace.answer("DELETE", f"{OF_ACCOUNT}/principals/{ID}", {})
        for_account.delete(MWS, f"{WORKSPACE_ID}|{ID}", INPUTS)
        del workspace.answers["DELETE", f"{OF_ACCOUNT}/principals/{ID}"]
        for_account.delete(MWS, f"{WORKSPACE_ID}|{ID}", INPUTS)

        assert workspace.calls() == [f"DELETE {OF_ACCOUNT}/principals/{ID}"] * 2

    @pytest.mark.parametrize(
        ("inputs", "property_name", "part"),
        [
            ({**INPUTS, "permissions": None}, "permissions", "must be given"),
            ({**INPUTS, "permissions": ["OWNER"]}, "permissions", "ADMIN and USER"),
            ({**INPUTS, "permissions": "USER"}, "permissions", "must be a list"),
            ({**INPUTS, "workspaceId": "dbc-1"}, "workspaceId", "must be a number in a string"),
            ({**INPUTS, "api": "account"}, "api", "is not a property of this type"),
        ],
    )
    def test_wrong_inputs_are_refused_before_any_call(self, plugin: Plugin, inputs: Json, property_name: str, part: str) -> None:
        """Each wrong input is named with what is wrong about it."""
        _, failures = plugin.check(MWS, **inputs)

        assert part in failures[property_name]

    def test_a_provider_without_an_account_is_explained(self, configured: Plugin) -> None:
        """A workspace's provider cannot make it."""
        with pytest.raises(grpc.RpcError) as refused:
            configured.create(MWS, preview=False, **INPUTS)

        assert refused.value.details() == (
            "cannot create mws permission assignment: what belongs to an account needs the provider's `accountId`."
        )


class TestFromTheWorkspace:
    def test_by_id_it_is_put(self, configured: Plugin, workspace: SmallWorkspace) -> None:
        """One PUT and one GET; the names come back as outputs, and are no difference."""
        workspace.answer("PUT", f"{OF_WORKSPACE}/principals/{ID}", {})
        workspace.answer("GET", OF_WORKSPACE, assigned("ADMIN"))

        resource_id, state = configured.create(OWN, principalId=ID, permissions=["ADMIN"])

        assert workspace.calls() == [f"PUT {OF_WORKSPACE}/principals/{ID}", f"GET {OF_WORKSPACE}"]
        assert (resource_id, state["displayName"], state["servicePrincipalName"]) == (ID, "alchemer", APPLICATION_ID)
        assert state["providerConfig"] == {"workspaceId": WORKSPACE_ID}
        assert configured.diff(OWN, resource_id, state, principalId=ID, permissions=["ADMIN"]) == {}
        assert configured.diff(OWN, resource_id, state, principalId=ID, permissions=["USER"]) == {"permissions": "UPDATE"}
        assert configured.diff(OWN, resource_id, state, principalId="1", permissions=["ADMIN"]) == {"principalId": "UPDATE_REPLACE"}

    @pytest.mark.parametrize(("level", "more"), [("USER", []), ("ADMIN", [f"PUT {OF_WORKSPACE}/principals/{ID}"])])
    def test_by_name_it_is_posted_as_a_user(self, configured: Plugin, workspace: SmallWorkspace, level: str, more: list[str]) -> None:
        """An admin is first posted as USER, and then put by id."""
        answer: Json = {"permission_assignments": [{"principal": {"principal_id": int(ID)}, "permissions": ["USER"], "error": ""}]}
        workspace.answer("POST", OF_WORKSPACE, answer)
        workspace.answer("PUT", f"{OF_WORKSPACE}/principals/{ID}", {})
        workspace.answer("GET", OF_WORKSPACE, assigned(level))

        resource_id, state = configured.create(OWN, servicePrincipalName=APPLICATION_ID, permissions=[level])

        assert (resource_id, state["principalId"]) == (ID, ID)
        assert workspace.calls() == [f"POST {OF_WORKSPACE}", *more, f"GET {OF_WORKSPACE}"]
        assert workspace.body_of("POST") == {
            "permission_assignments": [{"service_principal_name": APPLICATION_ID, "permissions": ["USER"]}]
        }

    def test_a_fault_inside_of_a_good_answer_is_one(self, configured: Plugin, workspace: SmallWorkspace) -> None:
        """The item's error is what the user reads."""
        answer: Json = {"permission_assignments": [{"error": "Principal nobody does not exist."}]}
        workspace.answer("POST", OF_WORKSPACE, answer)

        with pytest.raises(grpc.RpcError) as refused:
            configured.create(OWN, groupName="nobody", permissions=["USER"])

        assert refused.value.details() == "cannot create permission assignment: Principal nobody does not exist."

    def test_an_admin_that_could_not_be_made_is_taken_back(self, configured: Plugin, workspace: SmallWorkspace) -> None:
        """When the PUT is refused, the USER that was posted does not stay."""
        answer: Json = {"permission_assignments": [{"principal": {"principal_id": int(ID)}, "permissions": ["USER"], "error": ""}]}
        workspace.answer("POST", OF_WORKSPACE, answer)
        workspace.answer("PUT", f"{OF_WORKSPACE}/principals/{ID}", {"error_code": "PERMISSION_DENIED", "message": "No."}, status=403)
        workspace.answer("DELETE", f"{OF_WORKSPACE}/principals/{ID}", {})

        with pytest.raises(grpc.RpcError, match="cannot create permission assignment: No"):
            configured.create(OWN, userName="ann@acme.example", permissions=["ADMIN"])

        assert workspace.calls()[-1] == f"DELETE {OF_WORKSPACE}/principals/{ID}"

    @pytest.mark.parametrize("named", [{}, {"principalId": ID, "groupName": "x"}])
    def test_one_principal_must_be_named(self, plugin: Plugin, named: Json) -> None:
        """By its id or by one name."""
        _, failures = plugin.check(OWN, permissions=["USER"], **named)

        assert failures["principalId"].startswith("Exactly one of ")

    def test_import_gives_inputs_to_write_down(self, configured: Plugin, workspace: SmallWorkspace) -> None:
        """The principal's id and its level are enough."""
        workspace.answer("GET", OF_WORKSPACE, assigned("USER"))

        _, state, inputs = configured.read(OWN, ID)

        given = {name: value for name, value in inputs.items() if not name.startswith("__")}
        assert given == {"principalId": ID, "permissions": ["USER"]}
        assert configured.diff(OWN, ID, state, **given) == {}

    def test_delete_takes_it_out(self, configured: Plugin, workspace: SmallWorkspace) -> None:
        """By one call."""
        workspace.answer("DELETE", f"{OF_WORKSPACE}/principals/{ID}", {})

        configured.delete(OWN, ID, {"principalId": ID})

        assert workspace.calls() == [f"DELETE {OF_WORKSPACE}/principals/{ID}"]
