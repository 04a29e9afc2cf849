"""`brickpass recover` after a killed run, a lost state, a full disk: one principal, no secret that nobody knows, nobody else's touched."""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from model.clock import now, rfc3339
from tests.end_to_end.harness import Engine, Stack
from tests.end_to_end.killing import ENGINE, hold, kill_at, running
from tests.harness import Sandbox

WITHIN = {"entitlements": ["databricks-sql-access"], "grants": {"warehouses": {"bi-serverless": "CAN_USE"}}}
A_PRINCIPAL, A_SECRET = "/ServicePrincipals$", "/credentials/secrets$"


@pytest.fixture
def sandbox(own_sandbox: Sandbox) -> Sandbox:
    """What a killed run leaves behind may go on for a moment: in no other test."""
    return own_sandbox


@pytest.fixture
def stack(stack: Stack) -> Stack:
    """With one integration declared, and nothing deployed."""
    stack.declare({"alchemer": WITHIN})
    return stack


def recovered(stack: Stack) -> list[dict[str, Any]]:
    """What it did; it succeeds."""
    done = stack.run("brickpass", "recover", "--yes", "--json", "--stack", "test")
    assert done.exit_code == 0, done.text
    did: list[dict[str, Any]] = json.loads(done.text[done.text.index("{") :])["recovered"]
    return did


def principals(stack: Stack) -> dict[str, str]:
    """The Client IDs of those that the stack made, to their ids."""
    made = stack.sandbox.admin.service_principals.list(filter='externalId sw "brickpass:"')
    return {str(each.application_id): str(each.id) for each in made}


def secrets(stack: Stack, client_id: str) -> set[str]:
    """Those that work."""
    return {str(each.id) for each in stack.sandbox.admin.service_principal_secrets_proxy.list(principals(stack)[client_id])}


def lose(stack: Stack) -> None:
    """The state, but not the workspace."""
    shutil.rmtree(stack.folder / "state" / ".pulumi")
    assert stack.run("pulumi", "stack", "init", "test").exit_code == 0


def test_a_principal_that_was_made_and_not_recorded_is_gone_on_with(stack: Stack) -> None:
    """The next `pulumi up` keeps its Client ID. Without a terminal nothing is done unasked, and a second recovery finds nothing."""
    kill_at(stack, "POST", A_PRINCIPAL, "up")
    [made] = principals(stack)

    unasked = stack.run("brickpass", "recover", "--stack", "test")
    assert unasked.exit_code == 2
    assert f"taken into the state: service principal {made} of alchemer" in unasked.text
    assert [each["did"] for each in recovered(stack)] == ["taken into the state"]
    assert recovered(stack) == []
    stack.up()

    assert list(principals(stack)) == [made]
    assert stack.bundles()["alchemer"]["client_id"] == made
    assert stack.logs_in("alchemer")


def test_who_cancels_instead_gets_a_second_principal_which_recover_removes(stack: Stack) -> None:
    """`pulumi cancel` and `pulumi up` make another: the next preview names both and the way out."""
    kill_at(stack, "POST", A_PRINCIPAL, "up")
    [first] = principals(stack)
    stack.pulumi("cancel", "--yes")
    stack.up()
    second = stack.bundles()["alchemer"]["client_id"]

    preview = stack.preview()

    assert preview.exit_code != 0
    assert all(client_id in preview.text for client_id in (first, second))
    assert "`brickpass recover`" in preview.text
    assert [(each["did"], first in each["what"]) for each in recovered(stack)] == [("removed", True)]
    assert list(principals(stack)) == [second]
    stack.up()


def test_another_teams_stack_of_the_same_name_is_left_alone(
    stack: Stack,
    _engine: Engine,  # noqa: PT019 -- its value makes the other stack
    tmp_path: Path,
) -> None:
    """On the same workspace its principals are named, and neither taken in nor removed, with and without a state of one's own."""
    stack.up()
    ours = _engine.stack(tmp_path / "ours", stack.sandbox)
    ours.declare({"fivetran": WITHIN})
    for _ in range(2):
        left = ours.run("brickpass", "recover", "--yes", "--json", "--stack", "test")
        assert left.exit_code == 1
        assert [(each["did"], each["integration"]) for each in json.loads(left.text[left.text.index("{") :])["recovered"]] == [
            ("left", "alchemer")
        ]
        ours.up()

    assert stack.logs_in("alchemer")
    assert ours.logs_in("fivetran")
    assert len(principals(stack)) == 2


