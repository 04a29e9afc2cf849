"""An object keeps exactly one owner, whoever takes it and whoever gives it up."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
from databricks.sdk.service.iam import AccessControlRequest, PermissionLevel

from model.kinds import OBJECT_KINDS
from provider.access_writer import NotRemoved
from provider.object_permission import PermissionInputs, PermissionState
from provider.question import Findings, Question
from tests.examples import named_once
from tests.harness import Newcomer, Sandbox
from tests.provider.conftest import Drive, Provider

URN = "urn:pulumi:test::brickpass::brickpass:index:ObjectPermission::alchemer"
ANN = "ann.lee@acme.example"
GONE = "long.gone@acme.example"
OWNED = [kind for kind in OBJECT_KINDS.values() if kind.has_owner]


@dataclass
class Thing:
    """An object that has an owner, and what is granted on it."""

    sandbox: Sandbox
    kind: str
    id: str
    name: str

    def wanted(self, newcomer: Newcomer, level: str = "IS_OWNER", next_owner: str | None = ANN, **more: object) -> PermissionInputs:
        known = {"integration": "alchemer", "kind": self.kind, "object_id": self.id, "object_name": self.name}
        next_owner = next_owner if level == "IS_OWNER" else None
        return PermissionInputs.model_validate(
            known | {"principal": newcomer.application_id, "level": level, "next_owner": next_owner} | more
        )

    @property
    def request_type(self) -> str:
        return OBJECT_KINDS[self.kind].request_type

    @property
    def levels(self) -> dict[str, str]:
        return self.sandbox.direct_levels(self.request_type, self.id)

    @property
    def owners(self) -> list[str]:
        return [who for who, level in self.levels.items() if level == "IS_OWNER"]

    def give_to(self, person: str) -> None:
        entry = AccessControlRequest(user_name=person, permission_level=PermissionLevel.IS_OWNER)
        self.sandbox.admin.permissions.update(self.request_type, self.id, access_control_list=[entry])


def thing_of(sandbox: Sandbox, key: str) -> Thing:
    """One that ann does not own."""
    for listed in named_once(sandbox, OBJECT_KINDS[key]):
        thing = Thing(sandbox, key, listed.id, listed.name)
        if thing.owners and ANN not in thing.levels:
            return thing
    raise AssertionError(f"the seed has no {key} that somebody else owns")


@pytest.fixture(params=OWNED, ids=lambda kind: kind.key)
def thing(sandbox: Sandbox, request: pytest.FixtureRequest) -> Thing:
    return thing_of(sandbox, request.param.key)


@pytest.fixture
def job(sandbox: Sandbox) -> Thing:
    return thing_of(sandbox, "jobs")


def given(drive: Drive, wanted: PermissionInputs) -> PermissionState:
    return drive(lambda provider: provider.object_permission.create(wanted, urn=URN)).state


def changed(drive: Drive, old: PermissionState, wanted: PermissionInputs) -> PermissionState:
    return drive(lambda provider: provider.object_permission.update("id", old, wanted, urn=URN))


def taken_away(drive: Drive, old: PermissionState) -> None:
    drive(lambda provider: provider.object_permission.delete("id", old, urn=URN))


def test_whoever_owned_it_keeps_managing_it(thing: Thing, newcomer: Newcomer, drive: Drive) -> None:
    """Taking the ownership is one request, and nobody else's entry changes."""
    before, [owner] = thing.levels, thing.owners

    given(drive, thing.wanted(newcomer))

    assert [asked.split()[0] for asked in drive.asked()] == ["PATCH"]
    assert thing.levels == before | {owner: "CAN_MANAGE", newcomer.application_id: "IS_OWNER"}


def test_the_next_owner_has_it_before_the_entry_goes(thing: Thing, newcomer: Newcomer, drive: Drive) -> None:
    """The object passes by one request, and only then is the list put back without the entry."""
    before, [owner] = thing.levels, thing.owners
    state = given(drive, thing.wanted(newcomer))

    taken_away(drive, state)

    assert [asked.split()[0] for asked in drive.asked()] == ["GET", "PATCH", "GET", "PUT", "GET"]
    assert thing.levels == before | {owner: "CAN_MANAGE", ANN: "IS_OWNER"}


def test_a_lower_level_passes_it_on_by_the_same_request(thing: Thing, newcomer: Newcomer, drive: Drive) -> None:
    """The next owner and the lower level stand in one `PATCH`."""
    before, [owner] = thing.levels, thing.owners
    state = given(drive, thing.wanted(newcomer))

    changed(drive, state, thing.wanted(newcomer, "CAN_VIEW"))

    assert [asked.split()[0] for asked in drive.asked()] == ["GET", "PATCH"]
    assert thing.levels == before | {owner: "CAN_MANAGE", newcomer.application_id: "CAN_VIEW", ANN: "IS_OWNER"}


