"""`brickpass schedule`, from a recorded state and a moment to the exit code and the calendar."""

import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from typer.testing import CliRunner

from model.clock import VARIABLE, instant
from model.faults import WrongUse
from operate.__main__ import app
from operate.exits import FOUND_SOMETHING, GOOD
from operate.result import Result
from operate.schedule import schedule
from operate.state import integrations_in

Engine = Callable[..., Path]
State = dict[str, Any]

THE_SECRET = "9b344a9b-89ab-41f6-be2b-f6f08d2d5339"
ISSUED, DUE, ENDS = "2026-11-24T09:00:51Z", "2026-12-31T00:00:00Z", "2027-03-08T09:00:51Z"
"""As recorded: replaced every 90 days."""
EARLIER = {"secretId": "the one before", "clientSecret": "dose1", "issuedAt": "2026-08-24T09:00:00Z", "expiresAt": "2026-12-06T09:00:00Z"}


def resource(state: State, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in state["deployment"]["resources"] if each["type"] == f"brickpass:index:{kind}")
    return found


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch, state: State) -> Callable[..., Result]:
    """What it says at a moment, of the recorded state with what is changed in its secret."""
    monkeypatch.setattr("operate.schedule.deployed", lambda _: integrations_in(state))

    def result(moment: str, *, next_run: str | None = None, ics: Path | None = None, runs_every: int = 0, **secret: object) -> Result:
        monkeypatch.setenv(VARIABLE, moment)
        resource(state, "RotatingSecret")["outputs"] |= secret
        resource(state, "Integration").setdefault("inputs", {})["runsEvery"] = runs_every
        return schedule([], stack=None, next_run=next_run, ics=ics)

    return result


def problem(result: Result) -> str | None:
    """What is wrong with the one integration; the exit code says whether anything is."""
    said: str | None = result.data["integrations"]["alchemer"]["problem"]
    assert result.exit_code == (FOUND_SOMETHING if said else GOOD)
    return said


def test_each_secret_that_lives_is_listed(at: Callable[..., Result]) -> None:
    """With its issue, its end, and the next rotation; the values are in none of it."""
    before = EARLIER | {"worksUntil": "2026-12-01T09:00:00Z"}
    ended = before | {"secretId": "ended", "expiresAt": "2026-11-25T00:00:00Z"}

    listed = at("2026-11-26", earlier=[before, ended], toEnd=["an old one"])

    assert listed.exit_code == GOOD
    assert listed.table.rows == [
        ("alchemer", THE_SECRET, ISSUED, ENDS, DUE, "current"),
        ("alchemer", "the one before", "2026-08-24T09:00:00Z", "2026-12-01T09:00:00Z", "", "earlier"),
        ("alchemer", "an old one", "", "", "", "ended by the next run"),
    ]
    assert listed.summary == "1 integration: no secret has ended."
    alchemer = listed.data["integrations"]["alchemer"]
    assert alchemer["rotations"] == [DUE, "2027-03-31T00:00:00Z", "2027-06-29T00:00:00Z", "2027-09-27T00:00:00Z"]
    assert alchemer["secrets"][0] == {"id": THE_SECRET, "issuedAt": ISSUED, "worksUntil": ENDS, "state": "current"}
    assert "dose" not in f"{listed}"


def test_an_earlier_secret_whose_overlap_is_over_works_to_its_end(at: Callable[..., Result]) -> None:
    """If no run comes; so this is what is told then."""
    listed = at("2026-12-02", earlier=[EARLIER | {"worksUntil": "2026-12-01T09:00:00Z"}])

    assert listed.table.rows[1] == ("alchemer", "the one before", "2026-08-24T09:00:00Z", "2026-12-06T09:00:00Z", "", "earlier")


