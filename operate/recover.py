"""`brickpass recover`: what a killed run, or a lost state, left behind. Each step of it may itself be killed; the next run goes on.

It unlocks the stack, where the run that holds it was killed on this machine, or with `unlock`. It ends secrets that a run of this state
made and that no state knows, and removes second principals that nobody can log in as and that have nothing.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any

from model.faults import StackUnreadable, WrongUse
from operate.engine import EngineRefused, diagnosed, pulumi, said
from operate.exits import FOUND_SOMETHING, GOOD
from operate.recovery.backend import Files
from operate.recovery.locks import Lock, is_locked
from operate.recovery.memory import Memory, project_here
from operate.recovery.plan import Plan, UnknownSecret, plan
from operate.recovery.principals import Principal, Principals
from operate.result import Result, Table
from operate.state import export

Agreed = Callable[[str], bool]
"""Shows what is to be done, or what cannot be known, and says whether it may be done."""


class StillRunning(WrongUse):
    """What seemed to be killed is at work, or may be."""


class Did(Enum):
    """What became of a thing: the word for scripts, and the words for people."""

    TAKEN_IN = ("taken into the state", "taken into the state")
    KEPT = ("kept", "kept, since somebody may use it")
    ENDED = ("ended", "ended, since nobody knows it")
    REMOVED = ("removed", "removed, since nobody can log in as it")
    LEFT = ("left", "left, since somebody may use it, or another stack of this name made it")

    def __init__(self, word: str, text: str) -> None:
        self.word, self.text = word, text


def recover(*, stack: str | None, agreed: Agreed, unlocked: Agreed, progress: Callable[[str], None] = lambda _: None) -> Result:
    """Looks, asks, and puts state and workspace together again. Nobody's access but that of accidents is touched."""
    progress("reading the stack's state")
    memory = Memory.of(_export(stack, agreed), stack=stack)
    files = Files(project=memory.project, stack=memory.stack)
    locks = files.locks
    _require_dead(locks or [])
    place = memory.place
    progress("looking for what was made and not recorded")
    principals = Principals(place.account_host or place.host, place.account_id, place.trusted_hosts)
    found = plan(memory, principals)
    if not agreed(_spoken(found, locks)):
        raise WrongUse("nothing was done")
    if not memory.says(export(stack)):
        raise StillRunning("the stack changed while it was looked at, so a run is at work; wait until it has ended. Nothing was done")
    progress("writing the stack's state")
    _write(memory, found, files, unlocked, stack=stack)
    progress("ending what nobody knows")
    for secret in found.end:
        principals.end(secret.principal_id, secret.secret_id)
    for double in found.remove:
        principals.remove(double.id)
    progress("asking the workspace for what there is")
    refreshed = pulumi("refresh", "--yes", "--skip-preview", stack=stack)
    return _result(found, failed=diagnosed(refreshed) if refreshed.returncode else "")


def _export(stack: str | None, agreed: Agreed) -> Mapping[str, Any]:
    try:
        return export(stack)
    except StackUnreadable as error:
        if stack is None:
            raise
        files = Files(project=project_here(), stack=stack)
        emptied, before = files.emptied(str(error)), files.before(str(error))
        if not (emptied or before):
            raise
        lines = [f"- {file}: removed, since a kill left it empty, and the state beside it cannot be read" for file in emptied]
        lines += [f"- {file}: put in the place of the state after it, which a full disk left empty" for file in before]
        if not agreed("\n".join(lines)):
            raise WrongUse("nothing was done") from None
        for file in emptied:
            file.unlink()
        for file in before:
            file.replace(file.with_suffix(""))
        return export(stack)


