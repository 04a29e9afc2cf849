"""Credentials stay where they were meant to go, whatever the host there says."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from databricks.sdk import oauth
from databricks.sdk.config import Config
from databricks.sdk.credentials_provider import CredentialsProvider, DefaultCredentials
from databricks.sdk.environments import ENVIRONMENTS
from pydantic import SecretStr

from checks.clients import Credentials, client, from_environment
from checks.staying import SentElsewhere, logging_in
from model.hosts import UntrustedHost

SECRET = "dose-canary"


class Host(ThreadingHTTPServer):
    """Somebody who answers, and keeps all that came."""

    def __init__(self, answer: Callable[["Host", str], tuple[int, dict[str, str], object]]) -> None:
        self.answer = answer
        self.came: list[tuple[str, str, str]] = []
        """Path, headers and body of each request."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"

    def paths(self) -> list[str]:
        return [path for path, _, _ in self.came]


class _Handler(BaseHTTPRequestHandler):
    server: Host

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.server.came.append((self.path, str(self.headers), self.rfile.read(length).decode()))
        status, headers, body = self.server.answer(self.server, self.path)
        self.send_response(status)
        written = json.dumps(body).encode()
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(written)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(written)

    do_POST = do_PUT = do_PATCH = do_GET  # noqa: N815 - the names that http.server calls

    def log_message(self, *_: object) -> None:
        """To nobody."""


Serve = Callable[[Callable[[Host, str], tuple[int, dict[str, str], object]]], Host]


@pytest.fixture
def serve() -> Iterator[Serve]:
    hosts: list[Host] = []

    def started(answer: Callable[[Host, str], tuple[int, dict[str, str], object]]) -> Host:
        host = Host(answer)
        threading.Thread(target=host.serve_forever, args=(0.01,), daemon=True).start()
        hosts.append(host)
        return host

    yield started
    for host in hosts:
        host.shutdown()
        host.server_close()


@pytest.fixture
def thief(serve: Serve) -> Host:
    """Takes all that comes for a login, and says thanks with a token."""
    return serve(lambda _, __: (200, {}, _TOKEN))


_TOKEN = {"access_token": "eyJ-stolen", "token_type": "Bearer", "expires_in": 3600}


def workspace(
    path: str, host: Host, *, redirects: dict[str, tuple[int, str]], token_endpoint: str = ""
) -> tuple[int, dict[str, str], object]:
    """What a workspace answers, that sends some requests on."""
    if path in redirects:
        status, to = redirects[path]
        return status, {"Location": to}, {}
    if path.endswith("/databricks-config"):
        return 200, {}, {"oidc_endpoint": f"{host.url}/oidc", "workspace_id": "1"}
    if path.endswith("/oauth-authorization-server"):
        return 200, {}, {"authorization_endpoint": f"{host.url}/authorize", "token_endpoint": token_endpoint or f"{host.url}/oidc/v1/token"}
    return 200, {}, _TOKEN if path.endswith("/token") else {"id": "1", "userName": "me"}


def bundle(host: Host) -> Credentials:
    return Credentials(host.url, "5bd71bc8-0f3c-4f0a-8f54-1d2f6a3d9a11", SecretStr(SECRET))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_login_is_not_sent_on(serve: Serve, thief: Host, status: int) -> None:
    """Not as another method either; and the error says where it was to go."""
    redirects = {"/oidc/v1/token": (status, f"{thief.url}/oidc/v1/token")}
    host = serve(lambda me, path: workspace(path, me, redirects=redirects))

    with pytest.raises(
        SentElsewhere, match=rf"{host.url} sends what is meant for it on to {thief.url}, which gets nobody's credentials"
    ) as said:
        client(bundle(host))

    assert SECRET not in str(said.value)
    assert thief.came == []


@pytest.mark.parametrize(
    ("status", "to"),
    [
        *((status, "{thief}/api/stolen") for status in (301, 302, 303, 307, 308)),
        (307, "//127.0.0.1:{port}/api/stolen"),
        (307, "http://localhost:{port}/api/stolen"),
    ],
)
def test_a_request_with_its_body_is_not_sent_on(serve: Serve, thief: Host, status: int, to: str) -> None:
    """What is put into a secret scope is in it."""
    redirects = {"/api/2.0/secrets/put": (status, to.format(thief=thief.url, port=thief.server_port))}
    host = serve(lambda me, path: workspace(path, me, redirects=redirects))
    logged_in = client(bundle(host))

    with pytest.raises(SentElsewhere, match="sends what is meant for it on to http://"):
        logged_in.secrets.put_secret("cx-vendors", "alchemer", string_value=SECRET)

    assert thief.came == []


