"""`brickpass revoke`, told from a recorded state and a workspace as data."""

import json
from collections.abc import Callable, Collection
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from model.clock import instant
from model.faults import WrongUse
from model.identity import marked_lifetime
from operate import revoke as module
from operate.__main__ import app
from operate.exits import FOUND_SOMETHING, GOOD
from operate.recovery.principals import NEVER, Refused, Secret
from operate.result import Result
from operate.revoke import revoke

Engine = Callable[..., Path]
State = dict[str, Any]

CURRENT, EARLIER = "9b344a9b-89ab-41f6-be2b-f6f08d2d5339", "the one before"
PRINCIPAL = "8161551568659383"
OURS = "brickpass:brickpass/sandbox/alchemer"
MADE = instant("2026-11-24T09:00:51Z")
LIFETIME = timedelta(days=104)


class Workspace:
    """The secrets of the one principal there, and which of them were ended."""

    def __init__(self) -> None:
        self.live = [Secret(CURRENT, MADE, LIFETIME), Secret(EARLIER, MADE - timedelta(days=90), LIFETIME)]
        self.ended: list[str] = []
        self.refuses: Collection[str] = ()

    def secrets(self, principal_id: str) -> list[Secret]:
        assert principal_id == PRINCIPAL
        return list(self.live)

    def end(self, principal_id: str, secret_id: str) -> None:
        assert principal_id == PRINCIPAL
        if secret_id in self.refuses:
            raise Refused("no. Run the same command again, or as another admin.")
        self.ended.append(secret_id)
        self.live = [each for each in self.live if each.id != secret_id]


@pytest.fixture
def workspace(monkeypatch: pytest.MonkeyPatch, state: State) -> Workspace:
    """With the two secrets that the state knows."""
    rotating = next(each for each in state["deployment"]["resources"] if each["type"] == "brickpass:index:RotatingSecret")
    before = {"issuedAt": "2026-08-26T09:00:51Z", "expiresAt": "2026-12-08T09:00:51Z", "worksUntil": "2026-12-08T09:00:51Z"}
    rotating["outputs"]["earlier"] = [before | {"secretId": EARLIER, "clientSecret": "dose1"}]
    workspace = Workspace()
    monkeypatch.setattr(module, "Principals", lambda *_: workspace)
    monkeypatch.setattr(module, "export", lambda _: state)
    return workspace


def revoked(name: str = "alchemer", *, secret: str | None = None, all_of_them: bool = False, agreed: bool = True) -> tuple[Result, str]:
    """The result, and the plan that was shown before."""
    shown: list[str] = []

    def asked(plan: str) -> bool:
        shown.append(plan)
        return agreed

    return revoke(name, secret=secret, all_of_them=all_of_them, stack=None, agreed=asked), "\n".join(shown)


def test_the_secret_of_the_bundle_is_ended(workspace: Workspace) -> None:
    """Said before with all that it means, and after with what to do; the earlier one stays."""
    result, plan = revoked(secret=CURRENT)

    assert workspace.ended == [CURRENT]
    stops = [
        "The bundle of alchemer, handed out since 2026-11-24T09:00:51Z, logs in no more.",
        f"Whoever has {EARLIER} still logs in as alchemer.",
        "A token that was issued before is good until its hour is over.",
    ]
    assert plan.splitlines() == [
        f"- ended now: secret {CURRENT}, the one in the bundle (made 2026-11-24T09:00:51Z, ends 2027-03-08T09:00:51Z)",
        (
            f"- kept: secret {EARLIER}, an earlier one, for whoever has not taken the new one "
            "(made 2026-08-26T09:00:51Z, ends 2026-12-08T09:00:51Z)"
        ),
        *(f"- {line}" for line in stops),
    ]
    assert result.summary.splitlines() == [
        *stops,
        "Now run `pulumi up --refresh`: it makes another secret. Without --refresh it would not notice that the old one has ended.",
    ]
    assert result.exit_code == GOOD
    assert result.data["ended"] == [{"id": CURRENT, "whose": "bundle", "made": "2026-11-24T09:00:51Z", "ends": "2027-03-08T09:00:51Z"}]
    assert [each["id"] for each in result.data["stillWork"]] == [EARLIER]
    assert "dose" not in f"{result}{plan}"


def test_twice_is_as_once(workspace: Workspace) -> None:
    """What had ended before is said, and nothing is asked."""
    revoked(secret=CURRENT)
    result, plan = revoked()

    assert workspace.ended == [CURRENT]
    assert plan == ""
    assert result.summary.splitlines()[0] == f"Secret {CURRENT} had ended before."
    assert "Now run `pulumi up --refresh`" in result.summary
    assert (result.exit_code, result.data["endedBefore"]) == (GOOD, [CURRENT])


def test_of_several_that_work_one_must_be_said(workspace: Workspace) -> None:
    """After a rotation the one before may have leaked: to end the new one instead would help nobody. Alone, the bundle's is meant."""
    with pytest.raises(WrongUse, match=f"(?s)several secrets that work.*--secret ID.*{CURRENT}.*{EARLIER}"):
        revoked()
    nothing = list(workspace.ended)
    workspace.live = workspace.live[:1]
    revoked()

    assert (nothing, workspace.ended) == ([], [CURRENT])


