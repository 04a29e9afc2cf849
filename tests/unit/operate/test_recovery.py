"""What `brickpass recover` plans and writes, told from a state and a workspace as data."""

import json
import os
import socket
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest

from model.clock import now, rfc3339
from model.faults import StackUnreadable, WrongUse
from model.federation import Federation
from model.identity import is_marked, marked_lifetime
from operate import recover as module
from operate.engine import EngineRefused, diagnosed, said
from operate.recover import StillRunning
from operate.recovery.backend import Files
from operate.recovery.locks import Lock
from operate.recovery.memory import Memory, TakenIn
from operate.recovery.plan import plan
from operate.recovery.principals import Principal, Principals, Secret, _secret
from operate.state import POLICY

PREFIX = "urn:pulumi:test::access::"
INTEGRATION = f"{PREFIX}brickpass:index:Integration"
PRINCIPAL = "databricks:index/servicePrincipal:ServicePrincipal"
OURS = "brickpass:access/test/alchemer"
HOST = "https://dbc-1.cloud.databricks.com"
LIFETIME = timedelta(days=104)
OURS_BY_ITS_MARK = marked_lifetime(LIFETIME, OURS)
MADE = datetime(2026, 11, 1, 6, 0, 0, tzinfo=UTC)
"""When the principal came into the state; in the tests, days count from it."""


class Workspace(Principals):
    """The principals that a stack made, and their secrets."""

    def __init__(
        self, *made: Principal, secrets: Mapping[str, list[Secret]], policies: Mapping[str, dict[str, dict[str, Any]]] | None = None
    ) -> None:
        self._made = list(made)
        self._live = secrets
        self._trusted = policies or {}

    def made(self, external_ids_begin: str) -> list[Principal]:
        return [each for each in self._made if each.external_id.startswith(external_ids_begin)]

    def secrets(self, principal_id: str) -> list[Secret]:
        return self._live.get(principal_id, [])

    def policies(self, principal_id: str) -> dict[str, dict[str, Any]]:
        return self._trusted.get(principal_id, {})


def principal(id_: str, external_id: str = OURS, *, has_access: bool = False) -> Principal:
    return Principal(id_, f"app-{id_}", "alchemer", external_id, has_access)


def day(number: float) -> datetime:
    return MADE + timedelta(days=number)


def secret(id_: str, lifetime: timedelta = OURS_BY_ITS_MARK, made: float = 1) -> list[Secret]:
    return [Secret(id_, day(made), lifetime)]