def test_a_service_principal_can_be_the_next_owner(job: Thing, newcomer: Newcomer, drive: Drive) -> None:
    """By its Client ID."""
    successor = job.sandbox.newcomer("successor")
    state = given(drive, job.wanted(newcomer, next_owner=f"id:{successor.application_id}"))

    taken_away(drive, state)

    assert job.owners == [successor.application_id]
    assert newcomer.application_id not in job.levels


def test_another_next_owner_is_only_noted(job: Thing, newcomer: Newcomer, drive: Drive) -> None:
    """Nothing is written for it, and nothing is proved anew."""
    state = given(drive, job.wanted(newcomer))

    noted = changed(drive, state, job.wanted(newcomer, next_owner="bruno.costa@acme.example"))

    assert drive.asked() == []
    assert noted == state.model_copy(update={"next_owner": "bruno.costa@acme.example"})


@pytest.mark.parametrize("to", [None, "CAN_VIEW"], ids=["removed", "lowered"])
def test_nothing_is_taken_away_for_a_next_owner_who_is_gone(thing: Thing, newcomer: Newcomer, drive: Drive, to: str | None) -> None:
    """One sentence with the ways out, at once, and the list as it was."""
    state = given(drive, thing.wanted(newcomer, next_owner=GONE))
    before = thing.levels

    with pytest.raises(NotRemoved, match=rf"{GONE}, who is to own .* is not in the workspace any more, so nothing was taken away") as error:
        changed(drive, state, thing.wanted(newcomer, to)) if to else taken_away(drive, state)

    assert [asked.split()[0] for asked in drive.asked()] == ["GET", "PATCH"]
    assert "declare another next_owner" in str(error.value)
    assert thing.levels == before


@pytest.mark.parametrize("to", [None, "CAN_VIEW"], ids=["removed", "lowered"])
def test_what_somebody_took_over_meanwhile_stays_theirs(job: Thing, newcomer: Newcomer, drive: Drive, to: str | None) -> None:
    """The next owner that the stack file names does not take it from them."""
    state = given(drive, job.wanted(newcomer))
    job.give_to("bruno.costa@acme.example")

    changed(drive, state, job.wanted(newcomer, to)) if to else taken_away(drive, state)

    assert job.owners == ["bruno.costa@acme.example"]
    assert ANN not in job.levels
    assert job.levels.get(newcomer.application_id) == to


@pytest.mark.parametrize("first", ["who takes it", "who gives it up"])
def test_one_that_is_taken_by_another_integration_does_not_pass_to_the_next_owner(
    job: Thing, newcomer: Newcomer, drive: Drive, first: str
) -> None:
    """Of two integrations in one run, one becomes the owner and the other gives it up, in whichever order they come."""
    heir = job.sandbox.newcomer("heir")
    state = given(drive, job.wanted(newcomer))

    async def both(provider: Provider) -> None:
        taking = provider.object_permission.create(job.wanted(heir, integration="census"), urn=URN + "-census")
        leaving = provider.object_permission.update("id", state, job.wanted(newcomer, "CAN_VIEW"), urn=URN)
        await asyncio.gather(*((taking, leaving) if first == "who takes it" else (leaving, taking)))

    drive(both)

    assert job.owners == [heir.application_id]
    assert job.levels[newcomer.application_id] == "CAN_VIEW"
    assert ANN not in job.levels


def test_an_adopted_principal_gets_back_the_level_that_it_had(job: Thing, newcomer: Newcomer, drive: Drive) -> None:
    """And the object passes to the next owner by the same request."""
    job.sandbox.grant(job.request_type, job.id, newcomer, "CAN_VIEW")
    before, [owner] = job.levels, job.owners
    state = given(drive, job.wanted(newcomer, adopted=True))

    taken_away(drive, state)

    assert job.levels == before | {owner: "CAN_MANAGE", ANN: "IS_OWNER"}


def test_an_adopted_principal_that_owned_it_before_owns_it_after(job: Thing, newcomer: Newcomer, drive: Drive) -> None:
    """Nothing was given, so nothing is taken away, whoever is named as the next owner."""
    job.sandbox.grant(job.request_type, job.id, newcomer, "IS_OWNER")
    before = job.levels

    taken_away(drive, given(drive, job.wanted(newcomer, adopted=True)))

    assert job.levels == before


