"""A plugin on a real gRPC channel, and a small real workspace that remembers what it was asked."""

import json
import threading
from collections.abc import Iterator, Mapping
from concurrent import futures
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import grpc
import pytest
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from sandbox.plugin.server import Servicer

WORKSPACE_ID = "6051921418418893"
APPLICATION_ID = "5bd71bc8-3f2e-4f0e-9d1a-2f8f0f9a1c11"
PRINCIPAL = "/api/2.0/preview/scim/v2/ServicePrincipals"
TYPES = {
    "ServicePrincipal": "databricks:index/servicePrincipal:ServicePrincipal",
    "Entitlements": "databricks:index/entitlements:Entitlements",
    "GroupMember": "databricks:index/groupMember:GroupMember",
    "MwsPermissionAssignment": "databricks:index/mwsPermissionAssignment:MwsPermissionAssignment",
    "PermissionAssignment": "databricks:index/permissionAssignment:PermissionAssignment",
    "SecretAcl": "databricks:index/secretAcl:SecretAcl",
    "ServicePrincipalFederationPolicy": "databricks:index/servicePrincipalFederationPolicy:ServicePrincipalFederationPolicy",
}
ACCOUNT_ID = "0f1e2d3c-0000-4000-8000-000000000001"
Json = dict[str, object]


@dataclass
class Asked:
    """One request, as it came over the wire."""

    method: str
    path: str
    query: dict[str, list[str]]
    body: Json | None
    headers: Mapping[str, str]

    def __str__(self) -> str:
        attributes = self.query.get("attributes", [""])[0]
        return f"{self.method} {self.path}" + (f"?attributes={attributes}" if attributes else "")


@dataclass
class SmallWorkspace:
    """Answers as told, by method and path; what nobody told it is a 404."""

    host: str
    answers: dict[tuple[str, str], tuple[int, Json]] = field(default_factory=dict)
    first: dict[tuple[str, str], list[tuple[int, Json]]] = field(default_factory=dict)
    """What is answered before that, once each."""
    asked: list[Asked] = field(default_factory=list)

    def answer(self, method: str, path: str, body: Json, *, status: int = 200) -> None:
        self.answers[method, path] = (status, body)

    def answer_first(self, method: str, path: str, body: Json, *, status: int = 200) -> None:
        self.first.setdefault((method, path), []).append((status, body))

    def calls(self) -> list[str]:
        """What was asked of the API itself, logins left out."""
        return [str(request) for request in self.asked if request.path.startswith("/api/")]

    def body_of(self, method: str) -> Json | None:
        return next(request.body for request in self.asked if request.method == method and request.path.startswith("/api/"))