@pytest.fixture(autouse=True)
def stack_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Declares alchemer alone."""
    file = tmp_path / "stacks" / "Pulumi.test.yaml"
    file.parent.mkdir()
    file.write_text(f"config:\n  databricks:host: {HOST}\n  brickpass:integrations: {{alchemer: {{}}}}\n")
    monkeypatch.chdir(tmp_path)
    return file


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
    return {
        "urn": f"{INTEGRATION}${PRINCIPAL}::alchemer",
        "type": PRINCIPAL,
        "custom": True,
        "id": id_,
        "inputs": {},
        "outputs": {},
        "created": rfc3339(MADE),
    }


def rotating(secret_id: str, earlier: str | None = None, *, written: float = 1, of: str = "1") -> dict[str, Any]:
    type_ = "brickpass:index:RotatingSecret"
    outputs: dict[str, object] = {"secretId": secret_id, "earlier": [{"secretId": earlier}] if earlier else [], "toEnd": []}
    return {
        "urn": f"{INTEGRATION}${type_}::alchemer",
        "type": type_,
        "custom": True,
        "inputs": {"principalId": of},
        "outputs": outputs,
        "modified": rfc3339(day(written)),
    }


def memory(*resources: dict[str, Any], begun: dict[str, Any] | None = None, written: float = 1) -> Memory:
    pending = [{"type": "creating", "resource": begun}] if begun else None
    deployment = {"manifest": {"time": f"{day(written).isoformat()[:19]}.123456789Z"}, "resources": [provider(), *resources]}
    return Memory.of({"version": 3, "deployment": deployment | {"pending_operations": pending}}, stack=None)


def ids(principals: Iterable[Principal | TakenIn]) -> list[str]:
    return [each.principal.id if isinstance(each, TakenIn) else each.id for each in principals]


def test_of_several_that_nobody_can_be_one_is_taken_in() -> None:
    """A repeated request made both: either will do, and the other goes."""
    found = plan(memory(component()), Workspace(principal("1"), principal("2"), secrets={}))

    assert (ids(found.take_in), ids(found.remove), found.unclear) == (["1"], ["2"], ())


def test_the_one_that_is_in_use_is_taken_in() -> None:
    """Its secret is kept, whoever made it, since the state that knew it is lost."""
    found = plan(memory(), Workspace(principal("1"), principal("2"), secrets={"2": secret("theirs", LIFETIME)}))

    assert (ids(found.take_in), ids(found.remove)) == (["2"], ["1"])
    assert [each.secret_id for each in found.keep] == ["theirs"]
    assert found.end == ()


@pytest.mark.parametrize("resources", [(), (component(), recorded("3"))], ids=["none recorded", "another recorded"])
def test_several_that_are_in_use_are_left_to_people(resources: tuple[dict[str, Any], ...]) -> None:
    """No rule could say which of them the third party has."""
    workspace = Workspace(principal("1"), principal("2"), secrets={"1": secret("a"), "2": secret("b")})

    found = plan(memory(*resources), workspace)

    assert (ids(found.unclear), found.take_in, found.remove, found.end) == (["1", "2"], (), (), ())


def test_a_second_one_of_a_recorded_principal_goes() -> None:
    """Where nobody can log in as it, and it is in no group."""
    workspace = Workspace(principal("1"), principal("2"), principal("3", has_access=True), secrets={})

    found = plan(memory(component(), recorded("1")), workspace)

    assert (ids(found.remove), ids(found.unclear), found.take_in) == (["2"], ["3"], ())


FIVETRAN = "brickpass:access/test/fivetran"


@pytest.mark.parametrize(
    ("remembered", "stray", "live"),
    [
        (memory(), principal("9", FIVETRAN), []),
        (memory(), principal("9", FIVETRAN), secret("theirs")),
        (memory(component(), rotating("a", of="adopted")), principal("9"), secret("theirs")),
        (memory(component(), rotating("a", of="adopted"), begun=recorded("")), principal("9"), secret("theirs")),
    ],
    ids=["not declared", "not declared, in use", "in use, state not lost", "begun, and another's in use"],
)
def test_what_may_be_another_teams_is_left(remembered: Memory, stray: Principal, live: list[Secret]) -> None:
    """Their stack may have the same name on the same workspace; only a state that knows nothing is told to have known it."""
    found = plan(remembered, Workspace(stray, secrets={"9": live}))

    assert (ids(found.unclear), found.take_in, found.remove) == (["9"], (), ())


def test_the_workspaces_filter_may_find_more_than_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """It compares without regard to case: a stack Test has other principals than a stack test. Groups other than users are access."""
    others = {"externalId": OURS.replace("/test/", "/Test/")}
    answers = [
        {"id": "1", "applicationId": "app-1", "externalId": OURS, "groups": [{"display": "users"}]},
        {"id": "2", "applicationId": "app-2", "groups": [{"display": "auditors"}]} | others,
        {"id": "3", "applicationId": "app-3", "externalId": OURS, "groups": [{"display": "auditors"}]},
        {"id": "4", "applicationId": "app-4", "externalId": OURS, "roles": [{"value": "account_admin"}]},
    ]
    pages = iter([{"Resources": answers}, {}])
    principals = Workspace(secrets={})
    principals._scim = "/scim"
    monkeypatch.setattr(principals, "_do", lambda *_, **__: next(pages))

    found = Principals.made(principals, "brickpass:access/test/")

    assert [(each.id, each.has_access) for each in found] == [("1", False), ("3", True), ("4", True)]


def test_a_secret_without_times_is_nobodys_that_we_know() -> None:
    """It bears no mark of anybody's."""
    assert not is_marked(_secret({"id": "s"}).lifetime, OURS)


def test_what_a_killed_run_had_begun_is_taken_in_though_it_is_declared_no_more(stack_file: Path) -> None:
    """The file may have changed since; a former name counts as declared."""
    stray = Workspace(principal("9"), secrets={})
    stack_file.write_text(f"config:\n  databricks:host: {HOST}\n  brickpass:integrations: {{other: {{was: alchemer}}}}\n")
    by_its_former_name = plan(memory(component()), stray)
    stack_file.write_text(f"config:\n  databricks:host: {HOST}\n  brickpass:integrations: {{}}\n")

    assert ids(by_its_former_name.take_in) == ["9"]
    assert ids(plan(memory(component()), stray).take_in) == []
    assert ids(plan(memory(component(), begun=recorded("")), stray).take_in) == ["9"]


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