def test_an_adopted_principal_passes_on_what_is_declared_lower(job: Thing, newcomer: Newcomer, drive: Drive) -> None:
    """As any other does, since the level above its own was given here."""
    state = given(drive, job.wanted(newcomer, adopted=True))

    changed(drive, state, job.wanted(newcomer, "CAN_VIEW", adopted=True))

    assert job.owners == [ANN]
    assert job.levels[newcomer.application_id] == "CAN_VIEW"


def test_the_entry_of_an_owner_that_was_deleted_passes_on_too(thing: Thing, newcomer: Newcomer, drive: Drive) -> None:
    """Its name stays on the list as the owner's, and no list without an owner is taken."""
    state = given(drive, thing.wanted(newcomer))
    thing.sandbox.admin.service_principals.delete(newcomer.id)

    taken_away(drive, state)

    assert thing.owners == [ANN]


def test_an_object_that_is_gone_has_no_next_owner(job: Thing, newcomer: Newcomer, drive: Drive) -> None:
    """A destroy succeeds."""
    state = given(drive, job.wanted(newcomer))
    job.sandbox.admin.jobs.delete(int(job.id))

    taken_away(drive, state)

    assert {asked.split()[0] for asked in drive.asked()} == {"GET"}


def test_who_was_made_the_owner_by_hand_is_not_lowered(job: Thing, newcomer: Newcomer, drive: Drive) -> None:
    """No next owner was named for it; the refusal says what to do, and the list is as it was."""
    state = given(drive, job.wanted(newcomer, "CAN_VIEW"))
    job.sandbox.grant(job.request_type, job.id, newcomer, "IS_OWNER")
    before = job.levels
    found = drive(lambda provider: provider.object_permission.read("id", state))
    assert found

    with pytest.raises(
        NotRemoved, match=rf"{newcomer.application_id} owns .*{job.id}, which a lower level .* Give it another owner in the"
    ):
        changed(drive, found, job.wanted(newcomer, "CAN_VIEW"))

    assert job.levels == before


def test_a_lost_answer_passes_it_on_once(job: Thing, newcomer: Newcomer, drive: Drive) -> None:
    """The same request, sent twice, leaves one owner."""
    state = given(drive, job.wanted(newcomer))
    job.sandbox.fail(method="PATCH", path="/api/2.0/permissions/jobs", status=503, times=1, when="after")

    taken_away(drive, state)

    assert job.owners == [ANN]
    assert newcomer.application_id not in job.levels


def question(*owning: tuple[str, Thing, str], preview: bool = True, **more: object) -> Question:
    """What integrations ask that are to own things: their name, what it is, and who is to be the next owner."""
    integrations: list[dict[str, Any]] = [
        {
            "name": name,
            "externalId": f"brickpass:brickpass/test/{name}",
            "entitlements": ["databricks-sql-access", "workspace-access"],
            "securables": [],
            "objects": [
                {
                    "kind": thing.kind,
                    "reference": f"id:{thing.id}",
                    "path": ["grants", thing.kind, thing.name],
                    "level": "IS_OWNER",
                    "nextOwner": next_owner,
                }
            ],
            **more,
        }
        for name, thing, next_owner in owning
    ]
    return Question.model_validate({"externalIdsBegin": "brickpass:brickpass/test/", "integrations": integrations, "preview": preview})


def asked(drive: Drive, question: Question) -> list[tuple[str, str, str]]:
    """Where the stack file has what preflight found, its weight, and what it says."""
    found: Findings = drive(lambda provider: provider.preflight.run(question))
    return [(each.path[-1], each.weight, each.summary) for each in found.findings]


def test_a_preview_says_from_whom_it_is_taken(job: Thing, drive: Drive) -> None:
    """For one reading of the list; an update does not ask."""
    [owner] = job.owners
    noun = OBJECT_KINDS[job.kind].noun

    told = asked(drive, question(("alchemer", job, ANN)))
    reading = f"GET /api/2.0/permissions/{job.request_type}/{job.id}"
    read = drive.asked().count(reading)
    updating = asked(drive, question(("alchemer", job, ANN), preview=False))

    assert told == [(job.name, "notice", f"takes the ownership of this {noun} from {owner}, who keeps CAN_MANAGE")]
    assert updating == []
    assert read == drive.asked().count(reading) + 1


