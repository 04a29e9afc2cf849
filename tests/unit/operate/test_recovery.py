"""What `brickpass recover` plans and writes, told from a state and a workspace as data."""

import os
import socket
import subprocess
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from model.identity import marked_lifetime
from operate import recover as module
from operate.engine import said
from operate.recover import StillRunning
from operate.recovery.backend import mend
from operate.recovery.memory import Memory
from operate.recovery.plan import plan
from operate.recovery.principals import Principal, Principals, Secret

PREFIX = "urn:pulumi:test::access::"
INTEGRATION = f"{PREFIX}brickpass:index:Integration"
PRINCIPAL = "databricks:index/servicePrincipal:ServicePrincipal"
OURS = "brickpass:access/test/alchemer"
HOST = "https://dbc-1.cloud.databricks.com"
LIFETIME = timedelta(days=104)
OURS_BY_ITS_MARK = marked_lifetime(LIFETIME, OURS)


class Workspace(Principals):
    """The principals that a stack made, and their secrets."""

    def __init__(self, *made: Principal, secrets: Mapping[str, list[Secret]]) -> None:
        self._made = list(made)
        self._live = secrets

    def made(self, external_ids_begin: str) -> list[Principal]:
        return [each for each in self._made if each.external_id.startswith(external_ids_begin)]

    def secrets(self, principal_id: str) -> list[Secret]:
        return self._live.get(principal_id, [])


def principal(id_: str, external_id: str = OURS) -> Principal:
    return Principal(id_, f"app-{id_}", "alchemer", external_id)


def secret(id_: str, lifetime: timedelta = OURS_BY_ITS_MARK) -> list[Secret]:
    return [Secret(id_, lifetime)]


def provider(name: str = "brickpass", **inputs: str) -> dict[str, Any]:
    type_ = f"pulumi:providers:{name.removesuffix('-account')}"
    inputs = {"host": HOST, **inputs}
    return {"urn": f"{PREFIX}{type_}::{name}", "type": type_, "custom": True, "id": f"id-of-{name}", "inputs": inputs, "outputs": inputs}


def component(*, declared: bool = True) -> dict[str, Any]:
    return {
        "urn": f"{INTEGRATION}::alchemer",
        "type": "brickpass:index:Integration",
        **({"inputs": {"grants": []}} if declared else {}),
    }


def recorded(id_: str) -> dict[str, Any]:
    return {"urn": f"{INTEGRATION}${PRINCIPAL}::alchemer", "type": PRINCIPAL, "custom": True, "id": id_, "inputs": {}, "outputs": {}}


def rotating(secret_id: str, previous: str | None = None) -> dict[str, Any]:
    type_ = "brickpass:index:RotatingSecret"
    outputs: dict[str, object] = {"secretId": secret_id, "previous": {"secretId": previous} if previous else None, "toEnd": []}
    return {"urn": f"{INTEGRATION}${type_}::alchemer", "type": type_, "inputs": {"principalId": "1"}, "outputs": outputs}


def memory(*resources: dict[str, Any], begun: dict[str, Any] | None = None) -> Memory:
    pending = [{"type": "creating", "resource": begun}] if begun else None
    export = {"version": 3, "deployment": {"resources": [provider(), *resources], "pending_operations": pending}}
    return Memory.of(export, stack=None)


def test_of_several_that_nobody_can_be_one_is_taken_in() -> None:
    """A repeated request made both: either will do, and the other goes."""
    found = plan(memory(component()), Workspace(principal("1"), principal("2"), secrets={}))

    assert ([each.id for each in found.take_in], [each.id for each in found.remove], found.unclear) == (["1"], ["2"], ())


def test_the_one_that_is_in_use_is_taken_in() -> None:
    """Its secret is kept, whoever made it, since the state that knew it is lost."""
    found = plan(memory(), Workspace(principal("1"), principal("2"), secrets={"2": secret("theirs", LIFETIME)}))

    assert ([each.id for each in found.take_in], [each.id for each in found.remove]) == (["2"], ["1"])
    assert [each.secret_id for each in found.keep] == ["theirs"]
    assert found.end == ()


@pytest.mark.parametrize("resources", [(), (component(), recorded("3"))], ids=["none recorded", "another recorded"])
def test_several_that_are_in_use_are_left_to_people(resources: tuple[dict[str, Any], ...]) -> None:
    """No rule could say which of them the third party has."""
    workspace = Workspace(principal("1"), principal("2"), secrets={"1": secret("a"), "2": secret("b")})

    found = plan(memory(*resources), workspace)

    assert ([each.id for each in found.unclear], found.take_in, found.remove, found.end) == (["1", "2"], (), (), ())


def test_a_second_one_of_a_recorded_principal_goes() -> None:
    """Where nobody can log in as it."""
    found = plan(memory(component(), recorded("1")), Workspace(principal("1"), principal("2"), secrets={}))

    assert ([each.id for each in found.remove], found.take_in) == (["2"], ())


def test_only_secrets_of_ours_that_the_state_does_not_know_end() -> None:
    """The living one and the one before are known, and what has no mark of ours is a person's."""
    live = [*secret("now"), *secret("before"), *secret("lost"), *secret("a person's", LIFETIME)]

    found = plan(memory(component(), recorded("1"), rotating("now", "before")), Workspace(principal("1"), secrets={"1": live}))

    assert [each.secret_id for each in found.end] == ["lost"]


