"""A workspace in trouble: what is tried again, what never is, and what the user sees meanwhile."""

import asyncio
import time
from collections.abc import Iterator
from concurrent import futures
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from databricks.sdk.errors import NotFound, PermissionDenied, Unauthenticated
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from checks import login, troubles
from checks.troubles import StillInTrouble
from model.faults import WorkspaceUnreachable
from model.grants import ObjectGrant
from provider.access_lists import AccessLists
from provider.engine_log import EngineLog
from provider.memberships import Memberships
from provider.object_permission import PermissionInputs
from provider.securable_writer import SecurableWriter
from provider.verification import Verification, VerificationInputs
from provider.workspace import Json, Unanswered, Workspace
from tests.harness import Newcomer, Sandbox
from tests.provider.conftest import Drive, Provider

URN = "urn:pulumi:test::brickpass::brickpass:index:ObjectPermission::alchemer"
ME = "/api/2.0/preview/scim/v2/Me"
TOKEN = "^/oidc/v1/token"

Fault = dict[str, object]
TROUBLES: dict[str, Fault] = {
    "429": {"status": 429, "error_code": "REQUEST_LIMIT_EXCEEDED", "retry_after": 1},
    "500": {"status": 500, "error_code": "INTERNAL_ERROR"},
    "SCIM's limit": {"status": 500, "message": "REQUEST_LIMIT_EXCEEDED: Workspace 1234 exceeded the concurrent limit of 4 requests."},
    "502": {"status": 502, "message": "502 Bad Gateway"},
    "503": {"status": 503, "error_code": "TEMPORARILY_UNAVAILABLE"},
    "504": {"status": 504, "error_code": "DEADLINE_EXCEEDED"},
    "cut": {"cut": True},
}
EVERY_TROUBLE = pytest.mark.parametrize("fault", TROUBLES.values(), ids=TROUBLES.keys())


class Screen(engine_pb2_grpc.EngineServicer):
    """Keeps what the engine was told, and beside what."""

    def __init__(self) -> None:
        self.told: list[engine_pb2.LogRequest] = []

    def Log(self, request: engine_pb2.LogRequest, context: object) -> Empty:  # noqa: N802 - gRPC's name
        del context
        self.told.append(request)
        return Empty()