def test_a_secret_that_nobody_knows_is_ended_and_a_persons_stays(stack: Stack) -> None:
    """A rotation is killed before its answer: only the new secret of ours ends, and the bundle that is in use works on."""
    stack.up()
    before = stack.bundles()["alchemer"]
    client_id = before["client_id"]
    theirs = stack.sandbox.admin.service_principal_secrets_proxy.create(principals(stack)[client_id]).id
    stack.declare({"alchemer": WITHIN | {"secret": {"generation": 2}}})
    kill_at(stack, "POST", A_SECRET, "up")
    assert len(secrets(stack, client_id)) == 3

    assert [each["did"] for each in recovered(stack)] == ["ended"]

    assert secrets(stack, client_id) == {before["secret_id"], theirs}
    assert stack.logs_in("alchemer")
    stack.up()
    assert secrets(stack, client_id) == {before["secret_id"], theirs, stack.bundles()["alchemer"]["secret_id"]}


def test_a_state_that_was_lost_is_rebuilt(stack: Stack) -> None:
    """From the workspace alone: the Client ID stays, and the old secret, through failed and killed runs, until a new one is recorded."""
    stack.declare({"alchemer": WITHIN}, protect=True)
    stack.up()
    before = stack.bundles()["alchemer"]
    lose(stack)

    for expected in (["taken into the state", "kept"], ["kept"]):
        assert [each["did"] for each in recovered(stack)] == expected
    stack.declare({}, protect=True)
    assert "is protected" in stack.try_up().text
    stack.declare({"alchemer": WITHIN}, protect=True)
    stack.sandbox.fail(method="POST", path=A_SECRET, status=403, error_code="PERMISSION_DENIED", message="no", times=9)
    assert stack.try_up().exit_code != 0
    stack.sandbox.http.delete("/sandbox/faults")
    assert [each["did"] for each in recovered(stack)] == ["kept"]
    kill_at(stack, "POST", A_SECRET, "up")
    assert [each["did"] for each in recovered(stack)] == ["kept", "ended"]
    stack.up()

    after = stack.bundles()["alchemer"]
    assert after["client_id"] == before["client_id"]
    assert secrets(stack, after["client_id"]) == {before["secret_id"], after["secret_id"]}
    assert stack.sandbox.login(before["client_id"], before["client_secret"]).status_code == 200
    assert stack.run("brickpass", "verify", "--stack", "test").exit_code == 0


def test_a_state_that_is_older_than_the_bundle_ends_nothing_of_it(stack: Stack) -> None:
    """A backup was restored: what was made after it may be in use, also after a second recovery."""
    stack.up()
    backup = stack.state("--show-secrets")
    an_hour_ago = rfc3339(now() - timedelta(hours=1))
    backup["deployment"]["manifest"]["time"] = an_hour_ago
    for resource in backup["deployment"]["resources"]:
        resource |= {"created": an_hour_ago, "modified": an_hour_ago}
    (stack.folder / "backup.json").write_text(json.dumps(backup))
    stack.declare({"alchemer": WITHIN | {"secret": {"generation": 2}}})
    stack.up()
    handed_out = stack.bundles()["alchemer"]
    assert stack.pulumi("stack", "import", "--file", "backup.json").exit_code == 0

    for _ in range(2):
        assert [each["did"] for each in recovered(stack)] == ["kept"]

    assert stack.sandbox.login(handed_out["client_id"], handed_out["client_secret"]).status_code == 200


def test_two_principals_that_are_both_in_use_are_left_to_people(stack: Stack) -> None:
    """Whoever runs `up` without a lost state has two: preflight names both and the way out, and recover touches neither."""
    stack.up()
    lose(stack)
    assert "has a second service principal" in stack.up().text
    both = principals(stack)

    preview = stack.preview()
    assert preview.exit_code != 0
    assert all(client_id in preview.text for client_id in both)
    assert "`brickpass recover`" in preview.text
    left = stack.run("brickpass", "recover", "--yes", "--stack", "test")
    assert left.exit_code == 1
    assert "left, since somebody may use it" in left.text
    assert principals(stack) == both

    [unused] = set(both) - {stack.bundles()["alchemer"]["client_id"]}
    for secret in secrets(stack, unused):
        stack.sandbox.admin.service_principal_secrets_proxy.delete(both[unused], secret)
    assert [each["did"] for each in recovered(stack)] == ["removed"]


def test_nothing_is_done_while_a_run_is_at_work(stack: Stack) -> None:
    """Here its process is named; elsewhere nobody can see it, so that to say yes is not enough. The run goes on to its end."""
    hold(stack, "POST", A_SECRET, done=False)
    with running(stack, "up") as run:
        assert run.until_held()
        refused = stack.run("brickpass", "recover", "--yes", "--stack", "test")
        [lock] = (stack.folder / "state" / ".pulumi" / "locks").rglob("*.json")
        lock.write_text(lock.read_text().replace(socket.gethostname(), "ci-runner-7"))
        planned = stack.run("brickpass", "recover", "--stack", "test")
        elsewhere = stack.run("brickpass", "recover", "--yes", "--stack", "test")
        stack.sandbox.http.delete("/sandbox/faults")
        assert run.wait() == 0

    assert (refused.exit_code, planned.exit_code, elsewhere.exit_code) == (2, 2, 2)
    assert "a run is at work on this stack" in refused.text
    assert len(refused.text.strip().splitlines()) == 1
    assert re.search(r"the stack is unlocked: created by .*@ci-runner-7 \(pid \d+\) at ", planned.text)
    assert "run the same command with --unlock. Nothing was done" in elsewhere.text
    assert stack.logs_in("alchemer")


