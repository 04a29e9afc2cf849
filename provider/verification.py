"""The deployment proves itself: the bundle's own credentials are tried after every change."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from pydantic import SecretStr

from checks.check import Check
from checks.patience import A_SHORT_WHILE
from model.clock import now, rfc3339
from model.faults import BrickpassError
from model.grants import Grant, ObjectGrant
from model.kinds import OWNER
from provider.access_lists import AccessLists
from provider.engine_log import EngineLog
from provider.errors import sentence
from provider.handler import Created, Handler
from provider.restoring import Restoring, spoken
from provider.securable_writer import SecurableWriter
from provider.wire import Wire
from provider.workspace import Workspace

PROPAGATION = timedelta(minutes=1)
"""For how long a grant that is written may not be in force, as other clients of Databricks wait for it. (api-facts: 10.3)"""


class NotProven(BrickpassError):
    """Something that was declared does not work."""


class VerificationInputs(Wire):
    integration: str
    client_id: str
    client_secret: SecretStr | None = None
    """None where it logs in by federation: then its grants are read back, as nobody else can log in."""
    grants: tuple[Grant, ...]
    memberships: tuple[str, ...] = ()
    """The groups that it is to be in, by name."""
    entitlements: tuple[str, ...] = ()
    revisions: tuple[str, ...]
    """Of everything that is proven: where one of them changed, the proof is made anew."""
    not_rotated: str | None = None
    """Why the secret was not replaced, though it was due."""
    active: bool = True
    """False: the entries are read back, and nothing is tried."""
    adopted: bool = False
    """The principal was there before, and what it has may have been given by somebody else."""


class VerificationState(VerificationInputs):
    checks: tuple[dict[str, Any], ...]
    taken_away: tuple[ObjectGrant, ...] = ()
    """Levels that were no longer declared at the last proof, and those before them that somebody gave again and that are still there."""
    verified_at: str


class Verification(Handler[VerificationInputs, VerificationState]):
    """Costs four requests for the login, one or two for each grant, and one for each level that was taken away since the proof before.

    It writes only what somebody undid meanwhile, and takes away again only what a refresh told as drift.
    """

    resource_type = "brickpass:index:Verification"
    inputs, state = VerificationInputs, VerificationState
    replaces = frozenset[str]()
    outputs = frozenset({"checks", "takenAway", "verifiedAt"})

    def __init__(self, workspace: Workspace, objects: AccessLists, securables: SecurableWriter, log: EngineLog) -> None:
        self._workspace = workspace
        self._restoring = Restoring(objects, securables)
        self._log = log

    async def create(self, new: VerificationInputs, *, urn: str) -> Created[VerificationState]:
        return Created(new.integration, await self._proven(new, urn=urn))

    async def update(self, resource_id: str, old: VerificationState, new: VerificationInputs, *, urn: str) -> VerificationState:
        del resource_id
        still: Sequence[ObjectGrant] = ()
        if old.client_id == new.client_id and not new.adopted:
            still = await self._look_again(_undeclared(old.taken_away, new), told=old.grants, new=new, urn=urn)
        proven = await self._proven(new, urn=urn)
        # The engine takes away what is no longer declared at the end of this run, so that it can only be looked at in another.
        taken_away = () if new.adopted else tuple(dict.fromkeys((*_undeclared(_levels(old), new), *still)))
        return proven.model_copy(update={"taken_away": taken_away})

    async def read(self, resource_id: str, old: VerificationState) -> VerificationState:
        del resource_id
        there = [grant for grant in _unowned(old.taken_away) if await self._restoring.is_there(grant, old.client_id)]
        # Told as a grant that nobody declared, it is drift, and the update that follows takes it away.
        return old.model_copy(update={"grants": (*old.grants, *there)}) if there else old

    async def delete(self, resource_id: str, old: VerificationState, *, urn: str) -> None:
        """A proof is no thing in the workspace."""

    async def _proven(self, new: VerificationInputs, *, urn: str) -> VerificationState:
        checks = await self._prove(new, patience=A_SHORT_WHILE)
        refusals: dict[Grant, str] = {}
        if failing := [check for check in checks if not check.ok]:
            refusals = await self._write_again(new, [check.grant for check in failing if check.grant], urn=urn)
            await self._log.status(urn, "waiting: what was granted may not be in force everywhere yet")
            checks = await self._prove(new, patience=PROPAGATION)
            failing = [check for check in checks if not check.ok]
        if failing:
            lines = [f"  {check.check} {check.target}: {check.detail}{_why_not(check, refusals)}" for check in failing]
            raise NotProven("\n".join([f"{new.integration} does not work as declared:", *lines]))
        if new.not_rotated:
            raise NotProven(f"{new.integration} works, but its secret was to be replaced and is still the same. {new.not_rotated}")
        return VerificationState(**new.model_dump(), checks=tuple(check.as_json() for check in checks), verified_at=rfc3339(now()))

    async def _prove(self, new: VerificationInputs, *, patience: timedelta) -> list[Check]:
        prove = await asyncio.to_thread(_prover, new, self._workspace)
        return await asyncio.to_thread(
            prove,
            list(new.grants),
            admin=await self._workspace.sdk(),
            active=new.active,
            memberships=new.memberships,
            entitlements=new.entitlements,
            patience=patience,
        )

    async def _look_again(
        self, taken_away: Sequence[ObjectGrant], *, told: Sequence[Grant], new: VerificationInputs, urn: str
    ) -> list[ObjectGrant]:
        """What somebody gave again after it was taken away: the other side of what `_write_again` does.

        An accident of somebody's write of the whole list, or given on purpose, by a person or another stack: so it goes only where a
        refresh told it. Returns what is not seen to be gone.
        """
        results = await asyncio.gather(*(self._restoring.taken_again(grant, new.client_id) for grant in taken_away if grant in told))
        if back := [result for result in results if result]:
            await self._log.warning(
                urn, f"{new.integration} had {', '.join(back)} again. It was taken away; did somebody else give it back?"
            )
        untold = [grant for grant in taken_away if grant not in told]
        seen = await asyncio.gather(*(self._restoring.is_there(grant, new.client_id) for grant in untold))
        if there := [spoken(grant) for grant, is_there in zip(untold, seen, strict=True) if is_there]:
            await self._log.warning(
                urn,
                f"{new.integration} has {', '.join(there)} again, which this stack had taken away. "
                "If nobody gave it on purpose, `pulumi up --refresh` takes it away.",
            )
        return [grant for grant, is_there in zip(untold, seen, strict=True) if is_there is not False]

    async def _write_again(self, new: VerificationInputs, failing: Iterable[Grant], *, urn: str) -> dict[Grant, str]:
        """Once: somebody else's write may have undone ours between two requests of theirs, which no API here can prevent.

        Returns what kept a grant from being written.
        """
        grants = list(dict.fromkeys(failing))
        results = await asyncio.gather(*(self._restoring.restored(grant, new.client_id) for grant in grants), return_exceptions=True)
        if restored := [result for result in results if isinstance(result, str)]:
            lost = f"{new.integration} had lost {', '.join(restored)}"
            await self._log.warning(urn, f"{lost}. It was written again; did somebody else change it?")
        return {grant: sentence(error) or str(error) for grant, error in zip(grants, results, strict=True) if isinstance(error, Exception)}


def _levels(state: VerificationState) -> tuple[ObjectGrant, ...]:
    return tuple(grant for grant in state.grants if isinstance(grant, ObjectGrant))


def _unowned(grants: Iterable[ObjectGrant]) -> tuple[ObjectGrant, ...]:
    """An owner's entry goes when the object passes on, and comes back by nobody's accident."""
    return tuple(grant for grant in grants if grant.level != OWNER)


def _undeclared(grants: Iterable[ObjectGrant], new: VerificationInputs) -> tuple[ObjectGrant, ...]:
    """Those on objects of which nothing is declared now."""
    declared = {(grant.kind, grant.id) for grant in new.grants if isinstance(grant, ObjectGrant)}
    return tuple(grant for grant in _unowned(grants) if (grant.kind, grant.id) not in declared)


def _prover(new: VerificationInputs, workspace: Workspace) -> Callable[..., list[Check]]:
    # These load every service of the SDK, for a second that a run that proves nothing saves.
    from checks.clients import Credentials  # noqa: PLC0415 - see above
    from checks.proof import prove  # noqa: PLC0415 - see above

    return partial(prove, Credentials(workspace.host, new.client_id, new.client_secret, trusted_hosts=workspace.trusted_hosts))


def _why_not(check: Check, refusals: dict[Grant, str]) -> str:
    refusal = refusals.get(check.grant) if check.grant else None
    return f" (not written again: {refusal})" if refusal else ""