@pytest.fixture
def screen() -> Iterator[tuple[Screen, str]]:
    server = grpc.server(futures.ThreadPoolExecutor(2))
    screen = Screen()
    engine_pb2_grpc.add_EngineServicer_to_server(screen, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield screen, f"127.0.0.1:{port}"
    server.stop(None)


def access_list(sandbox: Sandbox) -> str:
    return f"/api/2.0/permissions/sql/warehouses/{sandbox.warehouse()}"


def can_use(newcomer: Newcomer) -> Json:
    return {"access_control_list": [{"service_principal_name": newcomer.application_id, "permission_level": "CAN_USE"}]}


@EVERY_TROUBLE
def test_a_write_that_sets_is_repeated(sandbox: Sandbox, newcomer: Newcomer, drive: Drive, fault: Fault) -> None:
    """Though it may have been done before the trouble came: it comes to the same."""
    path = access_list(sandbox)
    sandbox.fail(method="PATCH", path=path, when="after", **fault)

    drive(lambda provider: provider.workspace.do("PATCH", path, body=can_use(newcomer)))

    assert drive.asked() == [f"PATCH {path}"] * 2
    assert sandbox.direct_levels("sql/warehouses", sandbox.warehouse())[newcomer.application_id] == "CAN_USE"


@EVERY_TROUBLE
def test_what_is_sent_once_is_sent_once(sandbox: Sandbox, newcomer: Newcomer, drive: Drive, fault: Fault) -> None:
    """Whoever sent it hears that its fate is unknown, and looks."""
    path = access_list(sandbox)
    sandbox.fail(method="PATCH", path=path, when="after", **fault)

    with pytest.raises(Unanswered, match=f"PATCH {path} got no clear answer"):
        drive(lambda provider: provider.workspace.do("PATCH", path, body=can_use(newcomer), once=True))

    assert drive.asked() == [f"PATCH {path}"]


@pytest.mark.parametrize(
    ("status", "error_code", "kind"),
    [(403, "PERMISSION_DENIED", PermissionDenied), (404, "RESOURCE_DOES_NOT_EXIST", NotFound)],
)
def test_a_refusal_is_asked_for_once(sandbox: Sandbox, drive: Drive, status: int, error_code: str, kind: type[Exception]) -> None:
    """Permission denied is an answer: the same request would get it again."""
    path = access_list(sandbox)
    sandbox.fail(method="GET", path=path, status=status, error_code=error_code, message="no", times=10)

    with pytest.raises(kind):
        drive(lambda provider: provider.workspace.do("GET", path))

    assert drive.asked() == [f"GET {path}"]


def test_trouble_that_does_not_end_is_told_with_the_last_answer(sandbox: Sandbox, drive: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence: what was tried, for how long, what came."""
    monkeypatch.setattr(troubles, "LIMIT_S", 2.0)
    sandbox.fail(path=ME, status=500, error_code="INTERNAL_ERROR", message="a pipe burst", times=100)

    with pytest.raises(StillInTrouble) as raised:
        drive_without_me(drive, ME)

    said = str(raised.value)
    assert said.startswith(f"GET {ME} was tried for ")
    assert said.endswith("the workspace had an internal error (500). Run the same command again later; last: a pipe burst")


def drive_without_me(drive: Drive, path: str) -> Json:
    """As `drive` does, but for the request that it makes first."""
    return asyncio.run(Workspace(drive.sandbox.host).do("GET", path))


def test_a_token_that_ended_is_fetched_anew(sandbox: Sandbox, drive: Drive) -> None:
    """In the middle of a run, by one login for all requests that met it; nothing was done before, so that it is no repetition."""
    path = access_list(sandbox)

    async def eight_at_once(provider: Provider) -> list[Json]:
        sandbox.set_clock((datetime.now(UTC) + timedelta(hours=2)).isoformat())
        return await asyncio.gather(*(provider.workspace.do("GET", path) for _ in range(8)))

    assert all(answer["access_control_list"] for answer in drive(eight_at_once))
    assert drive.asked().count("POST /oidc/v1/token") == 1
    assert 8 < drive.asked().count(f"GET {path}") <= 16


def test_what_is_sent_once_waits_for_no_login(sandbox: Sandbox, drive: Drive) -> None:
    """What it was made of would be as old as the login takes: whoever sent it hears that, looks again, and is logged in anew."""
    path = access_list(sandbox)

    async def sent(provider: Provider) -> Json:
        assert sandbox.http.post("/sandbox/faults", json={"expire_tokens": True}).is_success
        with pytest.raises(Unanswered, match=f"GET {path} got no clear answer"):
            await provider.workspace.do("GET", path, once=True)
        sandbox.fail(path=TOKEN, status=503, error_code="TEMPORARILY_UNAVAILABLE")
        with pytest.raises(Unanswered, match=r"could not answer the login|broke off the login"):
            await provider.workspace.do("GET", path, once=True)
        return await provider.workspace.do("GET", path)

    assert drive(sent)["access_control_list"]
    sandbox.renew()
    statuses = [(request["path"], request["status"]) for request in sandbox.requests() if not request["path"].startswith("/sandbox")]
    assert [status for asked, status in statuses if asked == path] == [401, 200]


def test_a_token_that_is_refused_again_is_not_fetched_for_ever(sandbox: Sandbox, drive: Drive) -> None:
    """One new login; then the refusal is the answer."""
    path = access_list(sandbox)
    sandbox.fail(method="GET", path=path, status=401, error_code="401", message="Token is expired.", times=100)

    with pytest.raises(Unauthenticated):
        drive(lambda provider: provider.workspace.do("GET", path))

    assert drive.asked().count(f"GET {path}") == 2


@pytest.mark.parametrize("fault", ["429", "500", "cut"])
@pytest.mark.parametrize("path", [TOKEN, "^/.well-known/databricks-config", "^/oidc/.well-known/oauth-authorization-server"])
def test_a_login_in_trouble_is_tried_again(sandbox: Sandbox, drive: Drive, path: str, fault: str) -> None:
    """The SDK repeats no request for a token; none of the documents before it may be missing either."""
    sandbox.fail(path=path, **TROUBLES[fault])

    assert drive_without_me(drive, ME)["userName"] == sandbox.admin_credentials[0]


def test_a_login_without_an_answer_has_an_end(sandbox: Sandbox, drive: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK would wait for ever, and keep everybody else waiting."""
    monkeypatch.setattr(login, "LOGIN_TIMEOUT_S", 0.5)
    sandbox.fail(method="POST", path=TOKEN, delay_ms=5000)
    began = time.monotonic()

    assert drive_without_me(drive, ME)["userName"] == sandbox.admin_credentials[0]
    assert time.monotonic() - began < 4


def test_credentials_that_are_refused_are_asked_for_once(sandbox: Sandbox, drive: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong secret does not become right by trying."""
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", "dose-wrong")
    sandbox.http.delete("/sandbox/requests")

    with pytest.raises(WorkspaceUnreachable, match="does not accept the admin's credentials") as raised:
        drive_without_me(drive, ME)

    assert "dose-wrong" not in str(raised.value)
    assert drive.asked().count("POST /oidc/v1/token") == 1


def test_scim_gets_four_requests_at_once(sandbox: Sandbox, drive: Drive) -> None:
    """More would be turned away; other paths have no such limit."""
    sandbox.fail(path="/scim/v2/Groups|/permissions/", delay_ms=200, times=24)
    paths = ["/api/2.0/preview/scim/v2/Groups", access_list(sandbox)]

    async def twelve(provider: Provider, path: str) -> float:
        began = time.monotonic()
        await asyncio.gather(*(provider.workspace.do("GET", path) for _ in range(12)))
        return time.monotonic() - began

    async def each(provider: Provider) -> list[float]:
        return [await twelve(provider, path) for path in paths]

    scim, others = drive(each)
    assert scim >= 0.6
    assert others < 0.6


def test_a_secret_scope_that_does_not_know_a_new_principal_is_tried_again(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """As every other part of the workspace."""
    said = f"User or Group {newcomer.application_id} does not exist."
    sandbox.fail(path="/acls/put", status=400, error_code="INVALID_PARAMETER_VALUE", message=said, times=2)
    scope = "cx-vendors"
    known = {"integration": "alchemer", "principal": newcomer.application_id, "kind": "secret_scopes", "level": "READ"}
    grant = PermissionInputs.model_validate(known | {"object_id": scope, "object_name": scope})

    drive(lambda provider: provider.object_permission.create(grant, urn=URN))

    acls = sandbox.admin.secrets.list_acls(scope)
    assert "READ" in [acl.permission.value for acl in acls if acl.permission and acl.principal == newcomer.application_id]


def test_an_entitlement_that_is_gone_already_is_removed(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """When the answer to its removal was lost, the next one finds none, which the workspace calls a fault of the path."""
    said = "invalidPath No such attribute with the name : entitlements in the current resource"
    sandbox.fail(method="PATCH", path="/ServicePrincipals/", status=500, when="after")
    sandbox.fail(method="PATCH", path="/ServicePrincipals/", status=400, message=said)
    everything = frozenset({"databricks-sql-access", "workspace-access"})

    drive(lambda provider: Memberships(provider.workspace, None).remove_entitlements(newcomer.id, everything))

    assert not sandbox.admin.service_principals.get(newcomer.id).entitlements


def test_the_resource_that_waits_says_for_what(sandbox: Sandbox, newcomer: Newcomer, drive: Drive, screen: tuple[Screen, str]) -> None:
    """Beside itself, while it waits, and nowhere in what is kept."""
    grant = {"method": "PATCH", "path": access_list(sandbox)}
    sandbox.fail(**grant, status=429, error_code="REQUEST_LIMIT_EXCEEDED", retry_after=2)
    path = access_list(sandbox)

    async def told(provider: Provider) -> None:
        with EngineLog(screen[1]).telling(URN):
            await provider.workspace.do("PATCH", path, body=can_use(newcomer))

    drive(told)

    assert [(each.urn, each.message, each.ephemeral) for each in screen[0].told] == [
        (URN, "waiting: the workspace is busy (429), again in 2 s", True)
    ]


def test_a_proof_that_waits_says_for_what(sandbox: Sandbox, newcomer: Newcomer, drive: Drive, screen: tuple[Screen, str]) -> None:
    """Though it is made by the SDK's own client, in threads of its own."""
    sandbox.grant("sql/warehouses", sandbox.warehouse(), newcomer, "CAN_USE")
    grant = ObjectGrant(kind="warehouses", id=sandbox.warehouse(), name="bi-serverless", level="CAN_USE")
    sandbox.fail(path="/api/2.0/sql/warehouses/", status=503, error_code="TEMPORARILY_UNAVAILABLE", retry_after=2)
    known = {"integration": "alchemer", "client_id": newcomer.application_id, "client_secret": newcomer.secret, "revisions": ()}
    proof = VerificationInputs.model_validate(known | {"grants": (grant,)})

    async def told(provider: Provider) -> None:
        log, declared = EngineLog(screen[1]), provider.declared
        lists, securables = AccessLists(provider.workspace, declared, log), SecurableWriter(provider.workspace, declared)
        with log.telling(URN):
            await Verification(provider.workspace, lists, securables, log).create(proof, urn=URN)

    drive(told)

    [said] = screen[0].told
    assert said.urn == URN
    assert said.message.startswith("waiting: the workspace is busy, or the connection broke")


def test_waiting_is_said_once_a_second_and_kept_once_it_is_long(screen: tuple[Screen, str]) -> None:
    """A log that shows no passing lines has one of each long wait; another resource's wait is another."""

    async def wait() -> None:
        log = EngineLog(screen[1])
        for seconds in (1, 1, 30, 30):
            await log.waiting(URN, "the workspace is busy (429)", seconds)
        await log.waiting("", "the workspace is busy (429)", 1)

    asyncio.run(wait())

    assert [(each.urn, each.message, each.ephemeral) for each in screen[0].told] == [
        (URN, "waiting: the workspace is busy (429)", True),
        (URN, "waiting for more than 10 s: the workspace is busy (429)", False),
        ("", "waiting: the workspace is busy (429)", True),
    ]
