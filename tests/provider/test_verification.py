"""`Verification`: what it proves, and what it writes again of what somebody undid."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from databricks.sdk.service.iam import AccessControlRequest, Patch, PatchOp, PatchSchema, PermissionLevel
from pydantic import SecretStr

from model.grants import Grant, ObjectGrant, SecurablePrivileges
from provider import verification
from provider.access_lists import AccessLists
from provider.declared import Declared
from provider.engine_log import EngineLog
from provider.securable_writer import SecurableWriter
from provider.verification import NotProven, Verification, VerificationInputs, VerificationState
from tests.harness import Newcomer, Sandbox
from tests.provider.conftest import Drive, Engine, Provider
from tests.provider.test_meanwhile import in_trouble

URN = "urn:pulumi:test::brickpass::brickpass:index:Verification::alchemer"
SCHEMA = "/api/2.1/unity-catalog/permissions/schema/main.surveys"
DECLARED = ("MODIFY", "SELECT", "USE_SCHEMA")


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A workspace in a room: what is not in force within seconds never will be."""
    monkeypatch.setattr(verification, "A_SHORT_WHILE", timedelta(seconds=0.5))
    monkeypatch.setattr(verification, "PROPAGATION", timedelta(seconds=3))


def inputs(newcomer: Newcomer, *grants: Grant, memberships: Sequence[str] = (), revisions: tuple[str, ...] = ()) -> VerificationInputs:
    return VerificationInputs(
        integration="alchemer",
        client_id=newcomer.application_id,
        client_secret=SecretStr(newcomer.secret),
        grants=grants,
        memberships=tuple(memberships),
        revisions=revisions,
    )


def handler(drive: Drive, provider: Provider) -> Verification:
    workspace, log = provider.workspace, EngineLog(drive.engine_address)
    return Verification(workspace, AccessLists(workspace, Declared(), log), SecurableWriter(workspace, Declared()), log)


def proven(drive: Drive, newcomer: Newcomer, *grants: Grant, memberships: Sequence[str] = ()) -> VerificationState:
    wanted = inputs(newcomer, *grants, memberships=memberships)
    return drive(lambda provider: handler(drive, provider).create(wanted, urn=URN)).state


def proven_anew(drive: Drive, old: VerificationState, wanted: VerificationInputs) -> VerificationState:
    """After something changed that the proof is about."""
    return drive(lambda provider: handler(drive, provider).update("alchemer", old, wanted, urn=URN))


def refreshed(drive: Drive, old: VerificationState) -> VerificationState:
    return drive(lambda provider: handler(drive, provider).read("alchemer", old))


def having_lost(newcomer: Newcomer, *grants: ObjectGrant) -> VerificationState:
    """The state of an integration that these levels were taken away from."""
    return VerificationState(**inputs(newcomer).model_dump(), checks=(), taken_away=grants, verified_at="2026-11-24T00:00:00Z")


def warnings(engine: tuple[Engine, str]) -> list[str]:
    """What the user is told and can read afterwards."""
    return [said for said in engine[0].heard if not said.startswith("waiting: ")]


def written(drive: Drive) -> list[str]:
    """What changed something: all requests but reads, logins and statements."""
    return [asked for asked in drive.asked() if not asked.startswith("GET ") and not asked.endswith(("/token", "/sql/statements"))]


def on_warehouse(sandbox: Sandbox, level: str = "CAN_USE") -> ObjectGrant:
    return ObjectGrant(kind="warehouses", id=sandbox.warehouse(), name="bi-serverless", level=level)


def level_on_warehouse(sandbox: Sandbox, newcomer: Newcomer) -> str | None:
    return sandbox.direct_levels("sql/warehouses", sandbox.warehouse()).get(newcomer.application_id)