A_SECRET = rotating("none yet")
UPDATED = rotating("now", written=1)


@pytest.mark.parametrize(
    ("state", "made", "ends"),
    [
        (memory(component(), recorded("1"), begun=A_SECRET, written=30), 30.001, True),
        (memory(component(), recorded("1"), begun=A_SECRET, written=30), -1, False),
        (memory(component(), recorded("1"), begun=A_SECRET, written=-0.004), -0.008, False),
        (memory(component(), recorded("1"), UPDATED, begun=A_SECRET, written=30), 30.001, True),
        (memory(component(), recorded("1"), UPDATED, written=30), 0.9, True),
        (memory(component(), recorded("1"), UPDATED, written=1), 2, False),
        (memory(component(), recorded("1"), UPDATED, written=30), 2, False),
        (memory(component(), recorded("1"), written=30), 29, True),
        (memory(component(), recorded("1"), written=30), -1, False),
        (memory(component(), recorded("1"), written=30), 31, False),
    ],
    ids=[
        "first, killed",
        "first, killed, of a lost state",
        "first, killed, of a state that was lost a minute ago",
        "rotation, killed",
        "older than the secret's record",
        "younger than the state",
        "younger than the secret's record, and refreshed since",
        "first, cancelled",
        "of a lost state",
        "first, of a newer state",
    ],
)
def test_only_what_this_states_runs_made_is_ended(state: Memory, made: float, *, ends: bool) -> None:
    """A vendor may have what a lost state, or a newer one than this, handed out: it is kept and named."""
    found = plan(state, Workspace(principal("1"), secrets={"1": secret("unknown", made=made)}))

    assert [bool(found.end), bool(found.keep)] == [ends, not ends]


def test_what_was_kept_of_a_lost_state_is_kept_again() -> None:
    """Also where it was made a minute before: what is taken in is so much younger than all its secrets."""
    workspace = Workspace(principal("1"), secrets={"1": secret("lost")})
    workspace._live = {"1": [Secret("lost", now(), OURS_BY_ITS_MARK)]}
    found = plan(memory(), workspace)
    written = memory().remembering(found.take_in, ending=found.ending)
    written["deployment"]["manifest"]["time"] = rfc3339(now())

    again = plan(Memory.of(written, stack=None), workspace)

    assert ([each.secret_id for each in again.keep], again.end, again.take_in) == (["lost"], (), ())


def test_what_is_to_end_is_written_before_it_ends() -> None:
    """What was pending said so, and is gone then: killed in between, the next `pulumi up` ends it."""
    state = memory(component(), recorded("1"), rotating("now"), begun=rotating("now"), written=30)
    found = plan(state, Workspace(principal("1"), secrets={"1": secret("unknown", made=30)}))

    written = state.remembering(found.take_in, ending=found.ending)["deployment"]["resources"]

    assert [each["outputs"]["toEnd"] for each in written if "RotatingSecret" in each["type"]] == [["unknown"]]


def test_a_secret_of_an_adopted_principal_is_found_by_what_was_begun() -> None:
    """It has no external id of ours: whose it is stands in the operation that was killed."""
    begun = rotating("none yet", of="adopted")

    found = plan(memory(component(), begun=begun), Workspace(secrets={"adopted": secret("lost")}))

    assert [(each.principal_id, each.secret_id) for each in found.end] == [("adopted", "lost")]


def policy(name: str, of: str = OURS) -> dict[str, dict[str, Any]]:
    """As an account has it, by its id."""
    said = {"name": f"accounts/a1/servicePrincipals/1/federationPolicies/{name}", "uid": "u", "oidc_policy": {"subject_claim": "sub"}}
    return {name: said | {"description": of}}