def test_a_request_may_be_sent_on_at_the_same_host(serve: Serve) -> None:
    """As a workspace does to its login page, on which the SDK finds out that it is reached by a private link alone."""
    redirects = {"/api/2.0/preview/scim/v2/Me": (307, "/api/2.0/elsewhere")}
    host = serve(lambda me, path: workspace(path, me, redirects=redirects))

    assert client(bundle(host)).current_user.me().user_name == "me"
    assert host.paths()[-2:] == ["/api/2.0/preview/scim/v2/Me", "/api/2.0/elsewhere"]


def test_the_same_letters_are_not_read_as_another_host(serve: Serve, thief: Host) -> None:
    """Of two names in one address, the one to which it would be sent counts."""
    host = serve(
        lambda me, path: workspace(
            path, me, redirects={"/api/2.0/preview/scim/v2/Me": (307, f"{thief.url}\\@127.0.0.1:{me.server_port}/api")}
        )
    )

    with pytest.raises(SentElsewhere):
        client(bundle(host)).current_user.me()

    assert thief.came == []


@pytest.mark.parametrize("elsewhere", ["https://login.acme.example/oidc/v1/token", "http://dbc-1234.cloud.databricks.com/oidc/v1/token"])
def test_a_token_endpoint_at_an_untrusted_host_gets_no_login(serve: Serve, elsewhere: str) -> None:
    """Where to log in says the host itself, so that it could say anything."""
    host = serve(lambda me, path: workspace(path, me, redirects={}, token_endpoint=elsewhere))

    with pytest.raises(SentElsewhere, match=elsewhere.removesuffix("/oidc/v1/token")):
        client(bundle(host))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows by each address that a login is sent to, where it is not answered."""
    asked: list[str] = []

    def unanswered(url: str, *_: object, **options: object) -> None:
        asked.append(url)
        assert options["allow_redirects"] is False
        raise ValueError("invalid_client: enough was seen")

    monkeypatch.setattr("requests.post", unanswered)
    return asked


def test_a_token_endpoint_at_a_host_that_the_stack_trusts_gets_the_login(serve: Serve, asked: list[str]) -> None:
    """As the workspace's own would."""
    host = serve(lambda me, path: workspace(path, me, redirects={}, token_endpoint="https://login.acme.example/oidc/v1/token"))

    with pytest.raises(Exception, match="enough was seen"):
        client(Credentials(host.url, "id", SecretStr(SECRET), trusted_hosts=["login.acme.example"]))
    assert asked == ["https://login.acme.example/oidc/v1/token"]


@pytest.mark.parametrize("cloud", ENVIRONMENTS)
def test_azures_own_directory_gets_its_logins(asked: list[str], cloud: str) -> None:
    """An admin's of Azure is no login of Databricks."""
    endpoint = f"{ENVIRONMENTS[cloud].active_directory_endpoint}tenant/oauth2/token"

    with logging_in([]), pytest.raises(ValueError, match="enough was seen"):
        oauth.retrieve_token("id", SECRET, endpoint, {})

    assert asked == [endpoint]


def test_a_login_that_begins_with_a_token_is_held_too(serve: Serve, asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """As one does that somebody began in a browser: it is made anew before anything is asked for."""
    host = serve(lambda me, path: workspace(path, me, redirects={}))

    def in_a_browser(self: DefaultCredentials, _: Config) -> CredentialsProvider:
        self._auth_type = "external-browser"
        token = oauth.retrieve_token("id", SECRET, "https://login.acme.example/oidc/v1/token", {})
        return lambda: {"Authorization": token.access_token}

    monkeypatch.setattr(DefaultCredentials, "__call__", in_a_browser)

    with pytest.raises(SentElsewhere, match=r"https://login\.acme\.example"):
        client(bundle(host))
    assert asked == []
    with pytest.raises(Exception, match="enough was seen"):
        client(Credentials(host.url, "id", SecretStr(SECRET), trusted_hosts=["login.acme.example"]))
    assert asked == ["https://login.acme.example/oidc/v1/token"]


def test_an_untrusted_host_is_not_even_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither with a bundle's credentials nor with an admin's."""
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", "admin")
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", SECRET)

    def sent(*_: object, **__: object) -> None:
        pytest.fail("a request was made")

    monkeypatch.setattr("requests.sessions.Session.request", sent)

    with pytest.raises(UntrustedHost, match=r"No credential was sent there\."):
        client(Credentials("https://databricks.acme.example", "id", SecretStr(SECRET)))
    with pytest.raises(UntrustedHost):
        from_environment("https://databricks.acme.example")
    with pytest.raises(UntrustedHost):
        from_environment("https://databricks.acme.example", account_id="8c1f0f4e-5b1d-4f0e-9a63-2d7c5f8e1b42")