@pytest.fixture
def workspace(monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallWorkspace]:
    """A workspace with a login, one principal, and the admin's credentials in the environment."""
    small: SmallWorkspace

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            raw = self.rfile.read(length)
            url = urlsplit(self.path)
            body = json.loads(raw) if raw and "json" in self.headers.get("Content-Type", "") else None
            small.asked.append(Asked(self.command, url.path, parse_qs(url.query), body, dict(self.headers.items())))
            missing = (404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "not told"})
            once = small.first.get((self.command, url.path))
            status, answer = once.pop(0) if once else small.answers.get((self.command, url.path), missing)
            text = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - http.server's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name for it
            """Says nothing: the tests look at `asked`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    small = SmallWorkspace(f"http://127.0.0.1:{server.server_address[1]}")
    small.answer("GET", "/.well-known/databricks-config", {"oidc_endpoint": f"{small.host}/oidc", "workspace_id": WORKSPACE_ID})
    token_endpoint = f"{small.host}/oidc/v1/token"
    discovery: Json = {"authorization_endpoint": f"{small.host}/oidc/v1/authorize", "token_endpoint": token_endpoint}
    small.answer("GET", "/oidc/.well-known/oauth-authorization-server", discovery)
    small.answer("POST", "/oidc/v1/token", {"access_token": "a-token", "token_type": "Bearer", "expires_in": 3600})
    principal: Json = {"id": "7531902468024680", "applicationId": APPLICATION_ID, "displayName": "alchemer", "active": True}
    small.answer("POST", PRINCIPAL, principal, status=201)
    for method in ("GET", "PUT", "PATCH"):
        small.answer(method, f"{PRINCIPAL}/7531902468024680", principal)
    small.answer("DELETE", f"{PRINCIPAL}/7531902468024680", {})
    for name in ("DATABRICKS_HOST", "DATABRICKS_TOKEN", "DATABRICKS_AUTH_TYPE", "DATABRICKS_CONFIG_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", "the-admin")
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", "the-admins-secret")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield small
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Plugin:
    """The plugin as the engine talks to it."""

    stub: provider_pb2_grpc.ResourceProviderStub

    def configure(self, **settings: str) -> None:
        self.stub.Configure(provider_pb2.ConfigureRequest(args=struct(settings), acceptSecrets=True, acceptResources=True))

    def check(self, kind: str, **inputs: object) -> tuple[Json, dict[str, str]]:
        answer = self.stub.Check(provider_pb2.CheckRequest(urn=urn(kind), news=struct(inputs)))
        return plain(answer.inputs), {failure.property: failure.reason for failure in answer.failures}

    def checked(self, kind: str, **inputs: object) -> Json:
        given, failures = self.check(kind, **inputs)
        assert failures == {}
        return given

    def create(self, kind: str, *, preview: bool = False, **inputs: object) -> tuple[str, Json]:
        request = provider_pb2.CreateRequest(urn=urn(kind), properties=struct(self.checked(kind, **inputs)), preview=preview)
        answer = self.stub.Create(request)
        return answer.id, plain(answer.properties)

    def diff(self, kind: str, resource_id: str, old: Json, **inputs: object) -> dict[str, str]:
        request = provider_pb2.DiffRequest(urn=urn(kind), id=resource_id, olds=struct(old), news=struct(self.checked(kind, **inputs)))
        answer = self.stub.Diff(request)
        kinds = {name: provider_pb2.PropertyDiff.Kind.Name(change.kind) for name, change in answer.detailedDiff.items()}
        assert answer.changes == (provider_pb2.DiffResponse.DIFF_SOME if kinds else provider_pb2.DiffResponse.DIFF_NONE)
        assert sorted(answer.replaces) == sorted(name for name, change in kinds.items() if change.endswith("_REPLACE"))
        return kinds

    def update(self, kind: str, resource_id: str, old: Json, *, preview: bool = False, **inputs: object) -> Json:
        news = struct(self.checked(kind, **inputs))
        answer = self.stub.Update(provider_pb2.UpdateRequest(urn=urn(kind), id=resource_id, olds=struct(old), news=news, preview=preview))
        return plain(answer.properties)

    def read(self, kind: str, resource_id: str, state: Json | None = None, inputs: Json | None = None) -> tuple[str, Json, Json]:
        request = provider_pb2.ReadRequest(urn=urn(kind), id=resource_id, properties=struct(state or {}), inputs=struct(inputs or {}))
        answer = self.stub.Read(request)
        return answer.id, plain(answer.properties), plain(answer.inputs)

    def delete(self, kind: str, resource_id: str, state: Json) -> None:
        self.stub.Delete(provider_pb2.DeleteRequest(urn=urn(kind), id=resource_id, properties=struct(state)))


@pytest.fixture
def plugin() -> Iterator[Plugin]:
    """The plugin, not configured."""
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield Plugin(provider_pb2_grpc.ResourceProviderStub(channel))
    server.stop(grace=1).wait()


@pytest.fixture
def configured(plugin: Plugin, workspace: SmallWorkspace) -> Plugin:
    """The plugin with the small workspace as its host, and nothing else: the credentials are the environment's."""
    plugin.configure(host=workspace.host)
    return plugin


@pytest.fixture
def for_account(plugin: Plugin, workspace: SmallWorkspace) -> Plugin:
    """The same with an account's id: what a program gives its account-level provider."""
    plugin.configure(host=workspace.host, accountId=ACCOUNT_ID)
    return plugin


def urn(kind: str) -> str:
    return f"urn:pulumi:test::brickpass::brickpass:index:Integration${TYPES.get(kind, kind)}::alchemer"


def struct(values: Mapping[str, object]) -> struct_pb2.Struct:
    return json_format.ParseDict(dict(values), struct_pb2.Struct())


def plain(values: struct_pb2.Struct) -> Json:
    found: Json = json_format.MessageToDict(values)
    return found