def test_a_federation_policy_that_the_file_declares_and_the_state_does_not_know_is_taken_in(stack_file: Path) -> None:
    """Its answer was lost, or the run killed: the next run would find its id taken. Another one may be another stack's."""
    account = "{id: 8c1f0f4e-5b1d-4f0e-9a63-2d7c5f8e1b42}"
    federation = Federation.model_validate({"oidc": {"issuer": "https://idp", "subject": "loader"}})
    body = "{alchemer: {federation: {oidc: {issuer: https://idp, subject: loader}}}}"
    stack_file.write_text(f"config:\n  databricks:host: {HOST}\n  brickpass:account: {account}\n  brickpass:integrations: {body}\n")
    ours = federation.policy_id
    in_account = provider(accountId="a1", accountHost="https://accounts.cloud.databricks.com")
    resources = [in_account, provider("databricks-account"), component(), recorded("1")]
    state = Memory.of({"version": 3, "deployment": {"resources": resources}}, stack=None)

    found = plan(state, Workspace(secrets={}, policies={"1": policy(ours) | policy("brickpass-oidc-0") | policy("somebody-elses")}))
    written = state.remembering((), ending={}, policies=found.policies)
    [new] = [each for each in written["deployment"]["resources"] if each["type"] == POLICY]
    again = plan(Memory.of(written, stack=None), Workspace(secrets={}, policies={"1": policy(ours)}))
    another_stacks = policy(ours, of="brickpass:brickpass/another/alchemer")

    assert not plan(state, Workspace(secrets={}, policies={"1": another_stacks})).policies
    assert [each.id for each in found.policies] == [ours]
    assert new["urn"] == f"{INTEGRATION}${POLICY}::alchemer-{ours}"
    assert new["outputs"] == {"policyId": ours, "servicePrincipalId": 1, "oidcPolicy": {"subjectClaim": "sub"}, "description": ANY} | {
        "name": ANY,
        "uid": "u",
    }
    assert (new["parent"], new["provider"].rpartition("::")[2]) == (f"{INTEGRATION}::alchemer", "id-of-databricks-account")
    assert again.is_empty


def test_of_several_the_one_that_somebody_federates_with_is_taken_in() -> None:
    """It has no secret, and is in use all the same; what is not its double goes."""
    workspace = Workspace(principal("1"), principal("2"), secrets={}, policies={"2": policy("brickpass-oidc-0")})

    found = plan(memory(), workspace)
    beside = plan(memory(component(), recorded("1")), workspace)

    assert (ids(found.take_in), ids(found.remove)) == (["2"], ["1"])
    assert (ids(beside.remove), ids(beside.unclear)) == ([], ["2"])


def taken_in(id_: str) -> TakenIn:
    return TakenIn(principal(id_), MADE)


def test_what_is_taken_in_is_written_as_the_engine_would_have() -> None:
    """With the inputs that it had begun with, below the integration and the provider that are there; nothing is pending any more."""
    begun = recorded("") | {"inputs": {"displayName": "alchemer", "workspaceAccess": True}}
    written = memory(provider("databricks"), component(), begun=begun).remembering([taken_in("1")], ending={})["deployment"]

    assert "pending_operations" not in written
    urns = [each["urn"] for each in written["resources"]]
    assert len(urns) == len(set(urns))
    new = written["resources"][-1]
    assert (new["id"], new["inputs"], new["parent"]) == ("1", begun["inputs"], f"{INTEGRATION}::alchemer")
    assert new["provider"] == f"{PREFIX}pulumi:providers:databricks::databricks::id-of-databricks"
    assert new["created"] == rfc3339(MADE)


@pytest.mark.parametrize(("said", "protected"), [("", True), ("  brickpass:protect: false\n", False)], ids=["by itself", "not wanted"])
def test_what_is_taken_in_is_protected(stack_file: Path, said: str, *, protected: bool) -> None:
    """As the engine would have written it: an `up` without it must not remove it."""
    stack_file.write_text(stack_file.read_text() + said)

    assert memory().remembering([taken_in("1")], ending={})["deployment"]["resources"][-1]["protect"] is protected


def test_one_of_an_account_is_written_below_the_accounts_provider() -> None:
    """As one that is really deleted when it goes."""
    in_account = provider(accountId="a1", accountHost="https://accounts.cloud.databricks.com")
    export = {"version": 3, "deployment": {"resources": [in_account]}}

    written = Memory.of(export, stack=None).remembering([taken_in("1")], ending={})["deployment"]["resources"]

    by_urn = {each["urn"].rpartition("::")[2]: each for each in written}
    assert by_urn["databricks-account"]["inputs"] == {"host": "https://accounts.cloud.databricks.com", "accountId": "a1"}
    assert written[-1]["provider"].startswith(f"{PREFIX}pulumi:providers:databricks::databricks-account::")
    assert written[-1]["inputs"]["disableAsUserDeletion"] is False


