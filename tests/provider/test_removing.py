"""A level is taken off an access list that has troubles of its own: names that nobody bears, no owner, a workspace that loses answers."""

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

import provider.access_writer
from provider.access_writer import REMOVAL_ATTEMPTS, REMOVALS_AT_ONCE, Entry, NotRemoved
from provider.workspace import Json
from tests.harness import Newcomer, Sandbox
from tests.provider.conftest import Drive, Engine, Provider

WAREHOUSES = "sql/warehouses"


@pytest.fixture(autouse=True)
def _without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses between two attempts are none of what is tested here."""
    monkeypatch.setattr(provider.access_writer, "PAUSE_S", 0.0)


def path(request_type: str, object_id: str) -> str:
    return f"/api/2.0/permissions/{request_type}/{object_id}"


def removes(drive: Drive, access_list: str, principal: Newcomer, *, meanwhile: Callable[[], object] | None = None) -> None:
    """With what is done `meanwhile` when the write is held in the sandbox, which then lets it go."""

    async def removal(provider: Provider) -> None:
        writing = asyncio.ensure_future(
            provider.object_permission._lists._permissions.write(access_list, Entry(principal.application_id, None))
        )
        if meanwhile:
            await asyncio.to_thread(met, drive.sandbox, 1)
            await asyncio.to_thread(meanwhile)
            drive.sandbox.http.delete("/sandbox/faults")
        await writing

    drive(removal)


def met(sandbox: Sandbox, at_least: int) -> int:
    """How many requests are held, as soon as it is so many and no more come."""
    time.sleep(0.3)
    count: int = sandbox.http.get("/sandbox/faults").json()["faults"][0]["met"]
    return count if count >= at_least else met(sandbox, at_least)


def asked(drive: Drive) -> Sequence[str]:
    """What a removal asked, SCIM's paths by their collection."""
    return [re.sub(r"^(\w+) \S*/(\w+)$", r"\1 \2", each) if "/scim/" in each else each.split()[0] for each in drive.asked()]


@pytest.fixture
def departed_manager(sandbox: Sandbox) -> Newcomer:
    """Was the warehouse's owner, gave it to somebody else, and left: its name stays on the list."""
    gone, warehouse = sandbox.newcomer("gone"), sandbox.warehouse()
    owner = next(who for who, level in sandbox.direct_levels(WAREHOUSES, warehouse).items() if level == "IS_OWNER")
    sandbox.grant(WAREHOUSES, warehouse, gone, "IS_OWNER")
    sandbox.account.service_principals.delete(gone.id)
    entry = {"user_name": owner, "permission_level": "IS_OWNER"}
    assert sandbox.http.patch(path(WAREHOUSES, warehouse), json={"access_control_list": [entry]}).is_success
    assert sandbox.direct_levels(WAREHOUSES, warehouse)[gone.application_id] == "CAN_MANAGE"
    return gone


def test_a_name_that_nobody_bears_is_left_out(
    sandbox: Sandbox, newcomer: Newcomer, departed_manager: Newcomer, drive: Drive, engine: tuple[Engine, str]
) -> None:
    """The workspace refuses each list that has it; left out, it loses no access, everybody else's entry stays, and a warning names it."""
    warehouse = sandbox.warehouse()
    before = sandbox.direct_levels(WAREHOUSES, warehouse)
    sandbox.grant(WAREHOUSES, warehouse, newcomer, "CAN_USE")

    removes(drive, path(WAREHOUSES, warehouse), newcomer)

    assert asked(drive) == ["GET", "PUT", "GET ServicePrincipals", "GET", "PUT", "GET"]
    del before[departed_manager.application_id]
    assert sandbox.direct_levels(WAREHOUSES, warehouse) == before
    [said] = [said for said in engine[0].heard if not said.startswith("waiting")]
    assert said.startswith(
        f"{departed_manager.application_id} (CAN_MANAGE) was left out when the access list of {path(WAREHOUSES, warehouse)}"
    )


