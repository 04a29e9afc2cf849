"""The provider resource: whom the stand-in talks to, and what it says of itself."""

import os
import signal
import subprocess
import sys
from concurrent import futures
from queue import Queue

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2, provider_pb2_grpc

from tests.plugin.conftest import PRINCIPAL, Plugin, SmallWorkspace, plain, struct, urn


@pytest.mark.parametrize(
    "host", ["https://dbc-1234.cloud.databricks.com", "dbc-1234.cloud.databricks.com", "http://127.0.0.1.evil.example", "http://10.0.0.7"]
)
def test_a_host_elsewhere_is_refused(plugin: Plugin, host: str) -> None:
    """A host that is not on loopback is refused with one sentence, in the check and in the configuration."""
    checked = plugin.stub.CheckConfig(provider_pb2.CheckRequest(urn=urn("pulumi:providers:databricks"), news=struct({"host": host})))
    with pytest.raises(grpc.RpcError) as refused:
        plugin.configure(host=host)

    assert [failure.property for failure in checked.failures] == ["host"]
    assert checked.failures[0].reason == refused.value.details()
    assert checked.failures[0].reason.startswith(f"{host} is not on this machine")
    assert "\n" not in checked.failures[0].reason


@pytest.mark.parametrize("host", ["http://127.0.0.1:8080", "http://localhost:8080/?o=1", "http://[::1]:8080"])
def test_a_host_on_loopback_is_taken(plugin: Plugin, host: str) -> None:
    """Loopback, by number or by name, is where a sandbox can be."""
    checked = plugin.stub.CheckConfig(provider_pb2.CheckRequest(urn=urn("pulumi:providers:databricks"), news=struct({"host": host})))

    assert list(checked.failures) == []
    assert plain(checked.inputs) == {"host": host}


def test_the_host_may_come_from_the_environment(plugin: Plugin, workspace: SmallWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a host in the program DATABRICKS_HOST counts, and is held to the same rule."""
    monkeypatch.setenv("DATABRICKS_HOST", workspace.host)
    plugin.configure()
    plugin.create("ServicePrincipal", displayName="alchemer")
    assert f"POST {PRINCIPAL}" in workspace.calls()

    monkeypatch.setenv("DATABRICKS_HOST", "https://dbc-1234.cloud.databricks.com")
    with pytest.raises(grpc.RpcError, match="is not on this machine"):
        plugin.configure()


def test_credentials_are_the_environments_and_in_no_state(configured: Plugin, workspace: SmallWorkspace) -> None:
    """The login uses the environment's secret, and nothing of it comes back to the engine."""
    _, state = configured.create("ServicePrincipal", displayName="alchemer")

    login = next(request for request in workspace.asked if request.path == "/oidc/v1/token")
    assert login.headers["Authorization"].startswith("Basic ")
    assert "the-admin" not in str(state)


def test_an_unknown_setting_is_refused(plugin: Plugin) -> None:
    """A setting that the stand-in cannot honour is not silently ignored."""
    answer = plugin.stub.CheckConfig(
        provider_pb2.CheckRequest(urn=urn("pulumi:providers:databricks"), news=struct({"host": "http://127.0.0.1:1", "azureTenantId": "x"}))
    )

    assert [failure.property for failure in answer.failures] == ["azureTenantId"]


def test_a_sandbox_that_is_not_running_is_said_at_once(plugin: Plugin, monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed port is one sentence, not minutes of retries."""
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", "x")
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", "y")
    plugin.configure(host="http://127.0.0.1:1")

    with pytest.raises(grpc.RpcError) as refused:
        plugin.create("ServicePrincipal", displayName="alchemer")

    assert refused.value.details() == "nothing answers at http://127.0.0.1:1: start the sandbox with `python -m sandbox start`"


def test_wrong_credentials_are_one_sentence(configured: Plugin, workspace: SmallWorkspace) -> None:
    """A refused login says so, without the secret."""
    refused_login = {"error": "invalid_client", "error_description": "Client authentication failed"}
    workspace.answer("POST", "/oidc/v1/token", dict(refused_login), status=401)

    with pytest.raises(grpc.RpcError) as refused:
        configured.create("ServicePrincipal", displayName="alchemer")

    assert refused.value.details() == (
        f"cannot create service principal: cannot log in at {workspace.host}: invalid_client: Client authentication failed"
    )


def test_another_resource_type_is_refused(plugin: Plugin) -> None:
    """What the stand-in does not have, it names."""
    with pytest.raises(grpc.RpcError, match="has no resource type 'databricks:index/job:Job'"):
        plugin.check("databricks:index/job:Job", name="x")


def test_functions_are_refused(plugin: Plugin) -> None:
    """There are no functions, and the answer says which one was asked for."""
    with pytest.raises(grpc.RpcError, match="databricks:index/getJob:getJob"):
        plugin.stub.Invoke(provider_pb2.InvokeRequest(tok="databricks:index/getJob:getJob"))


def test_it_is_the_version_that_it_stands_in_for(plugin: Plugin) -> None:
    """The engine asks for 1.118.0 and gets it."""
    assert plugin.stub.GetPluginInfo(empty_pb2.Empty()).version == "1.118.0"


def test_the_process_says_what_it_is_and_serves() -> None:
    """Started as the engine starts it, it prints its port, logs once that it is a stand-in, and answers."""
    said: Queue[str] = Queue()

    class Engine(engine_pb2_grpc.EngineServicer):
        def Log(self, request: engine_pb2.LogRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:  # noqa: ARG002, N802 - the protocol's
            said.put(request.message)
            return empty_pb2.Empty()

    server = grpc.server(futures.ThreadPoolExecutor(max_workers=1))
    engine_pb2_grpc.add_EngineServicer_to_server(Engine(), server)
    engine_port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with subprocess.Popen(
        [sys.executable, "-m", "sandbox.plugin", f"127.0.0.1:{engine_port}"], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                info = provider_pb2_grpc.ResourceProviderStub(channel).GetPluginInfo(empty_pb2.Empty())
            assert info.version == "1.118.0"
            assert "stand-in for the official databricks plugin" in said.get(timeout=10)
        finally:
            os.kill(process.pid, signal.SIGTERM)
    server.stop(grace=1).wait()
    assert said.empty()