def locked_by(host: str, pid: int) -> str:
    first = "error: the stack is currently locked by 1 lock(s)."
    return f"{first}\n  file:///x.json: created by Ann Lee@{host} (pid {pid}) at 2026-11-24T15:40:50Z"


@pytest.fixture
def engine_at_work(tmp_path: Path) -> Iterator[int]:
    """The number of a process that is called like the engine."""
    named = tmp_path / "pulumi"
    named.symlink_to("/bin/sleep")
    process = subprocess.Popen([named, "60"])
    yield process.pid
    process.kill()
    process.wait()


def write(monkeypatch: pytest.MonkeyPatch, locked: str, *, unlock: bool = False, fails: str = "") -> list[str]:
    """Which of the engine's commands it takes to write a state whose stack is locked; the last of them may fail."""
    called: list[str] = []

    def engine(*words: str, stack: str | None, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        del stack, stdin
        called.append(words[-1])
        said = "" if words[-1] != "import" else fails if "--yes" in called else locked
        return subprocess.CompletedProcess(words, int(bool(said)), "", said)

    monkeypatch.setattr(module, "pulumi", engine)
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://states")
    found = plan(memory(), Workspace(secrets={}))
    module._write(memory(), found, Files(project="access", stack="test"), lambda _: unlock, stack=None)
    return called


UNKNOWN = "and whether that run has ended cannot be seen from here; once it has, run the same command with --unlock. Nothing was done"


@pytest.mark.parametrize(
    "locked",
    [
        locked_by("another-machine", 2**22 + 1),
        "error: unexpected end of JSON input",
        "error: EOF",
        "error: [409] Conflict: Another update is currently in progress.",
    ],
    ids=["elsewhere", "left empty by a full disk", "its attributes left empty by a kill", "in Pulumi Cloud"],
)
def test_a_lock_whose_holder_cannot_be_seen_takes_a_word_of_its_own(monkeypatch: pytest.MonkeyPatch, locked: str) -> None:
    """To agree with the plan is not enough: the run may be alive, and the state and the workspace its own."""
    with pytest.raises(StillRunning) as raised:
        write(monkeypatch, locked)

    assert str(raised.value).endswith(UNKNOWN)
    assert ("Ann Lee@another-machine" in str(raised.value)) is ("another-machine" in locked)
    assert write(monkeypatch, locked, unlock=True) == ["import", "--yes", "import"]


def test_only_the_lock_of_a_dead_engine_is_taken_away(monkeypatch: pytest.MonkeyPatch, engine_at_work: int) -> None:
    """The number of one that has ended is soon another program's, as this one's."""
    here = socket.gethostname()
    for dead in (2**22 + 1, os.getpid()):
        assert write(monkeypatch, locked_by(here, dead)) == ["import", "--yes", "import"]
    with pytest.raises(StillRunning, match=rf"a run is at work on this stack \(process {engine_at_work}\)"):
        write(monkeypatch, locked_by(here, engine_at_work), unlock=True)


def test_without_a_ps_that_knows_it_a_process_that_is_there_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slim image has none, or one without -p."""
    lock = Lock("", socket.gethostname(), os.getpid())
    by_its_name = lock.is_held
    monkeypatch.setenv("PATH", "/nowhere")

    assert (by_its_name, lock.is_held) == (False, True)


def test_what_was_done_before_a_failure_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stack that was unlocked is not one to which nothing was done."""
    with pytest.raises(EngineRefused) as raised:
        write(monkeypatch, locked_by(socket.gethostname(), os.getpid()), fails="error: no space left")

    assert str(raised.value) == "`pulumi stack import` failed: no space left. The stack was unlocked, and nothing else was done."


def test_the_engines_reason_is_told_to_its_end() -> None:
    """One that only announces what is wrong goes on in the next line; what stands below is not of it."""
    text = "warning: old\nerror: 2 errors occurred:\n    1) open x: read-only file system\n    2) Unknown\n"

    assert said(subprocess.CompletedProcess([], 1, "", text)) == "2 errors occurred: 1) open x: read-only file system"


def test_a_failed_run_is_told_with_the_resource_at_fault() -> None:
    """The engine's last line says only that there were errors."""
    text = "Refreshing (test):\n\nDiagnostics:\n  x:index:Y (alchemer):\n    error: GET was refused\n\n"

    assert diagnosed(subprocess.CompletedProcess([], 1, text, "")) == "x:index:Y (alchemer): error: GET was refused"


@pytest.fixture
def state_folder(tmp_path: Path) -> Path:
    """With this stack's files, and another's, whose attributes are all empty."""
    folder = tmp_path / "a state"
    for name in ("stacks/access/test.json", "stacks/access/test-2.json", "stacks/other/test.json", "locks/organization/access/test/1.json"):
        file = folder / ".pulumi" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("{}")
        file.with_name(file.name + ".attrs").write_text("")
    return folder


def test_attributes_that_a_kill_left_empty_are_found(state_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of this stack alone, and only where the engine fails for their sake; by whatever name the folder goes."""
    monkeypatch.setenv("HOME", str(state_folder.parent))
    monkeypatch.chdir(state_folder.parent)
    for url in (state_folder.as_uri(), "file://~/a state", "file://./a state", "file://a state"):
        monkeypatch.setenv("PULUMI_BACKEND_URL", url)
        files = Files(project="access", stack="organization/access/test")
        assert files.emptied("pulumi does not show the stack: no stack named 'test' found") == []
        found = files.emptied("pulumi does not show the stack: failed to load checkpoint: EOF")
        assert sorted(each.parent.name + "/" + each.name for each in found) == ["access/test.json.attrs", "test/1.json.attrs"]
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://states")
    assert Files(project="access", stack="test").emptied("EOF") == []


def test_nothing_is_mended_unasked(state_folder: Path, monkeypatch: pytest.MonkeyPatch, engine: Callable[..., Path]) -> None:
    """Not even a file that says nothing is removed before it was agreed to."""
    engine(error="error: failed to load checkpoint: EOF")
    monkeypatch.setenv("PULUMI_BACKEND_URL", state_folder.as_uri())
    Path("Pulumi.yaml").write_text("name: access\n")
    attributes = state_folder / ".pulumi" / "stacks" / "access" / "test.json.attrs"
    asked: list[str] = []

    def no(planned: str) -> bool:
        asked.append(planned)
        return False

    with pytest.raises(WrongUse, match="nothing was done"):
        module._export("test", no)

    assert str(attributes) in asked[0]
    assert attributes.exists()
    with pytest.raises(StackUnreadable):
        module._export("test", lambda _: True)
    assert not attributes.exists()


def test_a_checkpoint_that_a_full_disk_left_empty_is_put_back(state_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the one before, of this stack alone, and only where the last one says nothing."""
    monkeypatch.setenv("PULUMI_BACKEND_URL", state_folder.as_uri())
    states = state_folder / ".pulumi" / "stacks"
    for name in ("access/test.json", "access/test-2.json", "other/test.json"):
        (states / name).with_suffix(".json.bak").write_text("{}")
    files = Files(project="access", stack="test")
    said = "pulumi does not show the stack: failed to load checkpoint: place 1: unexpected end of JSON input"
    whole = files.before(said)
    for file in states.glob("*/*.json"):
        file.write_text("")

    assert whole == files.before("pulumi does not show the stack: another reason") == []
    assert files.before(said) == [states / "access" / "test.json.bak"]


def test_a_lock_is_read_from_its_file(state_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the plan can name its holder; one that a kill left half written has none."""
    monkeypatch.setenv("PULUMI_BACKEND_URL", state_folder.as_uri())
    files = Files(project="access", stack="test")
    unreadable = files.locks
    held = {"pid": 7, "username": "Ann Lee", "hostname": "ci", "timestamp": "2026-11-24T15:40:50Z"}
    (state_folder / ".pulumi/locks/organization/access/test/1.json").write_text(json.dumps(held))

    assert unreadable is None
    assert files.locks == [Lock("created by Ann Lee@ci (pid 7) at 2026-11-24T15:40:50Z", "ci", 7)]
    assert Lock.told(locked_by("ci", 7)) == [Lock("created by Ann Lee@ci (pid 7) at 2026-11-24T15:40:50Z", "ci", 7)]
