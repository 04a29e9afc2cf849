"""The provider's process, as the engine starts it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent import futures

import grpc
import pytest
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2, provider_pb2_grpc

from tests.harness import ROOT, Sandbox

WITHIN_S = 1.0
DAY = 24 * 3600


class Engine:
    """What a provider is started by; it can be gone from one moment to the next."""

    def __init__(self) -> None:
        self.server = grpc.server(futures.ThreadPoolExecutor(2))
        engine_pb2_grpc.add_EngineServicer_to_server(engine_pb2_grpc.EngineServicer(), self.server)
        port = self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()
        command = [sys.executable, str(ROOT / "provider"), f"127.0.0.1:{port}"]
        self.provider = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
        assert self.provider.stdout
        self.port = int(self.provider.stdout.readline())

    def gone(self) -> None:
        self.server.stop(None)


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = Engine()
    yield engine
    engine.gone()
    engine.provider.kill()
    engine.provider.communicate()


def test_a_provider_without_its_engine_ends_itself(engine: Engine) -> None:
    """A killed engine cannot end it, and what it would still write nobody would know of."""
    time.sleep(WITHIN_S)
    assert engine.provider.poll() is None
    engine.gone()

    assert engine.provider.wait(WITHIN_S) == 1


def test_nothing_is_written_after_the_engine_is_gone(as_admin: Sandbox, engine: Engine) -> None:
    """A secret that is being made over and over, against a workspace that is busy, is given up in the middle."""
    newcomer = as_admin.newcomer()
    as_admin.fail(method="POST", path="/credentials/secrets", status=503, times=1, when="before")
    as_admin.fail(method="POST", path="/credentials/secrets", status=503, times=1, when="before")
    with grpc.insecure_channel(f"127.0.0.1:{engine.port}") as channel:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        configure = provider_pb2.ConfigureRequest(acceptSecrets=True, acceptResources=True)
        configure.args.update({"host": as_admin.host})
        stub.Configure(configure)
        create = provider_pb2.CreateRequest(urn="urn:pulumi:test::brickpass::brickpass:index:RotatingSecret::alchemer")
        create.properties.update({"integration": "alchemer", "principalId": newcomer.id, "applicationId": newcomer.application_id})
        create.properties.update({"rotateEvery": 90 * DAY, "overlap": 14 * DAY, "anchor": "2026-01-05T00:00:00Z"})
        create.properties.update({"period": 0, "generation": 1})
        making = stub.Create.future(create)
        while not posts(as_admin):
            time.sleep(0.02)
        engine.gone()
        engine.provider.wait(WITHIN_S)
        making.cancel()
    before = posts(as_admin)
    time.sleep(2 * WITHIN_S)

    assert posts(as_admin) == before
    assert len(list(as_admin.admin.service_principal_secrets_proxy.list(newcomer.id))) == 1


def posts(sandbox: Sandbox) -> int:
    return sum(each["method"] == "POST" and "/credentials/secrets" in each["path"] and each["status"] == 503 for each in sandbox.requests())