def test_an_end_before_the_next_run_is_found(at: Callable[..., Result]) -> None:
    """Whether the command line says when that is, or the stack; the first wins, and without either only an end is."""
    week, to_do = 7 * 24 * 3600, "run `pulumi up` now"
    lapses = f"its secret ends on {ENDS}, before the next run on 2027-03-12T00:00:00Z; {to_do}"

    assert problem(at("2027-03-05")) is None
    assert problem(at("2027-03-05", next_run="1w")) == lapses
    assert problem(at("2027-03-05", rotatesAt="2027-03-31T00:00:00Z", runs_every=week)) == lapses.replace(
        to_do, "run `pulumi up` between 2027-03-31T00:00:00Z and then"
    )
    assert problem(at("2027-03-05", runs_every=week, next_run="3d")) is None
    assert problem(at("2027-03-01", runs_every=week)) is None


@pytest.mark.parametrize(
    ("moment", "found"),
    [("2027-03-08T09:00:50Z", False), ("2027-03-08T09:00:51Z", True)],
)
def test_a_secret_works_to_its_last_second(at: Callable[..., Result], moment: str, found: bool) -> None:  # noqa: FBT001 -- a parameter of the test
    """And has ended with it."""
    assert problem(at(moment)) == (f"its secret ended on {ENDS}; `pulumi up` makes another" if found else None)


def test_the_next_run_must_come_before_the_end(at: Callable[..., Result]) -> None:
    """At the same second it is too late."""
    assert problem(at("2027-03-01T09:00:50Z", next_run="7d")) is None
    assert problem(at("2027-03-01T09:00:51Z", next_run="7d"))


def test_a_secret_that_somebody_ended_is_found(at: Callable[..., Result]) -> None:
    """As far as a refresh noticed it."""
    gone = at("2026-11-26", gone=True)

    assert problem(gone) == f"somebody ended its secret {THE_SECRET}; `pulumi up` makes another"
    assert gone.table.rows[0][-1] == "gone"


def test_a_rotation_that_failed_is_found(at: Callable[..., Result]) -> None:
    """With the reason that the workspace gave, while there is time."""
    said = problem(at("2027-01-02", notRotated="Service principal 5 has 5 secrets."))

    assert said == f"its secret was to be replaced and was not (Service principal 5 has 5 secrets); run `pulumi up` again before {ENDS}"


def test_a_rotation_that_no_run_made_is_found(at: Callable[..., Result]) -> None:
    """A run has its time until the interval after the boundary is over; without a declared one nobody can say."""
    week = 7 * 24 * 3600

    assert problem(at("2027-01-07", runs_every=week)) is None
    assert at("2027-01-07").table.rows[0][4] == "due now"
    assert problem(at("2027-01-07T00:00:01Z", runs_every=week)) == (
        f"its secret was due on {DUE}, and no run has replaced it since; run `pulumi up`"
    )
    assert problem(at("2027-01-20", runs_every=0)) is None


@pytest.mark.usefixtures("at")
def test_an_integration_without_a_secret_is_found(state: State) -> None:
    """Its deployment failed before; one that is over has none and needs none."""
    resource(state, "RotatingSecret")["type"] = "something else"

    assert problem(missing := schedule([], stack=None)) == "its deployment did not come to a secret; `pulumi up` finishes it"
    assert missing.table.rows == [("alchemer", "", "", "", "", "missing")]
    assert missing.summary.splitlines()[-1] == "1 integration, of which 1 needs a run."

    resource(state, "Integration")["inputs"] = {"endedOn": "2026-11-01"}
    assert problem(over := schedule([], stack=None)) is None
    assert over.table.rows[0][-1] == "was over on 2026-11-01"


@pytest.mark.usefixtures("at")
def test_who_logs_in_by_federation_has_no_secret_that_could_lapse(state: State) -> None:
    """But for one whose deployment did not come to it."""
    resource(state, "RotatingSecret")["type"] = "something else"
    login = {"auth_type": "env-oidc", "issuer": "https://idp.acme.example", "subject": "airflow", "audience": "databricks"}
    resource(state, "Integration")["inputs"] = {"federation": [login]}

    assert problem(schedule([], stack=None)) == "its deployment did not come to its federation; `pulumi up` finishes it"
    policy = {"servicePrincipalId": 8161551568659383.0, "oidcPolicy": login}
    state["deployment"]["resources"].append(
        {
            "type": "databricks:index/servicePrincipalFederationPolicy:ServicePrincipalFederationPolicy",
            "urn": "urn",
            "parent": resource(state, "Integration")["urn"],
            "outputs": policy,
        }
    )
    assert problem(federated := schedule([], stack=None)) is None
    assert federated.table.rows == [("alchemer", "", "", "", "", "no secret: logs in by federation")]