def test_one_is_ended_by_its_id(workspace: Workspace) -> None:
    """The bundle works on, and no new one is needed."""
    result, _ = revoked(secret=EARLIER)

    assert workspace.ended == [EARLIER]
    assert f"Whoever has secret {EARLIER} logs in no more." in result.summary
    assert result.summary.splitlines()[-1] == "The bundle works on. `pulumi refresh` tells the state what has ended."


def test_an_id_that_nothing_knows_is_found(workspace: Workspace) -> None:
    """Lest a slip of the pen leaves a secret alive that has leaked: those that work are told."""
    result, plan = revoked(secret="9b344a9b")

    assert (workspace.ended, plan) == ([], "")
    assert result.exit_code == FOUND_SOMETHING
    assert result.summary == (
        f"alchemer has no secret 9b344a9b: it had ended before, or is somebody else's. Those that work: {CURRENT}, {EARLIER}."
    )


def test_all_are_those_of_others_too(workspace: Workspace) -> None:
    """Each is said with whose it is: a killed run's by its mark, any other's, also one whose times the workspace does not say."""
    marked = Secret("a killed run's", MADE, marked_lifetime(LIFETIME, OURS))
    workspace.live += [marked, Secret("a person's", MADE, timedelta(days=730)), Secret("somebody's", NEVER, timedelta(0))]

    result, plan = revoked(all_of_them=True)

    assert workspace.live == []
    assert [(each["id"], each["whose"]) for each in result.data["ended"]] == [
        (CURRENT, "bundle"),
        (EARLIER, "earlier"),
        ("a killed run's", "stack"),
        ("a person's", "other"),
        ("somebody's", "other"),
    ]
    assert (
        "a person's, not made by this stack: a person's, or another tool's (made 2026-11-24T09:00:51Z, ends 2028-11-23T09:00:51Z)" in plan
    )
    assert "somebody's, not made by this stack: a person's, or another tool's (made nobody knows when, ends nobody knows when)" in plan
    assert "Nobody logs in as alchemer with a secret any more." in result.summary
    assert revoked(all_of_them=True)[0].summary.splitlines()[0] == "alchemer has no secret that works."


def test_one_that_cannot_be_ended_keeps_no_other(workspace: Workspace) -> None:
    """It is told with the workspace's reason, as working on."""
    workspace.refuses = [CURRENT]

    result, _ = revoked(all_of_them=True)

    assert workspace.ended == [EARLIER]
    assert result.exit_code == FOUND_SOMETHING
    assert result.summary.splitlines()[0] == f"Secret {CURRENT} still works: no. Run the same command again, or as another admin."
    assert f"Whoever has {CURRENT} still logs in as alchemer." in result.summary
    assert "--refresh" not in result.summary
    assert set(result.data["notEnded"]) == {CURRENT}


def test_nothing_is_ended_unasked(workspace: Workspace) -> None:
    """Not where the answer is no, and not without a terminal to ask on, where the plan is shown."""
    with pytest.raises(WrongUse, match="nothing was done"):
        revoked(secret=CURRENT, agreed=False)
    done = CliRunner().invoke(app, ["revoke", "alchemer", "--secret", CURRENT])

    assert isinstance(done.exception, WrongUse)
    assert "without a terminal to ask on, revoke takes --yes. It would do this:\n- ended now: secret" in str(done.exception)
    assert workspace.ended == []


def test_with_yes_it_is_done(workspace: Workspace) -> None:
    """And a script reads JSON alone on standard output."""
    done = CliRunner().invoke(app, ["revoke", "alchemer", "--secret", CURRENT, "--yes", "--json"])

    assert done.exit_code == GOOD
    assert [each["id"] for each in json.loads(done.stdout)["ended"]] == [CURRENT] == workspace.ended


def test_who_has_no_secret_is_told_so(workspace: Workspace, state: State) -> None:
    """What the principal has all the same, can be ended; both options at once mean nothing."""
    resources = state["deployment"]["resources"]
    resources[:] = [each for each in resources if each["type"] != "brickpass:index:RotatingSecret"]

    with pytest.raises(WrongUse, match="has no secret in the state; --all ends whatever secrets its service principal has"):
        revoked()
    with pytest.raises(WrongUse, match="leave one of the two out"):
        revoked(secret=CURRENT, all_of_them=True)
    with pytest.raises(WrongUse, match='did you mean "alchemer"'):
        revoked("alchmer")
    assert revoked(all_of_them=True)[0].exit_code == GOOD
    assert workspace.ended == [CURRENT, EARLIER]


def test_without_an_admin_it_is_said_how_to_become_one(monkeypatch: pytest.MonkeyPatch, engine: Engine, state: State) -> None:
    """As for every command that takes one."""
    engine(state)
    monkeypatch.setattr("operate.recovery.principals.from_environment", lambda *_, **__: None)

    done = CliRunner().invoke(app, ["revoke", "alchemer", "--yes"])

    assert isinstance(done.exception, WrongUse)
    assert "is an admin's to see and to end: set DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET" in str(done.exception)
