"""Who logs in, and what is said where that does not come about."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from databricks.sdk import oauth
from databricks.sdk.config import Config
from pydantic import SecretStr

from checks import clients, login
from checks.check import Verdict
from checks.clients import Credentials, client, from_environment
from checks.proof import prove
from checks.troubles import LoginUnanswered
from model.faults import WorkspaceUnreachable, WrongUse
from model.grants import ObjectGrant
from tests.harness import Newcomer, Sandbox

SHORT = timedelta(seconds=0.5)
TOKEN = "^/oidc/v1/token"


@pytest.fixture
def bundle(sandbox: Sandbox, newcomer: Newcomer) -> Credentials:
    return Credentials(sandbox.host, newcomer.application_id, SecretStr(newcomer.secret))


@pytest.fixture
def website() -> Iterator[str]:
    """An address where somebody answers who is no Databricks workspace."""
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def admin(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that logs the sandbox's admin in."""
    client_id, secret = sandbox.admin_credentials
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", client_id)
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", secret)


def test_a_wrong_secret_fails_the_login_and_nothing_else(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """One check says what the workspace answered; grants are not blamed, and the secret is not shown."""
    wrong = Credentials(sandbox.host, newcomer.application_id, SecretStr("dose-wrong"))

    (check,) = prove(
        wrong,
        [ObjectGrant(kind="warehouses", id=sandbox.warehouse(), name="bi-serverless", level="CAN_USE")],
        admin=sandbox.admin,
        patience=SHORT,
    )

    assert (check.check, check.verdict, check.grant) == ("login", Verdict.FAILED, None)
    assert check.detail.startswith("invalid_client: Client authentication failed")
    assert "dose-wrong" not in str(check)


def test_a_deleted_secret_fails_the_login(sandbox: Sandbox, newcomer: Newcomer, bundle: Credentials) -> None:
    """What the workspace answers and what to do stand in one sentence."""
    for secret in sandbox.admin.service_principal_secrets_proxy.list(newcomer.id):
        assert secret.id
        sandbox.admin.service_principal_secrets_proxy.delete(newcomer.id, secret.id)

    (check,) = prove(bundle, [], admin=None, patience=SHORT)

    assert (check.check, check.verdict) == ("login", Verdict.FAILED)
    assert check.detail == (
        "invalid_client: Client authentication failed: the secret has ended, or the principal is not in this workspace; "
        "`pulumi refresh` and `pulumi up` mend that"
    )


def test_a_workspace_that_does_not_answer_is_neither_proven_nor_refuted() -> None:
    """One sentence says so, at once."""
    nobody = Credentials("http://127.0.0.1:9", "5bd71bc8-0f3c-4f0a-8f54-1d2f6a3d9a11", SecretStr("dose1"))
    began = time.monotonic()

    with pytest.raises(WorkspaceUnreachable, match=r"nobody answers at http://127\.0\.0\.1:9"):
        prove(nobody, [], admin=None)

    assert time.monotonic() - began < 5


@pytest.mark.parametrize("fault", [{"cut": True}, {"status": 503, "error_code": "TEMPORARILY_UNAVAILABLE", "message": "busy"}])
def test_a_login_that_was_not_answered_is_tried_again(sandbox: Sandbox, bundle: Credentials, fault: dict[str, object]) -> None:
    """The SDK repeats every request but this one."""
    sandbox.fail(method="POST", path=TOKEN, times=1, **fault)

    checks = prove(bundle, [], admin=None, patience=timedelta(seconds=3))

    assert [(check.check, check.verdict) for check in checks] == [("login", Verdict.EXERCISED), ("identity", Verdict.EXERCISED)]


@pytest.mark.parametrize("fault", [{"cut": True}, {"status": 503, "error_code": "TEMPORARILY_UNAVAILABLE", "message": "busy"}])
def test_a_login_that_is_never_answered_refutes_nothing(sandbox: Sandbox, bundle: Credentials, fault: dict[str, object]) -> None:
    """A busy workspace is not taken for one that refuses the secret."""
    sandbox.fail(method="POST", path=TOKEN, times=100, **fault)

    with pytest.raises(WorkspaceUnreachable, match="try again"):
        prove(bundle, [], admin=None, troubles=SHORT)


def test_a_token_endpoint_that_throttles_refuses_nobody(bundle: Credentials, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says `invalid_request` to that, as to what is malformed."""

    def throttled(*_: object, **__: object) -> None:
        raise ValueError("invalid_request: Temporarily throttled, too many requests")

    monkeypatch.setattr(oauth, "retrieve_token", throttled)

    with pytest.raises(LoginUnanswered, match=r"throttled.*try again later"):
        client(bundle)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Grows by each wait for a token."""
    begun: list[float] = []
    within = login._within

    def counted(seconds: float, call: Callable[[], dict[str, str]]) -> dict[str, str]:
        begun.append(seconds)
        return within(seconds, call)

    monkeypatch.setattr(login, "_within", counted)
    return begun


def test_only_who_needs_a_token_waits_for_one(bundle: Credentials, waits: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait has a thread of its own, which no request needs while the token is valid."""
    known = client(bundle)
    for _ in range(5):
        known.current_user.me()
    assert len(waits) == 1

    monkeypatch.setattr(oauth.Token, "expired", True)
    known.current_user.me()
    known.current_user.me()
    assert len(waits) == 3


def test_a_login_without_a_token_of_its_own_waits_for_none(sandbox: Sandbox, waits: list[float]) -> None:
    """A personal access token is sent as it is."""
    config = Config(host=sandbox.host, token="dapi0", auth_type="pat", credentials_strategy=login.Login(sandbox.host))

    assert config.authenticate() == {"Authorization": "Bearer dapi0"}
    assert waits == []


def test_another_website_is_not_taken_for_a_workspace(website: str) -> None:
    """Somebody answers there, but not as Databricks does."""
    nobody = Credentials(website, "5bd71bc8-0f3c-4f0a-8f54-1d2f6a3d9a11", SecretStr("dose1"))

    with pytest.raises(WorkspaceUnreachable, match="is it the address of a Databricks workspace"):
        prove(nobody, [], admin=None, patience=SHORT)


def test_nothing_of_the_environment_gets_into_a_proof(
    sandbox: Sandbox, newcomer: Newcomer, bundle: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With an admin's token, profile, group and client in the environment, the bundle is still who logs in."""
    admin, secret = sandbox.admin_credentials
    poison = {
        "HOST": "https://elsewhere.example",
        "TOKEN": "dapi0",
        "CLIENT_ID": admin,
        "CLIENT_SECRET": secret,
        "AUTH_TYPE": "pat",
        "CONFIG_PROFILE": "nobody",
        "GROUP_ID": "1",
        "ACCOUNT_ID": "2",
        "WORKSPACE_ID": "3",
        "RATE_LIMIT": "x",
    }
    for name, value in poison.items():
        monkeypatch.setenv(f"DATABRICKS_{name}", value)
    # As in a process that made no other client before: the SDK keeps the list of its settings at the first class that is asked.
    monkeypatch.delattr(Config, "_attributes")

    logged_in = client(bundle)

    assert logged_in.current_user.me().user_name == newcomer.application_id
    assert logged_in.config.host == sandbox.host
    assert not {"token", "profile", "group_id", "rate_limit"} & set(logged_in.config.to_dict())


@pytest.mark.usefixtures("admin")
def test_the_environment_logs_an_admin_in(sandbox: Sandbox) -> None:
    """By the variables that the Databricks tools know."""
    found = from_environment(sandbox.host)

    assert found
    assert found.current_user.me().user_name == sandbox.admin_credentials[0]


def test_an_environment_without_a_login_has_no_admin(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address or a kind of login alone is none."""
    monkeypatch.setenv("DATABRICKS_HOST", sandbox.host)
    assert from_environment(sandbox.host) is None

    monkeypatch.setenv("DATABRICKS_AUTH_TYPE", "oauth-m2m")
    assert from_environment(sandbox.host) is None


@pytest.mark.usefixtures("admin")
def test_an_admin_of_another_workspace_is_left_alone(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its credentials are not even shown to this one."""
    monkeypatch.setenv("DATABRICKS_HOST", "https://dbc-9999.cloud.databricks.com")
    sandbox.http.delete("/sandbox/requests")

    assert from_environment(sandbox.host) is None
    assert "/oidc/v1/token" not in {request["path"] for request in sandbox.requests()}


@pytest.mark.usefixtures("admin")
def test_a_wrong_admin_is_said_and_not_ignored(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence says what to do, without the credentials."""
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", "dose-wrong")

    with pytest.raises(WrongUse, match=r"do not log in at .*invalid_client.*mend them, or unset them") as raised:
        from_environment(sandbox.host)
    assert "dose-wrong" not in str(raised.value)


@pytest.mark.usefixtures("admin")
def test_an_admin_whose_login_breaks_off_is_not_wrong(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is tried again; where the workspace never answers, that is no fault of the variables."""
    sandbox.fail(method="POST", path=TOKEN, cut=True, times=1)
    assert from_environment(sandbox.host)

    monkeypatch.setattr(clients, "RETRY_TIMEOUT_S", 1)
    sandbox.fail(method="POST", path=TOKEN, cut=True, times=100)
    with pytest.raises(WorkspaceUnreachable, match="broke off the login"):
        from_environment(sandbox.host)
