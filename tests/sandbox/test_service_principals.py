from typing import Any

import pytest
from databricks.sdk.errors import NotFound, PermissionDenied
from databricks.sdk.service.iam import ComplexValue

from tests.harness import ACCOUNT_ID, Newcomer, Sandbox

SCIM = "/api/2.0/preview/scim/v2"


def entitlements(sandbox: Sandbox, newcomer: Newcomer) -> list[str]:
    found = sandbox.admin.service_principals.get(newcomer.id).entitlements or []
    return sorted(one.value for one in found if one.value)


def test_the_official_plugins_create_is_understood(sandbox: Sandbox) -> None:
    """Its body, with `entitlements: [{}]` for none, makes a principal without entitlements, and it is read back with its application id."""
    body = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServicePrincipal"],
        "displayName": "alchemer",
        "active": True,
        "externalId": "brickpass:p/s/alchemer",
        "entitlements": [{}],
    }
    made = sandbox.http.post(f"{SCIM}/ServicePrincipals", json=body, headers={"Content-Type": "application/scim+json; charset=utf-8"})
    assert made.status_code == 201
    read = sandbox.http.get(
        f"{SCIM}/ServicePrincipals/{made.json()['id']}", params={"attributes": "userName,displayName,active,externalId,entitlements"}
    ).json()

    assert "entitlements" not in read
    assert read["applicationId"] == made.json()["applicationId"]
    assert (read["displayName"], read["active"], read["externalId"]) == ("alchemer", True, "brickpass:p/s/alchemer")
    assert "groups" not in read


def test_an_application_id_cannot_be_chosen(sandbox: Sandbox) -> None:
    """It is the service that makes it, and the refusal has SCIM's own shape."""
    answer = sandbox.http.post(f"{SCIM}/ServicePrincipals", json={"displayName": "x", "applicationId": "mine"})

    assert answer.status_code == 400
    assert answer.json() == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "detail": "Request is unparsable, syntactically incorrect, or violates schema.",
        "scimType": "Attribute applicationID cannot be specified for the SCIM Object.",
        "status": "400",
    }