def test_the_command_ends_with_its_exit_code(monkeypatch: pytest.MonkeyPatch, engine: Engine, state: State) -> None:
    """And prints JSON alone where that is asked for."""
    called = engine(state)
    monkeypatch.setenv(VARIABLE, "2027-03-05")

    done = CliRunner().invoke(app, ["schedule", "alchemer", "--next-run", "7d", "--stack", "acme-prod", "--json"])

    assert done.exit_code == FOUND_SOMETHING
    assert json.loads(done.stdout)["integrations"]["alchemer"]["ok"] is False
    assert "acme-prod" in called.read_text(encoding="utf-8")


@pytest.mark.usefixtures("at")
def test_what_cannot_be_understood_is_misuse(tmp_path: Path) -> None:
    """A duration, a name, a file to write to."""
    for wrong, said in (
        ({"next_run": "7"}, '--next-run: "7" is not a duration; write a whole number with h, d or w'),
        ({"ics": tmp_path / "missing" / "rotations.ics"}, "rotations.ics cannot be written: No such file or directory"),
    ):
        with pytest.raises(WrongUse, match=re.escape(said)):
            schedule([], stack=None, **wrong)
    with pytest.raises(WrongUse, match='did you mean "alchemer"'):
        schedule(["alchmer"], stack=None)


def events(ics: Path) -> dict[str, tuple[str, date]]:
    """Summary and beginning of each, by UID."""
    read = Calendar.from_ical(ics.read_bytes())
    assert not read.errors
    return {str(each["uid"]): (str(each["summary"]), each.start) for each in read.events}


def test_the_calendar_has_each_rotation_and_each_end_ahead(at: Callable[..., Result], tmp_path: Path) -> None:
    """Four rotations, and the end of every secret that works; nothing in it is secret."""
    ics = tmp_path / "rotations.ics"
    at("2026-11-26", ics=ics, earlier=[EARLIER | {"worksUntil": "2026-12-01T09:00:00Z"}])

    assert sorted(events(ics).values(), key=lambda each: each[1]) == [
        ("An earlier secret of alchemer ends", instant("2026-12-01T09:00:00Z")),
        ("Rotate the secret of alchemer: the next pulumi up does it", instant(DUE)),
        ("The secret of alchemer ends", instant(ENDS)),
        ("Rotate the secret of alchemer: the next pulumi up does it", instant("2027-03-31T00:00:00Z")),
        ("Rotate the secret of alchemer: the next pulumi up does it", instant("2027-06-29T00:00:00Z")),
        ("Rotate the secret of alchemer: the next pulumi up does it", instant("2027-09-27T00:00:00Z")),
    ]
    assert "dose" not in ics.read_text(encoding="utf-8")


def test_a_calendar_that_is_imported_again_doubles_nothing(at: Callable[..., Result], tmp_path: Path) -> None:
    """A rotation keeps its UID as time goes on and when it moves, a secret's end as long as the secret is the same."""
    first, later = tmp_path / "first.ics", tmp_path / "later.ics"
    at("2026-11-26", ics=first)
    at("2027-01-02", ics=later, anchor="2026-01-06T00:00:00Z")

    before, after = events(first), events(later)

    assert len(before) == len(after) == 5
    moved = {uid: (before[uid][1], after[uid][1]) for uid in before.keys() & after.keys()}
    assert len(moved) == 4
    assert {new - old for old, new in moved.values()} == {timedelta(days=1), timedelta(0)}


def test_two_integrations_of_one_name_are_two_in_a_calendar(at: Callable[..., Result], tmp_path: Path) -> None:
    """Those of two stacks, which have different Client IDs, in one calendar."""
    one, other = tmp_path / "one.ics", tmp_path / "other.ics"
    at("2026-11-26", ics=one)
    at("2026-11-26", ics=other, applicationId="6f44b260", secretId="another")

    assert not events(one).keys() & events(other).keys()
