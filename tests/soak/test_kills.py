"""`kill -9` at random moments of up, update and destroy: `brickpass recover` and `pulumi up` put all of it together again."""

import shutil
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Self

from tests.end_to_end import trouble
from tests.end_to_end.harness import Stack
from tests.end_to_end.killing import BRICKPASS, DATABRICKS, ENGINE, hold, running
from tests.soak.scale import out_of_time, report, runs, seed

SANDBOX = "sandbox"
VICTIMS = {"engine": ENGINE, "provider": BRICKPASS, "plugin": DATABRICKS, "sandbox": SANDBOX}
COMMANDS = ("up", "update", "destroy")
REQUESTS = {"up": 14, "update": 12, "destroy": 12}
"""How many requests of a command there are at least, the first of them those of its login."""
LEVELS = ("CAN_USE", "CAN_MONITOR")
CANCELLED = 0.2


@dataclass(frozen=True)
class Kill:
    """Who is killed in which command, and when: at the n-th request, done or not, or after some time."""

    victim: str
    command: str
    request: int | None
    done: bool
    part: float
    """Of the time that a whole `pulumi up` takes."""
    cancelled: bool
    """Whether somebody runs `pulumi cancel` and `pulumi up` before `brickpass recover`."""

    @classmethod
    def drawn(cls, random: Random) -> Self:
        victim, command = random.choice(list(VICTIMS)), random.choice(COMMANDS)
        at_request, done = random.random() < 0.5, random.random() < 0.5
        request = random.randrange(REQUESTS[command]) if at_request else None
        return cls(victim, command, request, done, random.random(), random.random() < CANCELLED)


def declared(number: int) -> Mapping[str, Any]:
    """From each number to the next a level changes, a grant and a group go or come, and the secret is rotated."""
    odd = number % 2
    one: Mapping[str, Any] = (
        {"jobs": {"nightly-survey-load": "CAN_MANAGE_RUN"}} if odd else {"clusters": {"shared-analytics": "CAN_RESTART"}}
    )
    return {
        "entitlements": ["databricks-sql-access", "workspace-access"],
        "groups": ["sandbox-pilots"] if odd else [],
        "secret": {"generation": number + 2},
        "grants": {"warehouses": {"bi-serverless": LEVELS[odd]}, "schemas": {"main.surveys": ["SELECT"]}, **one},
    }


def begin_again(stack: Stack) -> None:
    """The sandbox as seeded, and a stack that was never deployed."""
    assert stack.sandbox.http.post("/sandbox/reset").status_code == 200
    stack.sandbox.renew()
    shutil.rmtree(stack.folder / "state" / ".pulumi", ignore_errors=True)
    assert stack.run("pulumi", "stack", "init", "test").exit_code == 0


def kill(stack: Stack, kill: Kill, *, whole_s: float) -> bool:
    """Whether the victim was there to be killed."""
    if kill.request is not None:
        hold(stack, "*", "^/(api|oidc)/", skip=kill.request, done=kill.done)
    with running(stack, "destroy" if kill.command == "destroy" else "up") as run:
        there = run.until_held() if kill.request is not None else run.for_seconds(kill.part * whole_s)
        if kill.victim == SANDBOX:
            stack.sandbox.kill()
            stack.sandbox.start()
        else:
            killed = run.kill(VICTIMS[kill.victim])
            stack.sandbox.http.delete("/sandbox/faults")
            # One that is not there yet is killed when it comes.
            there = there and (killed or run.until(lambda: run.kill(VICTIMS[kill.victim])))
        run.wait()
    return there