def test_nothing_is_said_of_what_it_owns_already(job: Thing, drive: Drive) -> None:
    """Neither of an adopted principal's, nor of one that the stack made."""
    adopted = job.sandbox.newcomer("survey-loader")
    made = job.sandbox.admin.service_principals.create(display_name="census", external_id="brickpass:brickpass/test/census")
    job.sandbox.grant("jobs", job.id, adopted, "IS_OWNER")
    by_adopting = asked(drive, question(("alchemer", job, ANN), adopt="survey-loader"))
    entry = AccessControlRequest(service_principal_name=made.application_id, permission_level=PermissionLevel.IS_OWNER)
    job.sandbox.admin.permissions.update("jobs", job.id, access_control_list=[entry])

    assert by_adopting == asked(drive, question(("census", job, ANN))) == []


@pytest.mark.parametrize("said", [GONE, "id:00000000-7f2e-4a0c-9d61-0f4d8e1b2a37"])
def test_a_next_owner_who_is_not_there_is_told_in_time(job: Thing, drive: Drive, said: str) -> None:
    """At every preview, with one request however many objects are to be theirs."""
    warehouse = thing_of(job.sandbox, "warehouses")

    found = asked(drive, question(("alchemer", job, said), ("census", warehouse, said)))

    fault = ("next_owner", "fault", f'"{said}" is not in this workspace; name somebody who is to stay')
    assert [each for each in found if each[1] != "notice"] == [fault, fault]
    # One listing of principals is that of those that the stack made.
    assert sum(each.endswith(("/Users", "/ServicePrincipals")) for each in drive.asked()) == 2


def test_a_next_owner_who_was_deactivated_is_told_too(job: Thing, drive: Drive) -> None:
    """Somebody who left often stays in the directory for a while."""
    retired = job.sandbox.newcomer("retired")
    principal = job.sandbox.admin.service_principals.get(retired.id)
    job.sandbox.admin.service_principals.update(
        retired.id, display_name=principal.display_name, application_id=retired.application_id, active=False
    )

    found = asked(drive, question(("alchemer", job, f"id:{retired.application_id}")))

    fault = f'"id:{retired.application_id}" is deactivated in this workspace; name somebody who is to stay'
    assert ("next_owner", "fault", fault) in found


def test_an_integration_is_not_its_own_next_owner(job: Thing, drive: Drive) -> None:
    """It would own what it gives up."""
    adopted = job.sandbox.newcomer("survey-loader")

    found = asked(drive, question(("alchemer", job, f"id:{adopted.application_id}"), adopt="survey-loader"))

    assert ("next_owner", "fault", "is the integration itself, which cannot own what it gives up; name somebody else") in found


@pytest.mark.parametrize("heir", ["heir", "dropped"])
def test_a_principal_of_the_stack_is_nobodys_next_owner(job: Thing, drive: Drive, heir: str) -> None:
    """A destroy deletes it, before or after the object passed to it, whether the stack file still names it or not."""
    made = job.sandbox.admin.service_principals.create(display_name=heir, external_id=f"brickpass:brickpass/test/{heir}")
    beside = (("heir", thing_of(job.sandbox, "warehouses"), ANN),) if heir == "heir" else ()

    found = asked(drive, question(("alchemer", job, f"id:{made.application_id}"), *beside))

    said = f'"id:{made.application_id}" is the service principal that this stack made for "{heir}" and deletes with it, which would leave '
    assert ("next_owner", "fault", f"{said}this without an owner; name somebody who is to stay") in found


def test_a_principal_that_is_adopted_can_be_the_next_owner_for_another(job: Thing, drive: Drive) -> None:
    """It was there before the stack, and stays after."""
    stays = job.sandbox.newcomer("survey-loader")
    two = question(("alchemer", job, f"id:{stays.application_id}"), ("census", thing_of(job.sandbox, "warehouses"), ANN))
    one, other = two.integrations
    adopting = two.model_copy(update={"integrations": (one, other.model_copy(update={"adopt": "survey-loader"}))})

    assert [each for each in asked(drive, adopting) if each[1] == "fault"] == []


def test_two_integrations_cannot_own_one_object(job: Thing, drive: Drive) -> None:
    """They would take it from each other at every run."""
    found = asked(drive, question(("alchemer", job, ANN), ("census", job, ANN)))

    assert [each for each in found if each[1] == "fault"] == [
        (job.name, "fault", 'is to be owned by "alchemer" too, and has one owner; give one of them CAN_MANAGE')
    ]


def test_who_is_no_workspace_admin_changes_no_owner(job: Thing, newcomer: Newcomer, drive: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may manage the job, and is told in the preview that this is not enough."""
    job.sandbox.grant("jobs", job.id, newcomer, "CAN_MANAGE")
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", newcomer.application_id)
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", newcomer.secret)

    found = asked(drive, question(("alchemer", job, ANN)))

    assert (job.name, "rights", f"{newcomer.application_id} may not change who owns a job: that takes a workspace admin") in found