def test_put_replaces_what_it_names_and_what_it_leaves_out(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """After a PUT the name, the external id and the entitlements are those of its body."""
    body = {"displayName": "renamed", "active": True, "externalId": "e", "entitlements": [{"value": "allow-cluster-create"}]}
    assert sandbox.http.put(f"{SCIM}/ServicePrincipals/{newcomer.id}", json=body).status_code == 200
    principal = sandbox.admin.service_principals.get(newcomer.id)

    assert (principal.display_name, principal.external_id, principal.application_id) == ("renamed", "e", newcomer.application_id)
    assert entitlements(sandbox, newcomer) == ["allow-cluster-create"]


@pytest.mark.parametrize(
    ("operation", "after"),
    [
        ({"op": "replace", "path": "entitlements", "value": [{"value": "workspace-access"}]}, ["workspace-access"]),
        ({"op": "remove", "path": "entitlements", "value": [{"value": "workspace-access"}]}, ["databricks-sql-access"]),
        ({"op": "remove", "path": 'entitlements[value eq "workspace-access"]'}, ["databricks-sql-access"]),
        ({"op": "remove", "path": "entitlements"}, []),
        (
            {"op": "Add", "path": "entitlements", "value": [{"value": "allow-cluster-create"}]},
            ["allow-cluster-create", "databricks-sql-access", "workspace-access"],
        ),
        ({"op": "add", "path": "entitlements", "value": [{"value": "workspace-access"}]}, ["databricks-sql-access", "workspace-access"]),
        ({"op": "replace", "value": {"entitlements": [{"value": "workspace-consume"}]}}, ["workspace-consume"]),
    ],
)
def test_patch_changes_entitlements(sandbox: Sandbox, newcomer: Newcomer, operation: dict[str, Any], after: list[str]) -> None:
    """Each shape of PATCH that clients send does what it says to the two entitlements of a newcomer."""
    answer = sandbox.http.patch(f"{SCIM}/ServicePrincipals/{newcomer.id}", json={"Operations": [operation]})

    assert answer.status_code == 200
    assert entitlements(sandbox, newcomer) == after


def test_an_unknown_entitlement_is_refused_and_nothing_changed(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """A PATCH with a good and a bad operation does neither."""
    good = {"op": "replace", "path": "displayName", "value": "renamed"}
    bad = {"op": "add", "path": "entitlements", "value": [{"value": "fly"}]}
    answer = sandbox.http.patch(f"{SCIM}/ServicePrincipals/{newcomer.id}", json={"Operations": [good, bad]})

    assert answer.status_code == 400
    assert sandbox.admin.service_principals.get(newcomer.id).display_name == "newcomer"


@pytest.mark.parametrize(
    ("filter_", "names"),
    [
        ('displayName eq "dbt-prod"', {"dbt-prod"}),
        ("DISPLAYNAME EQ 'DBT-prod'", {"dbt-prod"}),
        ('externalId eq "brickpass:p/s/one"', {"one"}),
        ('displayName sw "o" and externalId co "brickpass"', {"one"}),
        ('displayName eq "dbt-prod" or (displayName eq "one" and active eq true)', {"dbt-prod", "one"}),
        ('entitlements.value eq "workspace-access" and displayName ne "x"', {"one"}),
        ('displayName eq "nobody"', set()),
    ],
)
def test_filters_find_principals(sandbox: Sandbox, filter_: str, names: set[str]) -> None:
    """Comparisons, `and`, `or`, parentheses and both quotes, in any case."""
    sandbox.admin.service_principals.create(
        display_name="one", external_id="brickpass:p/s/one", entitlements=[ComplexValue(value="workspace-access")]
    )

    assert {one.display_name for one in sandbox.admin.service_principals.list(filter=filter_)} == names


@pytest.mark.parametrize("filter_", ["displayName eq", "displayName like 'x'", "(displayName eq 'x'", "displayName eq 'x' y"])
def test_filters_that_cannot_be_read_are_refused(sandbox: Sandbox, filter_: str) -> None:
    """A filter with a fault finds nothing and says why."""
    answer = sandbox.http.get(f"{SCIM}/ServicePrincipals", params={"filter": filter_})

    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidFilter")


def test_lists_come_in_pages_that_end(sandbox: Sandbox) -> None:
    """Pages of three hold everybody once, and beyond the end is an empty page, not an error."""
    everybody = [one.id for one in sandbox.admin.service_principals.list()]
    paged = [one.id for one in sandbox.admin.service_principals.list(count=3)]
    beyond = sandbox.http.get(f"{SCIM}/ServicePrincipals", params={"startIndex": 1000}).json()

    assert paged == everybody
    assert (beyond["startIndex"], beyond["totalResults"], "Resources" in beyond) == (1000, len(everybody), False)


def test_a_non_admin_reads_itself_and_nothing_else(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """A principal may ask who it is; the directory is closed to it."""
    client = sandbox.client_of(newcomer)

    assert client.current_user.me().id == newcomer.id
    with pytest.raises(PermissionDenied):
        list(client.service_principals.list())
    with pytest.raises(PermissionDenied):
        client.service_principals.get(newcomer.id)


def test_a_workspace_admin_cannot_make_itself_one_of_the_account(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Roles of the account are not the workspace's to give."""
    operation = {"op": "add", "path": "roles", "value": [{"value": "account_admin"}]}
    sandbox.http.patch(f"{SCIM}/ServicePrincipals/{newcomer.id}", json={"Operations": [operation]})

    with sandbox.http_as(newcomer) as http:
        assert http.get(f"/api/2.0/accounts/{ACCOUNT_ID}/scim/v2/ServicePrincipals").status_code == 403


def test_leaving_the_workspace_keeps_the_principal_in_the_account(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """It is gone from the workspace's list, still in the account's, and its secrets are still there, but log in there alone."""
    sandbox.admin.service_principals.delete(newcomer.id)

    with pytest.raises(NotFound):
        sandbox.admin.service_principals.get(newcomer.id)
    assert sandbox.account.service_principals.get(newcomer.id).application_id == newcomer.application_id
    assert len(list(sandbox.account.service_principal_secrets.list(newcomer.id))) == 1
    assert sandbox.login(newcomer.application_id, newcomer.secret).status_code == 401
    assert sandbox.login(newcomer.application_id, newcomer.secret, f"/oidc/accounts/{ACCOUNT_ID}/v1/token").status_code == 200


def test_the_account_really_deletes(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """After a deletion in the account there is no principal, no secret, no login and no entry left."""
    warehouse = sandbox.warehouse()
    sandbox.grant("sql/warehouses", warehouse, newcomer, "CAN_USE")

    sandbox.account.service_principals.delete(newcomer.id)

    with pytest.raises(NotFound):
        sandbox.account.service_principals.get(newcomer.id)
    with pytest.raises(NotFound):
        list(sandbox.account.service_principal_secrets.list(newcomer.id))
    assert sandbox.login(newcomer.application_id, newcomer.secret, f"/oidc/accounts/{ACCOUNT_ID}/v1/token").status_code == 401
    assert newcomer.application_id not in sandbox.direct_levels("sql/warehouses", warehouse)


def test_tokens_of_a_deleted_principal_are_worthless(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """A token outlives its secret, but not its principal."""
    with sandbox.http_as(newcomer) as http:
        sandbox.account.service_principals.delete(newcomer.id)

        assert http.get(f"{SCIM}/Me").json()["message"] == "Invalid access token."


def test_the_company_is_there(sandbox: Sandbox) -> None:
    """Dozens of people, groups with groups in them, and nobody's entitlements come through `users`."""
    groups = {one.display_name: one for one in sandbox.admin.groups.list()}
    everybody = groups["acme-all"]

    assert len(list(sandbox.admin.users.list())) >= 40
    assert len(groups) >= 12
    assert groups["all-analysts"].id in {member.value for member in everybody.members or []}
    assert not groups["users"].entitlements