def test_whoever_is_killed_all_is_recovered(stack: Stack) -> None:
    """One principal, no secret that nobody knows, a bundle that logs in, and everybody else's access byte for byte as before."""
    random = Random(seed())  # noqa: S311 - it has to be the same each time
    before = trouble.access_of_others(stack)
    survived, late = Counter[str](), 0
    began = time.monotonic()
    stack.declare({"alchemer": declared(-1)})
    stack.up()
    whole_s = time.monotonic() - began
    for number in range(runs(100)):
        if out_of_time():
            break
        each = Kill.drawn(random)
        replay = f"seed {seed()}, kill {number}: {each}"
        if each.command == "up":
            begin_again(stack)
        stack.declare({"alchemer": declared(number)})
        in_time = kill(stack, each, whole_s=whole_s)
        late += not in_time
        if each.cancelled:
            cancel_and_up(stack, replay)
        recovered = stack.run("brickpass", "recover", "--yes", "--stack", "test")
        assert recovered.exit_code == 0, f"{replay}\n{recovered.text}"
        deployed = stack.try_up()
        assert deployed.exit_code == 0, f"{replay}\n{recovered.text}\n{deployed.text}"

        assert list(trouble.principals(stack).values()) == ["brickpass:brickpass/test/alchemer"], replay
        assert trouble.secrets(stack) == trouble.known_secrets(stack), replay
        assert trouble.access_of_others(stack) == before, replay
        assert_nothing_but_what_is_declared(stack, number, replay)
        proven = stack.run("brickpass", "verify", "--stack", "test")
        assert proven.exit_code == 0, f"{replay}\n{proven.text}"
        if in_time:
            survived[f"{each.victim} in {each.command}{', cancelled' if each.cancelled else ''}"] += 1
    assert late <= survived.total(), f"seed {seed()}: {late} kills came when there was nobody to be killed"
    report(
        "kills",
        {
            "kills": survived.total(),
            "of": runs(100),
            "besides, too late or early for the victim": late,
            **dict(sorted(survived.items())),
        },
    )


def cancel_and_up(stack: Stack, replay: str) -> None:
    """What people are used to. Where it makes a second principal, the next preview names both, and nobody else's bundle is at risk."""
    stack.pulumi("cancel", "--yes")
    stack.try_up()
    both = list(trouble.principals(stack))
    if len(both) > 1:
        preview = stack.preview()
        assert preview.exit_code != 0, replay
        assert all(client_id in preview.text for client_id in both), f"{replay}\n{preview.text}"


def assert_nothing_but_what_is_declared(stack: Stack, number: int, replay: str) -> None:
    """What the update took away is gone: `verify`, which logs in with the bundle, looks only for what is declared."""
    sandbox, odd = stack.sandbox, number % 2
    [client_id] = trouble.principals(stack)
    [principal] = sandbox.admin.service_principals.list(filter=f'applicationId eq "{client_id}"')
    held = {
        "warehouse": sandbox.direct_levels("sql/warehouses", sandbox.warehouse()).get(client_id),
        "job": sandbox.direct_levels("jobs", str(sandbox.job())).get(client_id),
        "cluster": sandbox.direct_levels("clusters", sandbox.cluster()).get(client_id),
        "schema": privileges(stack, "schema/main.surveys", client_id),
        "catalog": privileges(stack, "catalog/main", client_id),
        "groups": [group.display for group in principal.groups or [] if group.type == "direct"],
        "entitlements": {each.value for each in principal.entitlements or []},
    }
    assert held == {
        "warehouse": LEVELS[odd],
        "job": "CAN_MANAGE_RUN" if odd else None,
        "cluster": None if odd else "CAN_RESTART",
        "schema": {"SELECT", "USE_SCHEMA"},
        "catalog": {"USE_CATALOG"},
        "groups": ["sandbox-pilots"] if odd else [],
        "entitlements": {"databricks-sql-access", "workspace-access"},
    }, replay


def privileges(stack: Stack, securable: str, client_id: str) -> set[str]:
    answer = stack.sandbox.http.get(f"/api/2.1/unity-catalog/permissions/{securable}").json()
    return {privilege for each in answer["privilege_assignments"] if each["principal"] == client_id for privilege in each["privileges"]}
