"""`kill -9` at random moments of up, update and destroy: `brickpass recover` and `pulumi up` put all of it together again."""

import shutil
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Self

from tests.end_to_end import trouble
from tests.end_to_end.conftest import _engine, sandbox, stack
from tests.end_to_end.harness import Stack
from tests.end_to_end.killing import BRICKPASS, DATABRICKS, ENGINE, hold, running
from tests.soak.scale import out_of_time, report, runs, seed

__all__ = ["_engine", "sandbox", "stack"]

SANDBOX = "sandbox"
VICTIMS = {"engine": ENGINE, "provider": BRICKPASS, "plugin": DATABRICKS, "sandbox": SANDBOX}
COMMANDS = ("up", "update", "destroy")
REQUESTS = {"up": 14, "update": 12, "destroy": 12}
"""How many requests of a command there are at least, the first of them those of its login."""
LEVELS = ("CAN_USE", "CAN_MONITOR")


@dataclass(frozen=True)
class Kill:
    """Who is killed in which command, and when: at the n-th request, done or not, or after some time."""

    victim: str
    command: str
    request: int | None
    done: bool
    part: float
    """Of the time that a whole `pulumi up` takes."""

    @classmethod
    def drawn(cls, random: Random) -> Self:
        victim, command = random.choice(list(VICTIMS)), random.choice(COMMANDS)
        at_request, done = random.random() < 0.5, random.random() < 0.5
        request = random.randrange(REQUESTS[command]) if at_request else None
        return cls(victim, command, request, done, random.random())


def declared(number: int) -> Mapping[str, Any]:
    """From each number to the next a level changes, a grant goes, another comes, and the secret is rotated."""
    odd = number % 2
    one: Mapping[str, Any] = (
        {"jobs": {"nightly-survey-load": "CAN_MANAGE_RUN"}} if odd else {"clusters": {"shared-analytics": "CAN_RESTART"}}
    )
    return {
        "entitlements": ["databricks-sql-access", "workspace-access"],
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
        late += not kill(stack, each, whole_s=whole_s)
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
        survived[f"{each.victim} in {each.command}"] += 1
    report(
        "kills",
        {
            "kills": sum(survived.values()),
            "of": runs(100),
            "of these too late or early for the victim": late,
            **dict(sorted(survived.items())),
        },
    )


def assert_nothing_but_what_is_declared(stack: Stack, number: int, replay: str) -> None:
    """What the update took away is gone: `verify`, which logs in with the bundle, looks only for what is declared."""
    [client_id] = trouble.principals(stack)
    on_job = stack.sandbox.direct_levels("jobs", str(stack.sandbox.job())).get(client_id)
    on_cluster = stack.sandbox.direct_levels("clusters", stack.sandbox.cluster()).get(client_id)
    assert (on_job, on_cluster) == (("CAN_MANAGE_RUN", None) if number % 2 else (None, "CAN_RESTART")), replay
