"""While the workspace is in trouble a request waits for its repetition: what a person does in that time is never undone by it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
from databricks.sdk.service.iam import AccessControlRequest, PermissionLevel
from databricks.sdk.service.workspace import AclPermission

from provider.object_permission import PermissionInputs, PermissionState
from tests.harness import Newcomer, Sandbox
from tests.provider.conftest import Drive, Provider

T = TypeVar("T")

URN = "urn:pulumi:test::brickpass::brickpass:index:ObjectPermission::alchemer"
ANN, BRUNO = "ann.lee@acme.example", "bruno.costa@acme.example"
WAREHOUSES = "sql/warehouses"
WRITES = "/permissions/|/secrets/acls/(put|delete)"


def in_trouble(drive: Drive, work: Callable[[Provider], Awaitable[T]], meanwhile: Callable[[], object], lost: str = "before") -> T:
    """What `work` comes to, with what is done after its first write met a workspace that is not available."""
    sandbox = drive.sandbox

    def a_person() -> None:
        deadline = time.monotonic() + 10
        while not any(fault["met"] for fault in sandbox.http.get("/sandbox/faults").json()["faults"]):
            assert time.monotonic() < deadline, "nothing was written"
            time.sleep(0.01)
        # The person meets no trouble, which would hold them up.
        sandbox.http.delete("/sandbox/faults")
        meanwhile()

    async def run(provider: Provider) -> T:
        for method in ("PATCH", "PUT", "POST"):
            sandbox.fail(method=method, path=WRITES, status=503, error_code="TEMPORARILY_UNAVAILABLE", when=lost)
        result, _ = await asyncio.gather(work(provider), asyncio.to_thread(a_person))
        return result

    return drive(run)


def wanted(principal: Newcomer, kind: str, object_id: str, level: str, **more: object) -> PermissionInputs:
    known = {"integration": "alchemer", "principal": principal.application_id, "kind": kind, "object_id": object_id}
    return PermissionInputs.model_validate(known | {"object_name": object_id, "level": level} | more)


def given(drive: Drive, inputs: PermissionInputs) -> PermissionState:
    return drive(lambda provider: provider.object_permission.create(inputs, urn=URN)).state


@pytest.fixture
def job(sandbox: Sandbox) -> str:
    return str(sandbox.job())


def person_becomes_owner(sandbox: Sandbox, job: str) -> None:
    entry = AccessControlRequest(user_name=BRUNO, permission_level=PermissionLevel.IS_OWNER)
    sandbox.admin.permissions.update("jobs", job, access_control_list=[entry])


@pytest.mark.parametrize("to", [None, "CAN_VIEW"], ids=["removed", "lowered"])
def test_whoever_becomes_the_owner_stays_the_owner(sandbox: Sandbox, newcomer: Newcomer, drive: Drive, job: str, to: str | None) -> None:
    """The next owner is sent only while the principal still owns the object."""
    state = given(drive, wanted(newcomer, "jobs", job, "IS_OWNER", next_owner=ANN))

    async def give_up(provider: Provider) -> None:
        if to:
            await provider.object_permission.update("id", state, wanted(newcomer, "jobs", job, to), urn=URN)
        else:
            await provider.object_permission.delete("id", state, urn=URN)

    in_trouble(drive, give_up, lambda: person_becomes_owner(sandbox, job))

    levels = sandbox.direct_levels("jobs", job)
    assert levels[BRUNO] == "IS_OWNER"
    assert ANN not in levels
    assert levels.get(newcomer.application_id) == to


def test_whoever_takes_it_from_the_next_owner_stays_the_owner(sandbox: Sandbox, newcomer: Newcomer, drive: Drive, job: str) -> None:
    """The object had passed on, which was not known: nothing is sent again."""
    state = given(drive, wanted(newcomer, "jobs", job, "IS_OWNER", next_owner=ANN))

    in_trouble(
        drive, lambda provider: provider.object_permission.delete("id", state, urn=URN), lambda: person_becomes_owner(sandbox, job), "after"
    )

    assert sandbox.direct_levels("jobs", job) == sandbox.direct_levels("jobs", job) | {BRUNO: "IS_OWNER", ANN: "CAN_MANAGE"}
    assert newcomer.application_id not in sandbox.direct_levels("jobs", job)


@pytest.mark.parametrize("lost", ["before", "after"])
def test_a_level_that_a_person_raises_is_not_lowered(sandbox: Sandbox, newcomer: Newcomer, drive: Drive, lost: str) -> None:
    """An adopted principal is given a level, and has a higher one by then: that is what it had before us."""
    warehouse = sandbox.warehouse()
    sandbox.grant(WAREHOUSES, warehouse, newcomer, "CAN_VIEW")
    inputs = wanted(newcomer, "warehouses", warehouse, "CAN_USE", adopted=True)

    made = in_trouble(
        drive,
        lambda provider: provider.object_permission.create(inputs, urn=URN),
        lambda: sandbox.grant(WAREHOUSES, warehouse, newcomer, "CAN_MANAGE"),
        lost,
    ).state

    assert sandbox.direct_levels(WAREHOUSES, warehouse)[newcomer.application_id] == "CAN_MANAGE"
    assert (made.level_before, made.written) == ("CAN_MANAGE", None)


def test_a_level_that_was_given_though_the_answer_was_lost_is_ours(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """It is there at the second look, and is taken for what was sent."""
    warehouse = sandbox.warehouse()
    sandbox.grant(WAREHOUSES, warehouse, newcomer, "CAN_VIEW")
    inputs = wanted(newcomer, "warehouses", warehouse, "CAN_USE", adopted=True)

    made = in_trouble(drive, lambda provider: provider.object_permission.create(inputs, urn=URN), lambda: None, "after").state

    assert (made.level_before, made.written) == ("CAN_VIEW", "CAN_USE")
    assert [asked.split()[0] for asked in drive.asked()] == ["GET", "GET", "PATCH", "GET"]


@pytest.mark.parametrize("before", [None, "CAN_VIEW"], ids=["no entry", "a lower level"])
def test_a_level_that_a_person_raises_is_not_given_back(sandbox: Sandbox, newcomer: Newcomer, drive: Drive, before: str | None) -> None:
    """What an adopted principal had before us is only put in the place of what we gave."""
    warehouse = sandbox.warehouse()
    if before:
        sandbox.grant(WAREHOUSES, warehouse, newcomer, before)
    state = given(drive, wanted(newcomer, "warehouses", warehouse, "CAN_USE", adopted=True))

    in_trouble(
        drive,
        lambda provider: provider.object_permission.delete("id", state, urn=URN),
        lambda: sandbox.grant(WAREHOUSES, warehouse, newcomer, "CAN_MANAGE"),
    )

    assert sandbox.direct_levels(WAREHOUSES, warehouse)[newcomer.application_id] == "CAN_MANAGE"


@pytest.mark.parametrize("verb", ["create", "delete"])
def test_a_persons_level_on_a_secret_scope_stays_too(sandbox: Sandbox, newcomer: Newcomer, drive: Drive, verb: str) -> None:
    """Its API touches one entry, and can lower that."""
    secrets = sandbox.admin.secrets
    secrets.create_scope("vendor")
    inputs = wanted(newcomer, "secret_scopes", "vendor", "READ", adopted=True)
    state = given(drive, inputs) if verb == "delete" else None

    async def work(provider: Provider) -> None:
        if state:
            await provider.object_permission.delete("id", state, urn=URN)
        else:
            await provider.object_permission.create(inputs, urn=URN)

    in_trouble(drive, work, lambda: secrets.put_acl("vendor", newcomer.application_id, AclPermission.MANAGE))

    assert secrets.get_acl("vendor", newcomer.application_id).permission is AclPermission.MANAGE


def test_an_adopted_owner_that_passed_the_job_on_keeps_nothing(sandbox: Sandbox, newcomer: Newcomer, drive: Drive, job: str) -> None:
    """What is left of the ownership that we gave goes with it, whoever is the next owner."""
    before = sandbox.direct_levels("jobs", job)
    [owner] = [who for who, level in before.items() if level == "IS_OWNER"]
    state = given(drive, wanted(newcomer, "jobs", job, "IS_OWNER", next_owner=ANN, adopted=True))

    drive(lambda provider: provider.object_permission.delete("id", state, urn=URN))

    assert sandbox.direct_levels("jobs", job) == before | {owner: "CAN_MANAGE", ANN: "IS_OWNER"}