def test_a_refresh_that_fails_is_told_beside_what_was_done(stack: Stack) -> None:
    """With the resource at fault; the same command goes on."""
    stack.up()
    stack.declare({"alchemer": WITHIN | {"secret": {"generation": 2}}})
    kill_at(stack, "POST", A_SECRET, "up")
    stack.sandbox.fail(method="GET", path="/api/2.0/permissions/sql/warehouses", status=403, error_code="PERMISSION_DENIED", message="no")

    done = stack.run("brickpass", "recover", "--yes", "--stack", "test")
    stack.sandbox.http.delete("/sandbox/faults")

    assert done.exit_code == 1
    assert "ended, since nobody knows it" in done.text
    assert re.search(r"`pulumi refresh` failed: .*brickpass:index:ObjectPermission \(alchemer-.*error: ", done.text), done.text
    assert "Nothing was done" not in done.text
    assert recovered(stack) == []


def test_a_destroy_that_was_killed_can_be_finished_or_undone(stack: Stack) -> None:
    """After the principal is gone from the workspace and not from the state, both `destroy` and `up` succeed."""
    stack.up()
    kill_at(stack, "DELETE", r"/ServicePrincipals/\d+$", "destroy")
    recovered(stack)
    stack.up()
    assert stack.logs_in("alchemer")
    kill_at(stack, "DELETE", A_SECRET.replace("$", "/"), "destroy")
    recovered(stack)
    stack.destroy()

    assert principals(stack) == {}


DISK_BYTES = 1 << 20
ENGINE_WAITS_S = 15.0


class Disk:
    """A small one, for the engine's state alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filling = folder / "filling"

    def mount(self, options: str) -> bool:
        command = ["/bin/mount", "-t", "tmpfs", "-o", options, "none", str(self.folder)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def fill(self) -> None:
        with contextlib.suppress(OSError):
            self._filling.write_bytes(b"0" * 2 * DISK_BYTES)
        assert os.statvfs(self.folder).f_bavail == 0

    def clear(self) -> None:
        self._filling.unlink()

    def unmount(self) -> None:
        subprocess.run(["/bin/umount", str(self.folder)], capture_output=True, check=True)


@pytest.fixture
def disk(stack: Stack) -> Iterator[Disk]:
    disk = Disk(stack.folder / "state")
    if not disk.mount(f"size={DISK_BYTES}"):
        pytest.skip("mounting a small disk takes root")
    assert stack.run("pulumi", "stack", "init", "test").exit_code == 0
    yield disk
    disk.unmount()


def test_a_disk_that_fills_up_loses_nothing(stack: Stack, disk: Disk) -> None:
    """The principal that could not be recorded is gone on with when there is room again, also where the checkpoint is empty."""
    hold(stack, "POST", A_PRINCIPAL, done=True)
    with running(stack, "up") as run:
        assert run.until_held()
        disk.fill()
        stack.sandbox.http.delete("/sandbox/faults")
        # What the engine cannot write it says at its end, or it waits for ever, as somebody will end it. (seen with pulumi 3.259.0)
        if run.for_seconds(ENGINE_WAITS_S):
            run.kill(ENGINE)
        assert run.wait() != 0
    assert "Traceback" not in (stack.folder / "killed.log").read_text()
    [made] = principals(stack)

    assert stack.run("brickpass", "recover", "--stack", "test").exit_code == 2
    disk.clear()
    recovered(stack)
    stack.up()

    assert list(principals(stack)) == [made]
    assert stack.logs_in("alchemer")


def test_a_state_that_cannot_be_written_loses_nothing(stack: Stack, disk: Disk) -> None:
    """A run on it ends before anything is done, with the reason in a line; the bundle works on, and the next run goes on."""
    stack.up()
    stack.declare({"alchemer": WITHIN | {"secret": {"generation": 2}}})
    assert disk.mount("remount,ro")
    stack.sandbox.http.delete("/sandbox/requests")

    for refused in (stack.try_up(), stack.run("brickpass", "recover", "--yes", "--stack", "test")):
        assert refused.exit_code != 0
        assert "read-only file system" in refused.text
        assert "Traceback" not in refused.text
    # Below the plan.
    assert "read-only file system" in refused.text.strip().splitlines()[-1]
    assert {each["method"] for each in stack.sandbox.requests() if each["path"].startswith("/api/")} == {"GET"}
    assert stack.logs_in("alchemer")
    assert disk.mount("remount,rw")
    stack.up()
