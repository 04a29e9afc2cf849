"""`ObjectPermission` on a real access list, beside the entries of other people."""

import asyncio

import pytest
from databricks.sdk.errors.base import DatabricksError

from provider.access_writer import NotRemoved
from provider.grant import GrantAtFault
from provider.object_permission import PermissionInputs
from tests.harness import Newcomer, Sandbox
from tests.provider.conftest import Drive, Engine, Provider

WAREHOUSES = "sql/warehouses"
URN = "urn:pulumi:test::brickpass::brickpass:index:ObjectPermission::alchemer"


def on_warehouse(sandbox: Sandbox, newcomer: Newcomer, level: str = "CAN_USE", **more: object) -> PermissionInputs:
    known = {"integration": "alchemer", "kind": "warehouses", "object_id": sandbox.warehouse(), "object_name": "bi-serverless"}
    return PermissionInputs.model_validate(known | {"principal": newcomer.application_id, "level": level} | more)


def test_a_grant_adds_one_entry_in_one_request(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """Every other entry of the list stays, and nothing is read."""
    grant = on_warehouse(sandbox, newcomer)
    before = sandbox.direct_levels(WAREHOUSES, grant.object_id)

    drive(lambda provider: provider.object_permission.create(grant, urn=URN))

    assert drive.asked() == [f"PATCH /api/2.0/permissions/{WAREHOUSES}/{grant.object_id}"]
    assert sandbox.direct_levels(WAREHOUSES, grant.object_id) == before | {newcomer.application_id: "CAN_USE"}


def test_grants_on_one_object_that_arrive_together_are_one_request(sandbox: Sandbox, drive: Drive) -> None:
    """Ten integrations on one warehouse cost one `PATCH`."""
    grants = [on_warehouse(sandbox, sandbox.newcomer(f"integration-{number}")) for number in range(10)]

    async def all_at_once(provider: Provider) -> None:
        await asyncio.gather(*(provider.object_permission.create(grant, urn=f"{URN}{n}") for n, grant in enumerate(grants)))

    drive(all_at_once)

    assert len(drive.asked()) == 1
    levels = sandbox.direct_levels(WAREHOUSES, grants[0].object_id)
    assert {levels[grant.principal] for grant in grants} == {"CAN_USE"}


def test_of_grants_that_go_together_a_bad_one_fails_alone(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """A level that the workspace refuses takes no other grant with it."""
    good = on_warehouse(sandbox, newcomer)
    bad = on_warehouse(sandbox, sandbox.newcomer("other")).model_copy(update={"level": "IS_OWNER", "principal": "no-such-principal"})

    async def both(provider: Provider) -> list[object]:
        provider.object_permission._patience._patience_s = 0
        creations = [provider.object_permission.create(grant, urn=URN + grant.principal) for grant in (good, bad)]
        return list(await asyncio.gather(*creations, return_exceptions=True))

    made, refused = drive(both)

    assert isinstance(refused, DatabricksError)
    assert not isinstance(made, Exception)
    assert sandbox.direct_levels(WAREHOUSES, good.object_id)[newcomer.application_id] == "CAN_USE"


def test_another_level_is_changed_in_place(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """Raising and lowering are one request each, and give a new revision."""
    grant = on_warehouse(sandbox, newcomer)

    async def raised(provider: Provider) -> tuple[str, str]:
        created = await provider.object_permission.create(grant, urn=URN)
        higher = grant.model_copy(update={"level": "CAN_MANAGE"})
        updated = await provider.object_permission.update(created.id, created.state, higher, urn=URN)
        return created.state.revision, updated.revision

    before, after = drive(raised)

    assert before != after
    assert len(drive.asked()) == 2
    assert sandbox.direct_levels(WAREHOUSES, grant.object_id)[newcomer.application_id] == "CAN_MANAGE"


def test_a_removed_grant_leaves_every_other_entry(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """The list is as it was before the grant, the owner included, for three requests."""
    grant = on_warehouse(sandbox, newcomer)
    before = sandbox.http.get(f"/api/2.0/permissions/{WAREHOUSES}/{grant.object_id}").content

    async def there_and_back(provider: Provider) -> None:
        created = await provider.object_permission.create(grant, urn=URN)
        await provider.object_permission.delete(created.id, created.state, urn=URN)

    drive(there_and_back)

    assert [asked.split()[0] for asked in drive.asked()] == ["PATCH", "GET", "PUT", "GET"]
    assert sandbox.http.get(f"/api/2.0/permissions/{WAREHOUSES}/{grant.object_id}").content == before


def test_a_removal_whose_answer_is_lost_is_read_again_before_it_is_repeated(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """A `PUT` of a stale list is never sent a second time: the entry was gone already."""
    grant = on_warehouse(sandbox, newcomer)
    before = sandbox.direct_levels(WAREHOUSES, grant.object_id)

    async def there_and_back(provider: Provider) -> None:
        created = await provider.object_permission.create(grant, urn=URN)
        sandbox.fail(method="PUT", path="/api/2.0/permissions/", status=503, times=1, when="after")
        await provider.object_permission.delete(created.id, created.state, urn=URN)

    drive(there_and_back)

    assert [asked.split()[0] for asked in drive.asked()] == ["PATCH", "GET", "PUT", "GET"]
    assert sandbox.direct_levels(WAREHOUSES, grant.object_id) == before


def test_an_entry_that_is_gone_is_drift(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """A refresh drops a grant that somebody took away, and sees a level that somebody changed."""
    grant = on_warehouse(sandbox, newcomer)

    async def looked_at(provider: Provider) -> tuple[object, object]:
        created = await provider.object_permission.create(grant, urn=URN)
        sandbox.grant(WAREHOUSES, grant.object_id, newcomer, "CAN_VIEW")
        lowered = await provider.object_permission.read(created.id, created.state)
        sandbox.admin.service_principals.delete(newcomer.id)
        return lowered and lowered.level, await provider.object_permission.read(created.id, created.state)

    assert drive(looked_at) == ("CAN_VIEW", None)


def test_a_purged_cluster_is_gone(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """Databricks says so with 400; a refresh drops the grant, and a destroy succeeds."""
    on_cluster = {"kind": "clusters", "object_id": sandbox.cluster(), "object_name": "shared-analytics"}
    grant = on_warehouse(sandbox, newcomer, "CAN_RESTART", **on_cluster)

    async def purged(provider: Provider) -> object:
        created = await provider.object_permission.create(grant, urn=URN)
        message = f"Cannot access cluster {grant.object_id} that was terminated or unpinned more than 30 days ago."
        sandbox.fail(method="GET", path="/api/2.0/permissions/clusters", status=400, error_code="INVALID_STATE", message=message, times=2)
        await provider.object_permission.delete(created.id, created.state, urn=URN)
        return await provider.object_permission.read(created.id, created.state)

    assert drive(purged) is None


def test_an_adopted_principal_is_never_lowered_and_gets_back_what_it_had(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """A higher level that was there before the stack stays while the grant is there, and after it."""
    grant = on_warehouse(sandbox, newcomer, adopted=True)
    sandbox.grant(WAREHOUSES, grant.object_id, newcomer, "CAN_MANAGE")

    async def there_and_back(provider: Provider) -> str:
        created = await provider.object_permission.create(grant, urn=URN)
        while_granted = sandbox.direct_levels(WAREHOUSES, grant.object_id)[newcomer.application_id]
        assert await provider.object_permission.read(created.id, created.state) == created.state
        await provider.object_permission.delete(created.id, created.state, urn=URN)
        return while_granted

    assert drive(there_and_back) == "CAN_MANAGE"
    assert sandbox.direct_levels(WAREHOUSES, grant.object_id)[newcomer.application_id] == "CAN_MANAGE"


def test_a_new_principal_is_waited_for(sandbox: Sandbox, drive: Drive, engine: tuple[Engine, str]) -> None:
    """A principal that the Permissions API does not know yet is tried again, and the engine hears why."""
    assert sandbox.http.post("/sandbox/faults", json={"propagation_s": 1.0}).status_code == 200
    newcomer = sandbox.newcomer("slow")
    grant = on_warehouse(sandbox, newcomer)

    drive(lambda provider: provider.object_permission.create(grant, urn=URN))

    assert sandbox.direct_levels(WAREHOUSES, grant.object_id)[newcomer.application_id] == "CAN_USE"
    assert engine[0].heard
    assert set(engine[0].heard) == {"waiting: the workspace does not know the new service principal yet"}


@pytest.mark.parametrize("in_one_run", [True, False], ids=["in one run", "after a run that broke off"])
def test_a_grant_named_another_way_keeps_its_entry(sandbox: Sandbox, newcomer: Newcomer, drive: Drive, *, in_one_run: bool) -> None:
    """When the config names a warehouse by id instead of by name, the old resource goes and the access stays."""
    grant = on_warehouse(sandbox, newcomer)

    async def respelled(provider: Provider) -> None:
        old = await provider.object_permission.create(grant, urn=URN)
        if in_one_run:
            await provider.object_permission.create(grant, urn=URN + "-by-id")
        else:
            provider.object_permission._principals.clear()
            provider.object_permission._given.clear()
        provider.declared.deploying = True
        provider.declared.hear(["alchemer"], [("alchemer", "warehouses", grant.object_id)], [])
        await provider.object_permission.delete(old.id, old.state, urn=URN)

    drive(respelled)

    assert sandbox.direct_levels(WAREHOUSES, grant.object_id)[newcomer.application_id] == "CAN_USE"


def test_the_entry_of_a_principal_that_was_replaced_goes(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """The integration still declares the object, for another principal."""
    grant = on_warehouse(sandbox, newcomer)
    successor = sandbox.newcomer("successor")

    async def replaced(provider: Provider) -> None:
        old = await provider.object_permission.create(grant, urn=URN)
        await provider.object_permission.create(grant.model_copy(update={"principal": successor.application_id}), urn=URN)
        provider.declared.deploying = True
        provider.declared.hear(["alchemer"], [("alchemer", "warehouses", grant.object_id)], [])
        await provider.object_permission.delete(old.id, old.state, urn=URN)

    drive(replaced)

    levels = sandbox.direct_levels(WAREHOUSES, grant.object_id)
    assert newcomer.application_id not in levels
    assert levels[successor.application_id] == "CAN_USE"


def test_an_owner_is_not_removed_without_another(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """A job that somebody gave to the principal keeps it, and the error says what to do."""
    job = str(sandbox.job())
    on_job = {"kind": "jobs", "object_id": job, "object_name": "nightly-survey-load"}
    grant = on_warehouse(sandbox, newcomer, "CAN_MANAGE_RUN", **on_job)

    async def owner_goes(provider: Provider) -> None:
        created = await provider.object_permission.create(grant, urn=URN)
        sandbox.grant("jobs", job, newcomer, "IS_OWNER")
        await provider.object_permission.delete(created.id, created.state, urn=URN)

    with pytest.raises(NotRemoved, match="Give it another owner"):
        drive(owner_goes)
    assert sandbox.direct_levels("jobs", job)[newcomer.application_id] == "IS_OWNER"


def test_a_grant_at_fault_asks_nothing(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """What preflight found is the error, and the access list is left alone."""
    grant = on_warehouse(sandbox, newcomer, fault="there is no such warehouse")

    with pytest.raises(GrantAtFault, match="there is no such warehouse"):
        drive(lambda provider: provider.object_permission.create(grant, urn=URN))
    assert drive.asked() == []