def _write(memory: Memory, found: Plan, files: Files, unlocked: Agreed, *, stack: str | None) -> None:
    """Unlocks the stack and clears what is pending, with all that is taken in at once."""
    remembering = json.dumps(memory.remembering(found.take_in, ending=found.ending, policies=found.policies))
    done = pulumi("stack", "import", stack=stack, stdin=remembering)
    before = "Nothing was done"
    if done.returncode and is_locked(done.stderr):
        _require_unlocked(Lock.told(done.stderr) or files.locks, unlocked)
        cancelled = pulumi("cancel", "--yes", stack=stack)
        if cancelled.returncode:
            raise EngineRefused(f"the stack is locked, and `pulumi cancel` failed: {said(cancelled)}. {before}.")
        before = "The stack was unlocked, and nothing else was done"
        done = pulumi("stack", "import", stack=stack, stdin=remembering)
    if done.returncode:
        raise EngineRefused(f"`pulumi stack import` failed: {said(done)}. {before}.")


def _require_unlocked(locks: Sequence[Lock] | None, unlocked: Agreed) -> None:
    """Whether a lock of another machine, or of Pulumi Cloud, or one that does not say whose it is, is a dead one's, people must know."""
    _require_dead(locks or [])
    if locks and all(each.is_of_this_machine for each in locks):
        return
    holders = "; ".join(each.text for each in locks or []) or "by whom is not known"
    if not unlocked(f"the stack is locked ({holders}), and whether that run has ended cannot be seen from here"):
        raise StillRunning(
            f"the stack is locked ({holders}), and whether that run has ended cannot be seen from here; once it has, run the same "
            "command with --unlock. Nothing was done"
        )


def _require_dead(locks: Sequence[Lock]) -> None:
    for lock in locks:
        if lock.is_of_this_machine and lock.is_held:
            raise StillRunning(f"a run is at work on this stack (process {lock.pid}); wait until it has ended, or end it. Nothing was done")


def _spoken(found: Plan, locks: Sequence[Lock] | None) -> str:
    """The plan for people, in the order in which it is done."""
    holders = "; ".join(each.text for each in locks or [])
    lock = f"the stack is unlocked: {holders}" if holders else "the stack is unlocked, if a run that was killed holds it"
    lines = [lock, *(f"{did.text}: {which}" for did, _, which in _steps(found))]
    lines.append("`pulumi refresh`: the state is told what the workspace has")
    return "\n".join(f"- {line}" for line in lines)


def _steps(found: Plan) -> list[tuple[Did, str, str]]:
    """What is done, for which integration, and to what."""
    return [
        *((Did.TAKEN_IN, each.principal.integration, _named(each.principal)) for each in found.take_in),
        *((Did.TAKEN_IN, each.integration, f"federation policy {each.id} of {each.integration}") for each in found.policies),
        *((Did.KEPT, each.integration, _secret(each)) for each in found.keep),
        *((Did.ENDED, each.integration, _secret(each)) for each in found.end),
        *((Did.REMOVED, each.integration, _named(each)) for each in found.remove),
        *((Did.LEFT, each.integration, _named(each)) for each in found.unclear),
    ]


def _named(principal: Principal) -> str:
    return f"service principal {principal.application_id} of {principal.integration}"


def _secret(secret: UnknownSecret) -> str:
    return f"secret {secret.secret_id} of {secret.integration}"


def _result(found: Plan, *, failed: str) -> Result:
    steps = _steps(found)
    good = not (found.unclear or failed)
    return Result(
        data={
            "recovered": [{"did": did.word, "integration": whose, "what": what} for did, whose, what in steps],
            "refreshFailed": failed or None,
            "ok": good,
        },
        table=Table(("integration", "what", "became of it"), [(whose, what, did.text) for did, whose, what in steps]),
        summary=" ".join(_summary(found, failed)),
        exit_code=GOOD if good else FOUND_SOMETHING,
    )


def _summary(found: Plan, failed: str) -> list[str]:
    told = []
    if found.is_empty and not found.keep:
        told.append("Nothing was left behind.")
    if found.keep:
        told.append("Whoever has a secret that was kept logs in with it on: end it in the workspace's settings when nobody uses it.")
    if found.unclear:
        told.append(
            "A service principal that was left is another stack's, or which one is right cannot be seen: where it is nobody's, end its "
            "secrets in the workspace's settings or delete it there, and run the same command again."
        )
    if failed:
        told.append(f"All that was done, but `pulumi refresh` failed: {failed} Run the same command again.")
    return [*told, "Now run `pulumi up`."] if not failed else told
