"""`brickpass recover`: what a killed run, or a lost state, left behind. Each step of it may itself be killed; the next run goes on."""

import json
import os
import re
import socket
from collections.abc import Callable, Mapping
from typing import Any

from model.faults import StackUnreadable, WrongUse
from operate.engine import EngineRefused, pulumi, said
from operate.exits import FOUND_SOMETHING, GOOD
from operate.recovery.backend import mend
from operate.recovery.memory import Memory
from operate.recovery.plan import Plan, UnknownSecret, plan
from operate.recovery.principals import Principal, Principals
from operate.result import Result, Table
from operate.state import export

# How a backend says that somebody is at work: one that keeps files, and Pulumi Cloud; the last two are
# a lock that a full disk, and one whose attributes a kill, left empty.
_LOCKED = re.compile(r"currently locked by|Another update is currently in progress|unexpected end of JSON input|^error: EOF$", re.MULTILINE)
_HOLDER = re.compile(r"created by \S+@(?P<host>\S+) \(pid (?P<pid>\d+)\)")

Agreed = Callable[[str], bool]
"""Shows what is to be done, and says whether it may be."""


class StillRunning(WrongUse):
    """What seemed to be killed is at work."""


def recover(*, stack: str | None, agreed: Agreed, progress: Callable[[str], None] = lambda _: None) -> Result:
    """Looks, asks, and puts state and workspace together again. Nobody's access but that of accidents is touched."""
    progress("reading the stack's state")
    memory = Memory.of(_export(stack), stack=stack)
    place = memory.place
    progress("looking for what was made and not recorded")
    principals = Principals(place.account_host or place.host, place.account_id)
    found = plan(memory, principals)
    if not agreed(_spoken(found)):
        raise WrongUse("nothing was done")
    if not memory.says(export(stack)):
        raise StillRunning("the stack changed while it was looked at, so a run is at work; wait until it has ended. Nothing was done")
    progress("writing the stack's state")
    _write(memory, found, stack=stack)
    progress("ending what nobody knows")
    for secret in found.end:
        principals.end(secret.principal_id, secret.secret_id)
    for double in found.remove:
        principals.remove(double.id)
    progress("asking the workspace for what there is")
    refreshed = pulumi("refresh", "--yes", "--skip-preview", stack=stack)
    if refreshed.returncode:
        raise EngineRefused(f"what is written above was done, but `pulumi refresh` failed: {said(refreshed)}. Run the same command again.")
    return _result(found)


def _export(stack: str | None) -> Mapping[str, Any]:
    try:
        return export(stack)
    except StackUnreadable as error:
        if not mend(str(error)):
            raise
        return export(stack)


def _write(memory: Memory, found: Plan, *, stack: str | None) -> None:
    """Unlocks the stack and clears what is pending, with all that is taken in at once."""
    remembering = json.dumps(memory.remembering(found.take_in))
    done = pulumi("stack", "import", stack=stack, stdin=remembering)
    if done.returncode and _LOCKED.search(done.stderr):
        _require_dead(done.stderr)
        cancelled = pulumi("cancel", "--yes", stack=stack)
        if cancelled.returncode:
            raise EngineRefused(f"the stack is locked, and `pulumi cancel` failed: {said(cancelled)}. Nothing was done.")
        done = pulumi("stack", "import", stack=stack, stdin=remembering)
    if done.returncode:
        raise EngineRefused(f"`pulumi stack import` failed: {said(done)}. Nothing was done.")


def _require_dead(locked: str) -> None:
    """A lock of another machine, or of Pulumi Cloud, cannot be told to be a dead one's: who says yes to the plan says so."""
    for holder in _HOLDER.finditer(locked):
        if holder["host"] == socket.gethostname() and _is_alive(int(holder["pid"])):
            raise StillRunning(
                f"a run is at work on this stack (process {holder['pid']}); wait until it has ended, or end it. Nothing was done"
            )


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _spoken(found: Plan) -> str:
    """The plan for people, in the order in which it is done."""
    lines = ["the stack is unlocked, if a run that was killed holds it", *(f"{did} {which}" for did, _, which in _steps(found))]
    lines.append("`pulumi refresh`: the state is told what the workspace has")
    return "\n".join(f"- {line}" for line in lines)


def _steps(found: Plan) -> list[tuple[str, str, str]]:
    """What is done, for which integration, and to what."""
    return [
        *(("taken into the state:", each.integration, _named(each)) for each in found.take_in),
        *(("kept, since somebody may use it:", each.integration, _secret(each)) for each in found.keep),
        *(("ended, since nobody knows it:", each.integration, _secret(each)) for each in found.end),
        *(("removed, since nobody can log in as it:", each.integration, _named(each)) for each in found.remove),
        *(("left, since somebody may use it:", each.integration, _named(each)) for each in found.unclear),
    ]


def _named(principal: Principal) -> str:
    return f"service principal {principal.application_id} of {principal.integration}"


def _secret(secret: UnknownSecret) -> str:
    return f"secret {secret.secret_id} of {secret.integration}"


def _result(found: Plan) -> Result:
    steps = _steps(found)
    summary = "Nothing was left behind." if found.is_empty else ""
    if found.keep:
        summary = "Whoever has a secret that was kept logs in with it on; hand out the new bundles before it is ended by another `recover`."
    if found.unclear:
        summary = (
            "End the secrets of each service principal that is not in use, in the workspace's settings, and run the same command again."
        )
    return Result(
        data={
            "recovered": [
                {"did": did.partition(":")[0].partition(",")[0], "integration": whose, "what": what} for did, whose, what in steps
            ],
            "ok": not found.unclear,
        },
        table=Table(("integration", "what", "became of it"), [(whose, what, did.rstrip(":")) for did, whose, what in steps]),
        summary=f"{summary} Now run `pulumi up`.".strip(),
        exit_code=FOUND_SOMETHING if found.unclear else GOOD,
    )