def test_more_names_that_nobody_bears_than_there_are_attempts(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """Each is told in a refusal of its own, which is no failed attempt."""
    job = str(sandbox.job())
    owners = [sandbox.newcomer(f"owner-{number}") for number in range(REMOVAL_ATTEMPTS + 1)]
    owner = next(who for who, level in sandbox.direct_levels("jobs", job).items() if level == "IS_OWNER")
    for gone in owners:
        sandbox.grant("jobs", job, gone, "IS_OWNER")
        sandbox.account.service_principals.delete(gone.id)
    last = {"user_name": owner, "permission_level": "IS_OWNER"}
    sandbox.http.patch(path("jobs", job), json={"access_control_list": [last]})
    sandbox.grant("jobs", job, newcomer, "CAN_VIEW")
    wanted = set(sandbox.direct_levels("jobs", job)) - {gone.application_id for gone in [*owners, newcomer]}

    removes(drive, path("jobs", job), newcomer)

    assert set(sandbox.direct_levels("jobs", job)) == wanted


def test_who_leaves_between_the_reading_and_the_writing_is_no_obstacle(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """The refusal is followed by a fresh list, which has that name no more."""
    warehouse, leaver = sandbox.warehouse(), sandbox.newcomer("leaver")
    before = sandbox.direct_levels(WAREHOUSES, warehouse)
    for each in (newcomer, leaver):
        sandbox.grant(WAREHOUSES, warehouse, each, "CAN_USE")
    sandbox.fail(method="PUT", path="/permissions/", hold=True)

    removes(drive, path(WAREHOUSES, warehouse), newcomer, meanwhile=lambda: sandbox.admin.service_principals.delete(leaver.id))

    statuses = [request["status"] for request in sandbox.requests() if request["method"] == "PUT"]
    assert statuses == [404, 200]
    assert sandbox.direct_levels(WAREHOUSES, warehouse) == before


def test_an_object_that_goes_between_the_reading_and_the_writing_is_done(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """The entry went with it."""
    warehouse = sandbox.warehouse()
    sandbox.grant(WAREHOUSES, warehouse, newcomer, "CAN_USE")
    sandbox.fail(method="PUT", path="/permissions/", hold=True)

    removes(drive, path(WAREHOUSES, warehouse), newcomer, meanwhile=lambda: sandbox.admin.warehouses.delete(warehouse))

    assert [request["status"] for request in sandbox.requests() if "/permissions/" in request["path"]] == [200, 404, 404]


@pytest.mark.parametrize("times", [1, REMOVAL_ATTEMPTS], ids=["for a moment", "for good"])
def test_who_is_still_there_is_never_left_out(sandbox: Sandbox, newcomer: Newcomer, drive: Drive, times: int) -> None:
    """A part of the workspace that does not know somebody yet, whom the directory has, is tried again; then the removal fails."""
    warehouse = sandbox.warehouse()
    before = sandbox.direct_levels(WAREHOUSES, warehouse)
    sandbox.grant(WAREHOUSES, warehouse, newcomer, "CAN_USE")
    unknown = "Principal: UserName(ann.lee@acme.example) does not exist"
    assert "ann.lee@acme.example" in {user.user_name for user in sandbox.admin.users.list()}
    sandbox.fail(method="PUT", path="/permissions/", status=404, error_code="RESOURCE_DOES_NOT_EXIST", message=unknown, times=times)

    if times == 1:
        removes(drive, path(WAREHOUSES, warehouse), newcomer)
        assert asked(drive) == ["GET", "PUT", "GET Users", "GET", "PUT", "GET"]
        assert sandbox.direct_levels(WAREHOUSES, warehouse) == before
    else:
        with pytest.raises(NotRemoved, match=r"still on the access list .* after 6 attempts \(last answer: .*ann\.lee@acme\.example"):
            removes(drive, path(WAREHOUSES, warehouse), newcomer)
        assert sandbox.direct_levels(WAREHOUSES, warehouse) == before | {newcomer.application_id: "CAN_USE"}


def test_who_may_not_look_leaves_nobody_out(sandbox: Sandbox, newcomer: Newcomer, departed_manager: Newcomer, drive: Drive) -> None:
    """Without the directory there is no proof that somebody left."""
    warehouse = sandbox.warehouse()
    sandbox.grant(WAREHOUSES, warehouse, newcomer, "CAN_USE")
    before = sandbox.direct_levels(WAREHOUSES, warehouse)
    sandbox.fail(method="GET", path="/ServicePrincipals", status=403, error_code="PERMISSION_DENIED", message="no admin", times=10)

    with pytest.raises(NotRemoved, match=departed_manager.application_id):
        removes(drive, path(WAREHOUSES, warehouse), newcomer)

    assert sandbox.direct_levels(WAREHOUSES, warehouse) == before


def test_a_job_whose_owner_left_needs_another(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """A job without an owner takes no list at all: the error names who left, and the way out."""
    job, gone = str(sandbox.job()), sandbox.newcomer("gone")
    sandbox.grant("jobs", job, gone, "IS_OWNER")
    sandbox.grant("jobs", job, newcomer, "CAN_VIEW")
    sandbox.account.service_principals.delete(gone.id)
    before = sandbox.direct_levels("jobs", job)

    with pytest.raises(NotRemoved, match=rf"has no owner \(its owner {gone.application_id} is not in the workspace .* Give it an owner"):
        removes(drive, path("jobs", job), newcomer)

    assert sandbox.direct_levels("jobs", job) == before


def test_a_warehouse_whose_owner_left_keeps_that_name(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """It takes a list without an owner, and goes on as it was."""
    warehouse, gone = sandbox.warehouse(), sandbox.newcomer("gone")
    sandbox.grant(WAREHOUSES, warehouse, gone, "IS_OWNER")
    sandbox.account.service_principals.delete(gone.id)
    before = sandbox.direct_levels(WAREHOUSES, warehouse)
    sandbox.grant(WAREHOUSES, warehouse, newcomer, "CAN_USE")

    removes(drive, path(WAREHOUSES, warehouse), newcomer)

    assert sandbox.direct_levels(WAREHOUSES, warehouse) == before


def test_a_warehouse_without_an_owner_says_what_it_needs(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """It refuses every list, in words that do not say what to do; the error does."""
    warehouse = sandbox.warehouse()
    owner = next(who for who, level in sandbox.direct_levels(WAREHOUSES, warehouse).items() if level == "IS_OWNER")
    lowered = {"user_name": owner, "permission_level": "CAN_MANAGE"}
    assert sandbox.http.patch(path(WAREHOUSES, warehouse), json={"access_control_list": [lowered]}).is_success
    sandbox.grant(WAREHOUSES, warehouse, newcomer, "CAN_USE")

    with pytest.raises(NotRemoved, match=rf"{warehouse} has no owner, and .* Give it an owner in the workspace, then run the same command"):
        removes(drive, path(WAREHOUSES, warehouse), newcomer)

    assert asked(drive) == ["GET", "PUT"]


def test_few_removals_are_between_reading_and_writing_at_once(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """Else they would wait for each other there, where somebody's write can be undone."""
    lists = [path(WAREHOUSES, str(warehouse.id)) for warehouse in sandbox.admin.warehouses.list()][: 2 * REMOVALS_AT_ONCE]
    assert len(lists) == 2 * REMOVALS_AT_ONCE

    async def from_all(provider: Provider) -> int:
        writer = provider.object_permission._lists._permissions
        await asyncio.gather(*(writer.write(each, Entry(newcomer.application_id, "CAN_USE")) for each in lists))
        sandbox.fail(method="PUT", path="/permissions/", hold=True, times=len(lists))
        removals = asyncio.gather(*(writer.write(each, Entry(newcomer.application_id, None)) for each in lists))
        at_once = await asyncio.to_thread(met, sandbox, REMOVALS_AT_ONCE)
        sandbox.http.delete("/sandbox/faults")
        await removals
        return at_once

    assert drive(from_all) == REMOVALS_AT_ONCE
    assert not any(newcomer.application_id in sandbox.http.get(each).text for each in lists)


@pytest.mark.parametrize(("lost", "is_gone"), [("after", True), ("before", False)])
def test_after_the_last_attempt_the_list_is_looked_at_once_more(
    sandbox: Sandbox, newcomer: Newcomer, drive: Drive, lost: str, *, is_gone: bool
) -> None:
    """The last write may have been done, its answer lost: then nothing has failed."""
    warehouse = sandbox.warehouse()
    sandbox.grant(WAREHOUSES, warehouse, newcomer, "CAN_USE")
    faults = [
        {"method": "PUT", "path": "/permissions/", "status": 503, "times": REMOVAL_ATTEMPTS - 1},
        {"method": "PUT", "path": "/permissions/", "status": 503, "times": 1, "when": lost},
    ]
    assert sandbox.http.post("/sandbox/faults", json={"faults": faults}).is_success

    if is_gone:
        removes(drive, path(WAREHOUSES, warehouse), newcomer)
    else:
        with pytest.raises(NotRemoved, match=r"after 6 attempts \(last answer: "):
            removes(drive, path(WAREHOUSES, warehouse), newcomer)

    assert asked(drive) == ["GET", "PUT"] * REMOVAL_ATTEMPTS + ["GET"]
    assert (newcomer.application_id not in sandbox.direct_levels(WAREHOUSES, warehouse)) is is_gone


def test_a_list_is_not_written_after_a_login_that_takes_long(
    sandbox: Sandbox, newcomer: Newcomer, drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The admin's token ends after the reading, and the login is in trouble: what a person gives meanwhile is in the next reading."""
    warehouse, other = sandbox.warehouse(), sandbox.newcomer("persons-newcomer")
    sandbox.grant(WAREHOUSES, warehouse, newcomer, "CAN_USE")

    async def removal(provider: Provider) -> None:
        send, writes = provider.workspace.do, 0

        async def do(method: str, path: str, **options: Any) -> Json:  # noqa: ANN401 - those of `Workspace.do`
            nonlocal writes
            if method != "PUT" or (writes := writes + 1) > 1:
                return await send(method, path, **options)
            assert sandbox.http.post("/sandbox/faults", json={"expire_tokens": True}).is_success
            sandbox.renew()
            sandbox.fail(path="/oidc/v1/token", status=503, times=2)
            sending = asyncio.ensure_future(send(method, path, **options))
            await asyncio.sleep(0.5)
            entry = {"service_principal_name": other.application_id, "permission_level": "CAN_MANAGE"}
            assert sandbox.http.patch(path, json={"access_control_list": [entry]}).is_success
            return await sending

        monkeypatch.setattr(provider.workspace, "do", do)
        writer = provider.object_permission._lists._permissions
        await writer.write(path(WAREHOUSES, warehouse), Entry(newcomer.application_id, None))

    drive(removal)

    assert sandbox.direct_levels(WAREHOUSES, warehouse)[other.application_id] == "CAN_MANAGE"
    assert newcomer.application_id not in sandbox.direct_levels(WAREHOUSES, warehouse)
