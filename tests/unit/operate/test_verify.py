"""`brickpass verify`, from the command line to the exit code."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from checks.check import Check, Verdict
from operate import verify as module
from operate.__main__ import main
from operate.exits import FOUND_SOMETHING, GOOD, MISUSE, WORKSPACE_UNREACHABLE

Engine = Callable[..., Path]
State = dict[str, Any]


@pytest.fixture
def proof(monkeypatch: pytest.MonkeyPatch) -> list[Check]:
    """What the checks find; how they find it is theirs to test."""
    found = [Check("login", "5bd7", Verdict.EXERCISED, "fine"), Check("CAN_RESTART", "cluster [x]", Verdict.NOT_TRIED, "no admin")]

    def prove(*_: object, **__: object) -> list[Check]:
        return found

    monkeypatch.setattr(module, "prove", prove)
    monkeypatch.setattr(module, "from_environment", lambda *_, **__: None)
    return found


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["brickpass", *words])
    with pytest.raises(SystemExit) as left:
        main()
    return int(left.value.code or 0)


def test_all_is_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], engine: Engine, state: State, proof: Sequence[Check]
) -> None:
    """What was not tried is shown as such, and is no failure."""
    engine(state)

    assert run(monkeypatch, "verify") == GOOD

    shown = capsys.readouterr().out
    assert len(proof) == 2
    assert "cluster [x]" in shown
    assert "not tried" in shown
    assert "1 integration: 1 exercised, 1 not tried" in shown
    assert "dose" not in shown


def test_a_failing_check_is_an_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], engine: Engine, state: State, proof: list[Check]
) -> None:
    """The JSON of the contract says which, and nothing else stands beside it on standard output."""
    engine(state)
    proof.append(Check("CAN_USE", "SQL warehouse bi-serverless", Verdict.FAILED, "refused"))

    assert run(monkeypatch, "verify", "alchemer", "--json") == FOUND_SOMETHING

    said = json.loads(capsys.readouterr().out)
    assert said["integrations"]["alchemer"]["ok"] is False
    assert said["integrations"]["alchemer"]["checks"][-1] == {
        "check": "CAN_USE",
        "target": "SQL warehouse bi-serverless",
        "verdict": "failed",
        "ok": False,
        "detail": "refused",
    }


def test_an_unfinished_deployment_is_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], engine: Engine, state: State
) -> None:
    """An integration without a secret fails, rather than being left out."""
    resources = state["deployment"]["resources"]
    resources[:] = [each for each in resources if each["type"] != "brickpass:index:RotatingSecret"]
    engine(state)

    assert run(monkeypatch, "verify", "--json") == FOUND_SOMETHING
    assert "did not come to a secret" in capsys.readouterr().out


def test_an_unknown_integration_is_misuse(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], engine: Engine, state: State
) -> None:
    """One line names what there is and the nearest."""
    engine(state)

    assert run(monkeypatch, "verify", "alchmer") == MISUSE
    assert capsys.readouterr().err.strip() == 'this stack has no integration "alchmer"; it has alchemer; did you mean "alchemer"?'


def test_a_workspace_that_does_not_answer_has_its_own_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], engine: Engine, state: State
) -> None:
    """A script can tell an outage from a finding."""
    recorded = json.dumps(state).replace("https://dbc-1234.cloud.databricks.com", "http://127.0.0.1:9")
    engine(json.loads(recorded))

    assert run(monkeypatch, "verify") == WORKSPACE_UNREACHABLE
    assert capsys.readouterr().err.strip().startswith("nobody answers at http://127.0.0.1:9")


def test_the_admin_is_asked_only_for_its_own_workspace(monkeypatch: pytest.MonkeyPatch, engine: Engine, state: State) -> None:
    """Credentials in the environment that are another workspace's are left alone."""
    engine(state)
    monkeypatch.setenv("DATABRICKS_HOST", "https://dbc-9999.cloud.databricks.com")
    monkeypatch.setenv("DATABRICKS_TOKEN", "dapi0")
    admins: list[object] = []

    def prove(*_: object, admin: object, **__: object) -> list[Check]:
        admins.append(admin)
        return []

    monkeypatch.setattr(module, "prove", prove)

    assert run(monkeypatch, "verify") == GOOD
    assert admins == [None]


def test_declared_memberships_are_proven(monkeypatch: pytest.MonkeyPatch, engine: Engine, state: State) -> None:
    """Whatever became of them in the deployment."""
    component = next(each for each in state["deployment"]["resources"] if each["type"] == "brickpass:index:Integration")
    component["inputs"] = {"memberships": ["admins"]}
    engine(state)
    groups: list[object] = []

    def prove(*_: object, memberships: object, **__: object) -> list[Check]:
        groups.append(memberships)
        return []

    monkeypatch.setattr(module, "prove", prove)
    monkeypatch.setattr(module, "from_environment", lambda *_, **__: None)

    assert run(monkeypatch, "verify") == GOOD
    assert groups == [("admins",)]


def test_the_admin_logs_in_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], engine: Engine, state: State, proof: Sequence[Check]
) -> None:
    """However many integrations the stack has."""
    resources = state["deployment"]["resources"]
    renamed = json.dumps([each for each in resources if "alchemer" in each["urn"]]).replace("::alchemer", "::dbt")
    resources += json.loads(renamed)
    engine(state)
    hosts: list[str] = []
    monkeypatch.setattr(module, "from_environment", lambda host, **_: hosts.append(host))

    assert run(monkeypatch, "verify") == GOOD
    assert capsys.readouterr().out.count("fine") == 2 * len([check for check in proof if check.detail == "fine"])
    assert hosts == ["https://dbc-1234.cloud.databricks.com"]


def test_the_exit_codes_differ() -> None:
    """Each has one meaning."""
    assert len({GOOD, FOUND_SOMETHING, MISUSE, WORKSPACE_UNREACHABLE}) == 4


def test_help_comes_at_once() -> None:
    """It loads neither the SDK, nor pydantic, nor Pulumi: what a command needs is imported when it runs."""
    code = (
        "import sys, operate.__main__; print([m for m in ('databricks', 'pydantic', 'pulumi', 'ruamel', 'rich.table') if m in sys.modules])"
    )

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert loaded.stdout.strip() == "[]"
