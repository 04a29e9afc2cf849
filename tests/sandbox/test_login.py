import base64
from collections.abc import Callable

import httpx
import pytest
from databricks.sdk.errors import PermissionDenied

from tests.harness import ACCOUNT_ID, WORKSPACE_ID, Newcomer, Sandbox


def test_discovery_leads_to_the_token_endpoint(sandbox: Sandbox) -> None:
    """From the host alone a client finds where to log in, and which workspace this is."""
    metadata = httpx.get(f"{sandbox.host}/.well-known/databricks-config").json()
    discovered = httpx.get(f"{metadata['oidc_endpoint']}/.well-known/oauth-authorization-server").json()

    assert metadata["workspace_id"] == str(WORKSPACE_ID)
    assert "account_id" not in metadata
    assert discovered["token_endpoint"] == f"{sandbox.host}/oidc/v1/token"


def test_the_metadata_can_leave_the_workspace_out(sandbox: Sandbox) -> None:
    """A client that is not told the workspace's id finds it in the header of its own identity."""
    sandbox.http.post("/sandbox/faults", json={"workspace_id_in_metadata": False})

    assert "workspace_id" not in httpx.get(f"{sandbox.host}/.well-known/databricks-config").json()
    assert sandbox.admin.get_workspace_id() == WORKSPACE_ID


@pytest.mark.parametrize("where", ["header", "body"])
def test_credentials_may_come_in_the_header_or_in_the_body(sandbox: Sandbox, newcomer: Newcomer, where: str) -> None:
    """Both ways of OAuth client authentication give a token that lasts an hour."""
    form = {"grant_type": "client_credentials", "scope": "all-apis"}
    client = (newcomer.application_id, newcomer.secret)
    if where == "header":
        answer = httpx.post(f"{sandbox.host}/oidc/v1/token", data=form, auth=client)
    else:
        answer = httpx.post(f"{sandbox.host}/oidc/v1/token", data=form | {"client_id": client[0], "client_secret": client[1]})

    assert answer.status_code == 200
    assert answer.json()["token_type"] == "Bearer"
    assert answer.json()["expires_in"] == 3600


def test_a_bundle_logs_in_as_itself(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """The SDK, given host, client id and secret, is the new principal."""
    assert sandbox.client_of(newcomer).current_user.me().user_name == newcomer.application_id


@pytest.mark.parametrize(
    "spoil",
    [
        lambda one: (one.application_id, "dose00000000000000000000000000000000"),
        lambda one: ("00000000-0000-0000-0000-000000000000", one.secret),
        lambda one: (one.id, one.secret),
        lambda one: (one.application_id, ""),
    ],
    ids=["wrong secret", "unknown client", "numeric id instead of application id", "no secret"],
)
def test_wrong_credentials_are_refused(sandbox: Sandbox, newcomer: Newcomer, spoil: Callable[[Newcomer], tuple[str, str]]) -> None:
    """All that is wrong with credentials gets the same answer: 401 invalid_client."""
    answer = sandbox.login(*spoil(newcomer))

    assert answer.status_code == 401
    assert answer.json() == {"error": "invalid_client", "error_description": "Client authentication failed"}


def test_the_sdk_reports_a_refused_login(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """What a user of the SDK sees of a wrong secret is Databricks' own sentence."""
    with pytest.raises(ValueError, match="invalid_client: Client authentication failed"):
        sandbox.client(newcomer.application_id, "dose-wrong").current_user.me()


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials", "scope": "everything"}, "invalid_scope"),
    ],
)
def test_malformed_token_requests_are_told_apart(sandbox: Sandbox, newcomer: Newcomer, form: dict[str, str], error: str) -> None:
    """A token request that is wrong in itself is a 400 that names what is wrong."""
    answer = httpx.post(f"{sandbox.host}/oidc/v1/token", data=form, auth=(newcomer.application_id, newcomer.secret))

    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_a_deactivated_principal_is_out(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Deactivating ends logins and the tokens already given, and activating brings both back."""
    with sandbox.http_as(newcomer) as http:
        change = f"/api/2.0/preview/scim/v2/ServicePrincipals/{newcomer.id}"
        deactivate = {"Operations": [{"op": "replace", "path": "active", "value": [{"value": "false"}]}]}
        assert sandbox.http.patch(change, json=deactivate).status_code == 200

        assert sandbox.login(newcomer.application_id, newcomer.secret).status_code == 401
        assert http.get("/api/2.0/preview/scim/v2/Me").status_code == 403

        activate = {"Operations": [{"op": "Replace", "value": {"active": True}}]}
        assert sandbox.http.patch(change, json=activate).status_code == 200
        assert http.get("/api/2.0/preview/scim/v2/Me").status_code == 200


def test_a_token_ends_after_an_hour_of_the_sandboxs_clock(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """An expired token is a 401, and a new login helps."""
    with sandbox.http_as(newcomer) as http:
        sandbox.set_clock("2027-03-01T00:00:00Z")
        late = http.get("/api/2.0/preview/scim/v2/Me")

    assert (late.status_code, late.json()["message"]) == (401, "Token is expired.")
    assert sandbox.login(newcomer.application_id, newcomer.secret).status_code == 200


@pytest.mark.parametrize(
    ("authorization", "status", "message"),
    [
        (None, 401, "Credential was not sent or was of an unsupported type for this API."),
        ("Basic " + base64.b64encode(b"a:b").decode(), 401, "Credential was not sent or was of an unsupported type for this API."),
        ("Bearer dapi1234", 403, "Invalid access token."),
    ],
)
def test_calls_without_a_good_token_are_refused(sandbox: Sandbox, authorization: str | None, status: int, message: str) -> None:
    """No credentials are a 401, credentials that nobody gave out a 403."""
    headers = {"Authorization": authorization} if authorization else {}
    answer = httpx.get(f"{sandbox.host}/api/2.0/sql/warehouses", headers=headers)

    assert (answer.status_code, answer.json()["message"]) == (status, message)


def test_another_workspaces_id_is_refused(sandbox: Sandbox) -> None:
    """A call that means another workspace does not reach this one."""
    answer = sandbox.http.get("/api/2.0/sql/warehouses", headers={"X-Databricks-Workspace-Id": "1"})

    assert (answer.status_code, answer.json()["error_code"]) == (403, "PERMISSION_DENIED")


def test_an_account_token_is_good_in_the_workspace_of_its_principal(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """The account's login serves both, as long as the principal is assigned."""
    token = sandbox.login(newcomer.application_id, newcomer.secret, f"/oidc/accounts/{ACCOUNT_ID}/v1/token").json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert httpx.get(f"{sandbox.host}/api/2.0/preview/scim/v2/Me", headers=headers).status_code == 200

    sandbox.admin.service_principals.delete(newcomer.id)

    assert httpx.get(f"{sandbox.host}/api/2.0/preview/scim/v2/Me", headers=headers).status_code == 403


def test_a_stranger_is_no_admin(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """The sandbox's own controls are its admin's alone."""
    with sandbox.http_as(newcomer) as http:
        assert http.get("/sandbox/requests").status_code == 403
    assert httpx.get(f"{sandbox.host}/sandbox/requests").status_code == 401
    with pytest.raises(PermissionDenied):
        sandbox.client_of(newcomer).service_principal_secrets_proxy.create(newcomer.id)
