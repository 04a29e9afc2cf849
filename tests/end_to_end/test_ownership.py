"""An integration that owns a job, by the real engine: asked beforehand who is the next owner, and passed on when it gives the job up."""

from typing import Any

from tests.end_to_end.harness import Stack
from tests.end_to_end.test_bad_input import place, said_and_nothing_done

ANN = "ann.lee@acme.example"
JOB = "nightly-survey-load"


def alchemer(level: str = "IS_OWNER", next_owner: str | None = ANN, **more: object) -> dict[str, Any]:
    said = {"level": level} | ({"next_owner": next_owner} if level == "IS_OWNER" and next_owner else {}) | more
    return {"alchemer": {"entitlements": ["workspace-access"], "grants": {"jobs": {JOB: said}}}}


def owner_of(levels: dict[str, str]) -> str:
    [owner] = [who for who, level in levels.items() if level == "IS_OWNER"]
    return owner


def test_who_is_the_next_owner_is_asked_before_anything_is_done(stack: Stack) -> None:
    """By `brickpass check` and by the preview, in one sentence with file and line; and so is one who is not there."""
    stack.declare(alchemer(next_owner=None))
    checked, without = stack.run("brickpass", "check"), stack.preview()
    at_the_job = place(stack, f"{JOB}:")
    stack.declare(alchemer(next_owner="long.gone@acme.example"))
    gone = stack.preview()

    path = f"integrations.alchemer.grants.jobs.{JOB}"
    asked = f"{at_the_job}: {path}: has IS_OWNER, so next_owner stands beside it"
    assert asked in said_and_nothing_done(stack, checked)
    assert asked in said_and_nothing_done(stack, without)
    assert f'{path}.next_owner: "long.gone@acme.example" is not in this workspace' in said_and_nothing_done(stack, gone)


def test_a_job_is_owned_until_a_day_and_then_passed_on(stack: Stack) -> None:
    """Taken from its owner, who is named in the preview; proved; and the next owner's after its last day."""
    sandbox = stack.sandbox
    job = str(sandbox.job(JOB))
    before = sandbox.direct_levels("jobs", job)
    owner = owner_of(before)
    stack.declare(alchemer(until="2027-03-31"))

    preview = stack.preview()
    stack.up()
    client_id = stack.bundles()["alchemer"]["client_id"]
    owned = sandbox.direct_levels("jobs", job)
    verified = stack.run("brickpass", "verify")
    stack.up(BRICKPASS_NOW="2027-04-01T00:01:00Z")

    assert f"takes the ownership of this job from {owner}, who keeps CAN_MANAGE" in preview.text
    assert owned == before | {owner: "CAN_MANAGE", client_id: "IS_OWNER"}
    assert verified.exit_code == 0, verified.text
    assert sandbox.direct_levels("jobs", job) == before | {owner: "CAN_MANAGE", ANN: "IS_OWNER"}


def test_a_next_owner_who_left_keeps_the_job_from_being_given_up(stack: Stack) -> None:
    """One sentence, and the job keeps its owner; when somebody gave it another one, the removal goes through."""
    sandbox = stack.sandbox
    job = str(sandbox.job(JOB))
    successor = sandbox.newcomer("successor")
    stack.declare(alchemer(next_owner=f"id:{successor.application_id}"))
    stack.up()
    owned = sandbox.direct_levels("jobs", job)
    sandbox.admin.service_principals.delete(successor.id)

    stack.declare({})
    refused = stack.try_up()
    kept = sandbox.direct_levels("jobs", job)
    sandbox.grant("jobs", job, sandbox.newcomer("heir"), "IS_OWNER")
    heir = owner_of(sandbox.direct_levels("jobs", job))
    stack.up()

    assert refused.exit_code != 0
    assert f"{successor.application_id}, who is to own" in refused.text
    assert "Traceback" not in refused.text
    assert kept == owned
    assert owner_of(sandbox.direct_levels("jobs", job)) == heir != owner_of(owned)