def change_privileges(sandbox: Sandbox, newcomer: Newcomer, kind: str, name: str, *privileges: str) -> None:
    change = {"principal": newcomer.application_id, "add": list(privileges)}
    assert sandbox.http.patch(f"/api/2.1/unity-catalog/permissions/{kind}/{name}", json={"changes": [change]}).is_success


def test_what_works_is_proven_and_nothing_is_written(
    sandbox: Sandbox, newcomer: Newcomer, drive: Drive, engine: tuple[Engine, str]
) -> None:
    """The state has every check, and the user hears nothing."""
    sandbox.grant("sql/warehouses", sandbox.warehouse(), newcomer, "CAN_USE")

    state = proven(drive, newcomer, on_warehouse(sandbox))

    assert state.checks[-1]["verdict"] == "exercised"
    assert (written(drive), engine[0].heard) == ([], [])


def test_a_level_that_somebody_took_away_is_written_again(
    sandbox: Sandbox, newcomer: Newcomer, drive: Drive, engine: tuple[Engine, str]
) -> None:
    """One request, and a warning that names what was lost."""
    proven(drive, newcomer, on_warehouse(sandbox))

    assert written(drive) == [f"PATCH /api/2.0/permissions/sql/warehouses/{sandbox.warehouse()}"]
    assert level_on_warehouse(sandbox, newcomer) == "CAN_USE"
    assert warnings(engine) == [
        "alchemer had lost CAN_USE on SQL warehouse bi-serverless. It was written again; did somebody else change it?"
    ]