def test_a_secret_bears_the_mark_of_a_former_name_or_of_the_new_one() -> None:
    """A rename that was killed half way has changed the principal's external id, and not yet the state."""
    renamed = "brickpass:access/test/alchemer-eu"
    live = [*secret("lost"), *secret("lost too", marked_lifetime(LIFETIME, renamed))]

    found = plan(memory(component(), recorded("1")), Workspace(principal("1", renamed), secrets={"1": live}))

    assert [each.secret_id for each in found.end] == ["lost", "lost too"]


def test_what_was_kept_once_is_kept_until_the_next_up() -> None:
    """Recovering twice is the same as once: an integration that only a recovery wrote has nothing declared."""
    found = plan(memory(component(declared=False), recorded("1")), Workspace(principal("1"), secrets={"1": secret("lost")}))

    assert ([each.secret_id for each in found.keep], found.end) == (["lost"], ())
    assert found.is_empty


def test_a_secret_of_an_adopted_principal_is_found_by_what_was_begun() -> None:
    """It has no external id of ours: whose it is stands in the operation that was killed."""
    begun = rotating("none yet") | {"inputs": {"principalId": "adopted"}}

    found = plan(memory(component(), begun=begun), Workspace(secrets={"adopted": secret("lost")}))

    assert [(each.principal_id, each.secret_id) for each in found.end] == [("adopted", "lost")]


def test_what_is_taken_in_is_written_as_the_engine_would_have() -> None:
    """With the inputs that it had begun with, below the integration and the provider that are there; nothing is pending any more."""
    begun = recorded("") | {"inputs": {"displayName": "alchemer", "workspaceAccess": True}}
    written = memory(provider("databricks"), component(), begun=begun).remembering([principal("1")])["deployment"]

    assert "pending_operations" not in written
    urns = [each["urn"] for each in written["resources"]]
    assert len(urns) == len(set(urns))
    new = written["resources"][-1]
    assert (new["id"], new["inputs"], new["parent"]) == ("1", begun["inputs"], f"{INTEGRATION}::alchemer")
    assert new["provider"] == f"{PREFIX}pulumi:providers:databricks::databricks::id-of-databricks"


def test_one_of_an_account_is_written_below_the_accounts_provider() -> None:
    """As one that is really deleted when it goes."""
    in_account = provider(accountId="a1", accountHost="https://accounts.cloud.databricks.com")
    export = {"version": 3, "deployment": {"resources": [in_account]}}

    written = Memory.of(export, stack=None).remembering([principal("1")])["deployment"]["resources"]

    by_urn = {each["urn"].rpartition("::")[2]: each for each in written}
    assert by_urn["databricks-account"]["inputs"] == {"host": "https://accounts.cloud.databricks.com", "accountId": "a1"}
    assert written[-1]["provider"].startswith(f"{PREFIX}pulumi:providers:databricks::databricks-account::")
    assert written[-1]["inputs"]["disableAsUserDeletion"] is False


def locked_by(host: str, pid: int) -> str:
    return f"error: the stack is currently locked by 1 lock(s).\n  file:///x.json: created by me@{host} (pid {pid}) at 2026-11-24T15:40:50Z"


@pytest.mark.parametrize(
    ("locked", "waits"),
    [
        (locked_by(socket.gethostname(), os.getpid()), True),
        (locked_by(socket.gethostname(), 2**22 + 1), False),
        (locked_by("another-machine", os.getpid()), False),
        ("error: unexpected end of JSON input", False),
        ("error: EOF", False),
    ],
    ids=["alive", "dead", "elsewhere", "left empty by a full disk", "its attributes left empty by a kill"],
)
def test_only_a_lock_of_the_dead_is_taken_away(monkeypatch: pytest.MonkeyPatch, locked: str, *, waits: bool) -> None:
    """Before anything is done: the import is what the lock stops, and `pulumi cancel` is called only where nobody is at work."""
    called: list[str] = []

    def engine(*words: str, stack: str | None, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        del stack, stdin
        called.append(words[-1])
        refused = words[-1] == "import" and "--yes" not in called
        return subprocess.CompletedProcess(words, int(refused), "", locked if refused else "")

    monkeypatch.setattr(module, "pulumi", engine)
    recorded_and_found = memory(component(), recorded("1")), plan(memory(), Workspace(secrets={}))
    if waits:
        with pytest.raises(StillRunning, match="a run is at work on this stack"):
            module._write(*recorded_and_found, stack=None)
    else:
        module._write(*recorded_and_found, stack=None)

    assert called == (["import"] if waits else ["import", "--yes", "import"])


def test_the_engines_reason_is_told_to_its_end() -> None:
    """One that only announces what is wrong goes on in the next line; what stands below is not of it."""
    text = "warning: old\nerror: 2 errors occurred:\n    1) open x: read-only file system\n    2) Unknown\n"

    assert said(subprocess.CompletedProcess([], 1, "", text)) == "2 errors occurred: 1) open x: read-only file system"


def test_attributes_that_a_kill_left_empty_are_taken_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those alone: the state beside them is whole, and an error of another kind touches nothing."""
    stacks = tmp_path / "a state" / ".pulumi" / "stacks"
    stacks.mkdir(parents=True)
    for name, text in (("test.json", "{}"), ("test.json.attrs", ""), ("other.json.attrs", "{}")):
        (stacks / name).write_text(text)
    monkeypatch.setenv("PULUMI_BACKEND_URL", (tmp_path / "a state").as_uri())

    assert not mend("pulumi does not show the stack: no stack named 'test' found")
    assert mend("pulumi does not show the stack: failed to load checkpoint: EOF")
    assert sorted(each.name for each in stacks.iterdir()) == ["other.json.attrs", "test.json"]
    assert not mend("pulumi does not show the stack: failed to load checkpoint: EOF")
