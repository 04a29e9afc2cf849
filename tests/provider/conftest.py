"""The provider's parts on a real sandbox, with a real engine log to speak to."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from concurrent import futures
from typing import TypeVar

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from provider.access_lists import AccessLists
from provider.declared import Declared
from provider.doubles import Doubles
from provider.engine_log import EngineLog
from provider.object_permission import ObjectPermission
from provider.patience import Patience
from provider.preflight import Preflight
from provider.rotating_secret import RotatingSecret
from provider.secret_maker import SecretMaker
from provider.secrets_api import SecretsApi
from provider.securable_grant import SecurableGrant
from provider.securable_writer import SecurableWriter
from provider.workspace import Workspace
from tests.harness import Sandbox

T = TypeVar("T")


class Engine(engine_pb2_grpc.EngineServicer):
    """The end of the engine that the provider's log goes to."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def Log(self, request: engine_pb2.LogRequest, context: object) -> Empty:  # noqa: N802 - gRPC's name
        del context
        self.heard.append(request.message)
        return Empty()


class Provider:
    """The handlers, wired as the plugin wires them."""

    def __init__(self, workspace: Workspace, log: EngineLog) -> None:
        patience = Patience(log)
        self.workspace = workspace
        self.log = log
        self.declared = Declared()
        self.object_permission = ObjectPermission(AccessLists(workspace, self.declared, log), patience, self.declared)
        self.securable_grant = SecurableGrant(SecurableWriter(workspace, self.declared), patience, self.declared)
        self.preflight = Preflight(workspace)
        secrets, doubles = SecretsApi(workspace), Doubles(workspace, None, self.preflight, log)
        self.rotating_secret = RotatingSecret(secrets, SecretMaker(secrets, patience, log), doubles, log)


class Drive:
    """Runs what a test wants of the provider in one event loop, and counts what it asked of the workspace."""

    def __init__(self, sandbox: Sandbox, engine_address: str) -> None:
        self.sandbox = sandbox
        self.engine_address = engine_address

    def __call__(self, work: Callable[[Provider], Awaitable[T]]) -> T:
        async def driven() -> T:
            provider = Provider(Workspace(self.sandbox.host), EngineLog(self.engine_address))
            await provider.workspace.do("GET", "/api/2.0/preview/scim/v2/Me")
            self.sandbox.http.delete("/sandbox/requests")
            return await work(provider)

        return asyncio.run(driven())

    def asked(self) -> list[str]:
        """Method and path of each request since the login, ours apart."""
        return [
            f"{request['method']} {request['path']}" for request in self.sandbox.requests() if not request["path"].startswith("/sandbox")
        ]


@pytest.fixture
def engine() -> Iterator[tuple[Engine, str]]:
    """What listens for the provider's words, and its address."""
    server = grpc.server(futures.ThreadPoolExecutor(2))
    listener = Engine()
    engine_pb2_grpc.add_EngineServicer_to_server(listener, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield listener, f"127.0.0.1:{port}"
    server.stop(None)


@pytest.fixture
def as_admin(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """With the admin's credentials in the environment, where the provider takes them from."""
    client_id, secret = sandbox.admin_credentials
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", client_id)
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", secret)
    return sandbox


@pytest.fixture
def drive(as_admin: Sandbox, engine: tuple[Engine, str]) -> Drive:
    return Drive(as_admin, engine[1])