def test_a_level_that_somebody_lowered_is_raised_again(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """To what is declared."""
    sandbox.grant("sql/warehouses", sandbox.warehouse(), newcomer, "CAN_VIEW")

    proven(drive, newcomer, on_warehouse(sandbox))

    assert level_on_warehouse(sandbox, newcomer) == "CAN_USE"


def test_a_level_that_a_person_raises_is_not_written_over(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """While the workspace is in trouble: what is there by then is enough."""
    wanted = inputs(newcomer, on_warehouse(sandbox))

    in_trouble(
        drive,
        lambda provider: handler(drive, provider).create(wanted, urn=URN),
        lambda: sandbox.grant("sql/warehouses", sandbox.warehouse(), newcomer, "CAN_MANAGE"),
    )

    assert level_on_warehouse(sandbox, newcomer) == "CAN_MANAGE"


def test_only_the_privileges_that_are_gone_are_written_again(
    sandbox: Sandbox, newcomer: Newcomer, drive: Drive, engine: tuple[Engine, str]
) -> None:
    """The others are there, and are not named."""
    change_privileges(sandbox, newcomer, "catalog", "main", "USE_CATALOG")
    change_privileges(sandbox, newcomer, "schema", "main.surveys", "USE_SCHEMA")

    proven(drive, newcomer, SecurablePrivileges(kind="schemas", full_name="main.surveys", privileges=DECLARED))

    assert written(drive) == [f"PATCH {SCHEMA}"]
    assert warnings(engine) == [
        "alchemer had lost MODIFY and SELECT on schema main.surveys. It was written again; did somebody else change it?"
    ]


def test_a_moments_trouble_writes_nothing(sandbox: Sandbox, newcomer: Newcomer, drive: Drive, engine: tuple[Engine, str]) -> None:
    """A level that somebody raised meanwhile is not lowered by it: the proof is only made again."""
    sandbox.grant("sql/warehouses", sandbox.warehouse(), newcomer, "CAN_MANAGE")
    trouble = {"status": 500, "error_code": "INTERNAL_ERROR", "message": "a pipe burst"}
    # The first look is the one for a warehouse that runs.
    sandbox.fail(method="GET", path="^/api/2.0/sql/warehouses/", times=2, **trouble)

    state = proven(drive, newcomer, on_warehouse(sandbox))

    assert all(check["ok"] for check in state.checks)
    assert level_on_warehouse(sandbox, newcomer) == "CAN_MANAGE"
    assert (written(drive), warnings(engine)) == ([], [])


def test_a_grant_that_is_there_is_waited_for(sandbox: Sandbox, newcomer: Newcomer, drive: Drive, engine: tuple[Engine, str]) -> None:
    """Longer than what is merely slow, and without writing it again; the user hears what takes so long."""
    sandbox.grant("sql/warehouses", sandbox.warehouse(), newcomer, "CAN_USE")
    not_yet = {"status": 403, "error_code": "PERMISSION_DENIED", "message": "not yet"}
    sandbox.fail(method="GET", path="^/api/2.0/sql/warehouses/", times=6, **not_yet)

    state = proven(drive, newcomer, on_warehouse(sandbox))

    assert state.checks[-1]["verdict"] == "exercised"
    assert written(drive) == []
    assert engine[0].heard == ["waiting: what was granted may not be in force everywhere yet"]


def test_what_cannot_be_written_again_says_both_reasons(
    sandbox: Sandbox, newcomer: Newcomer, drive: Drive, engine: tuple[Engine, str]
) -> None:
    """Why the grant does not work, and why it was not given again; nobody is told that it was."""
    sandbox.fail(method="PATCH", path="^/api/2.0/permissions/", times=9, status=403, error_code="PERMISSION_DENIED", message="not you")

    with pytest.raises(NotProven) as raised:
        proven(drive, newcomer, on_warehouse(sandbox))

    assert str(raised.value).startswith("alchemer does not work as declared:\n  CAN_USE SQL warehouse bi-serverless: ")
    assert "(not written again: Databricks answered: not you (PERMISSION_DENIED))" in str(raised.value)
    assert warnings(engine) == []


def test_an_object_that_is_gone_is_not_written_to(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """The failure names it."""
    grant = on_warehouse(sandbox)
    sandbox.admin.warehouses.delete(grant.id)

    with pytest.raises(NotProven, match="does not exist"):
        proven(drive, newcomer, grant)
    assert written(drive) == []


def test_a_membership_is_proven(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """By what the workspace says to the principal of its own groups; without it the deployment fails, and says so."""
    with pytest.raises(NotProven, match="membership group analytics: its groups are none"):
        proven(drive, newcomer, memberships=["analytics"])

    (group,) = sandbox.account.groups.list(filter='displayName eq "analytics"')
    assert group.id
    members = Patch(op=PatchOp.ADD, path="members", value=[{"value": newcomer.id}])
    sandbox.account.groups.patch(group.id, operations=[members], schemas=[PatchSchema.URN_IETF_PARAMS_SCIM_API_MESSAGES_2_0_PATCH_OP])

    state = proven(drive, newcomer, memberships=["analytics", "all-analysts"])

    assert [(check["check"], check["verdict"]) for check in state.checks[-2:]] == [("membership", "exercised")] * 2


SECRET_CHANGED = ("another-secret",)


def test_a_level_that_is_there_again_is_named_and_left(
    sandbox: Sandbox, newcomer: Newcomer, drive: Drive, engine: tuple[Engine, str]
) -> None:
    """A person or another stack may have given it on purpose. It is looked at again, proof by proof, until it is seen to be gone."""
    grant = on_warehouse(sandbox)
    sandbox.grant("sql/warehouses", grant.id, newcomer, "CAN_USE")

    there = proven_anew(drive, having_lost(newcomer, grant), inputs(newcomer, revisions=SECRET_CHANGED))
    left, said = level_on_warehouse(sandbox, newcomer), warnings(engine)
    sandbox.grant("sql/warehouses", grant.id, newcomer, "CAN_VIEW")
    gone = proven_anew(drive, there, inputs(newcomer))

    assert left == "CAN_USE"
    [warning] = said
    assert warning.startswith("alchemer has CAN_USE on SQL warehouse bi-serverless again, which this stack had taken away. ")
    assert warning.endswith("`pulumi up --refresh` takes it away.")
    assert (there.taken_away, gone.taken_away) == ((grant,), ())
    assert warnings(engine) == said


def test_what_a_refresh_told_is_taken_away_again(sandbox: Sandbox, newcomer: Newcomer, drive: Drive, engine: tuple[Engine, str]) -> None:
    """The user has seen it as drift; that it stays away is looked at once more."""
    grant = on_warehouse(sandbox)
    sandbox.grant("sql/warehouses", grant.id, newcomer, "CAN_USE")

    told = refreshed(drive, having_lost(newcomer, grant))
    state = proven_anew(drive, told, inputs(newcomer))

    assert told.grants == (grant,)
    assert level_on_warehouse(sandbox, newcomer) is None
    assert state.taken_away == (grant,)
    assert warnings(engine) == [
        "alchemer had CAN_USE on SQL warehouse bi-serverless again. It was taken away; did somebody else give it back?"
    ]


def test_a_level_that_a_person_raises_is_not_taken_away_again(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """While the workspace is in trouble: only the level that was looked for goes."""
    grant = on_warehouse(sandbox)
    sandbox.grant("sql/warehouses", grant.id, newcomer, "CAN_USE")
    state = refreshed(drive, having_lost(newcomer, grant))

    in_trouble(
        drive,
        lambda provider: handler(drive, provider).update("alchemer", state, inputs(newcomer), urn=URN),
        lambda: sandbox.grant("sql/warehouses", grant.id, newcomer, "CAN_MANAGE"),
    )

    assert level_on_warehouse(sandbox, newcomer) == "CAN_MANAGE"


def test_a_list_that_may_not_be_read_any_more_stops_nothing(
    sandbox: Sandbox, newcomer: Newcomer, drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The login lost its right on what is declared no more: nothing is known to be back, and it is looked at again by a later proof."""
    deployer, grant = sandbox.newcomer("deployer"), on_warehouse(sandbox)
    state = having_lost(newcomer, grant)
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", deployer.application_id)
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", deployer.secret)

    assert refreshed(drive, state) == state
    assert proven_anew(drive, state, inputs(newcomer, revisions=SECRET_CHANGED)).taken_away == (grant,)


def owned_job(sandbox: Sandbox, newcomer: Newcomer) -> ObjectGrant:
    job = str(sandbox.job())
    sandbox.grant("jobs", job, newcomer, "IS_OWNER")
    return ObjectGrant(kind="jobs", id=job, name="nightly-survey-load", level="IS_OWNER")


def test_an_owner_is_not_taken_away_again(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """A killed run had not passed the job on yet, and a removal without a next owner is refused: its own deletion does that."""
    grant = owned_job(sandbox, newcomer)

    dropped = proven_anew(drive, proven(drive, newcomer, grant), inputs(newcomer))
    by_an_older_state = proven_anew(drive, having_lost(newcomer, grant), inputs(newcomer))

    assert (dropped.taken_away, by_an_older_state.taken_away) == ((), ())
    assert sandbox.direct_levels("jobs", grant.id)[newcomer.application_id] == "IS_OWNER"


def test_what_a_person_took_over_is_not_taken_back(sandbox: Sandbox, newcomer: Newcomer, drive: Drive, engine: tuple[Engine, str]) -> None:
    """No accident takes the ownership: the proof fails, and says who has it."""
    grant = owned_job(sandbox, newcomer)
    entry = AccessControlRequest(user_name="bruno.costa@acme.example", permission_level=PermissionLevel.IS_OWNER)
    sandbox.admin.permissions.update("jobs", grant.id, access_control_list=[entry])

    with pytest.raises(NotProven, match=r"not written again: job nightly-survey-load is owned by bruno\.costa@acme\.example now"):
        proven(drive, newcomer, grant)

    assert sandbox.direct_levels("jobs", grant.id)["bruno.costa@acme.example"] == "IS_OWNER"
    assert warnings(engine) == []
