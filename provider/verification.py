"""The deployment proves itself: the bundle's own credentials are tried after every change."""

import asyncio
from typing import Any

from pydantic import SecretStr

from checks.clients import Credentials
from checks.proof import Check, prove
from model.clock import now, rfc3339
from model.faults import BrickpassError
from model.grants import Grant, ObjectGrant
from model.kinds import OBJECT_KINDS, SECURABLE_KINDS
from provider.access_lists import AccessLists
from provider.access_writer import Entry
from provider.engine_log import EngineLog
from provider.errors import sentence
from provider.handler import Created, Handler
from provider.securable_writer import Change, SecurableWriter
from provider.wire import Wire
from provider.workspace import Workspace


class NotProven(BrickpassError):
    """Something that was declared does not work."""


class VerificationInputs(Wire):
    integration: str
    client_id: str
    client_secret: SecretStr
    grants: tuple[Grant, ...]
    revisions: tuple[str, ...]
    """Of everything that is proven: where one of them changed, the proof is made anew."""
    not_rotated: str | None = None
    """Why the secret was not replaced, though it was due."""
    active: bool = True
    """False: the entries are read back, and nothing is tried."""


class VerificationState(VerificationInputs):
    checks: tuple[dict[str, Any], ...]
    verified_at: str


class Verification(Handler[VerificationInputs, VerificationState]):
    """Costs two requests for the login and one or two for each grant; writes only a grant that somebody undid meanwhile."""

    resource_type = "brickpass:index:Verification"
    inputs, state = VerificationInputs, VerificationState
    replaces = frozenset[str]()
    outputs = frozenset({"checks", "verifiedAt"})

    def __init__(self, workspace: Workspace, objects: AccessLists, securables: SecurableWriter, log: EngineLog) -> None:
        self._workspace = workspace
        self._objects = objects
        self._securables = securables
        self._log = log

    async def create(self, new: VerificationInputs, *, urn: str) -> Created[VerificationState]:
        return Created(new.integration, await self._proven(new, urn=urn))

    async def update(self, resource_id: str, old: VerificationState, new: VerificationInputs, *, urn: str) -> VerificationState:
        del resource_id, old
        return await self._proven(new, urn=urn)

    async def read(self, resource_id: str, old: VerificationState) -> VerificationState:
        del resource_id
        return old

    async def delete(self, resource_id: str, old: VerificationState, *, urn: str) -> None:
        """A proof is no thing in the workspace."""

    async def _proven(self, new: VerificationInputs, *, urn: str) -> VerificationState:
        checks = await self._prove(new)
        refusals: dict[Grant, str] = {}
        if undone := list(dict.fromkeys(check.grant for check in checks if not check.ok and check.grant)):
            refusals = await self._write_again(new, undone, urn=urn)
            checks = await self._prove(new)
        if failing := [check for check in checks if not check.ok]:
            lines = [f"  {check.check} {check.target}: {check.detail}{_again(check, refusals)}" for check in failing]
            raise NotProven("\n".join([f"{new.integration} does not work as declared:", *lines]))
        if new.not_rotated:
            raise NotProven(f"{new.integration} works, but its secret was to be replaced and is still the same. {new.not_rotated}")
        return VerificationState(**new.model_dump(), checks=tuple(check.as_json() for check in checks), verified_at=rfc3339(now()))

    async def _prove(self, new: VerificationInputs) -> list[Check]:
        bundle = Credentials(host=self._workspace.host, client_id=new.client_id, client_secret=new.client_secret)
        return await asyncio.to_thread(prove, bundle, list(new.grants), admin=await self._workspace.sdk(), active=new.active)

    async def _write_again(self, new: VerificationInputs, grants: list[Grant], *, urn: str) -> dict[Grant, str]:
        """Once: somebody else's write may have undone ours between two requests of theirs, which no API here can prevent.

        Returns what was refused.
        """
        await self._log.warning(
            urn, f"{len(grants)} of {new.integration}'s grants did not work, and are written again; did somebody else change them?"
        )
        results = await asyncio.gather(*(self._write(grant, new.client_id) for grant in grants), return_exceptions=True)
        return {grant: sentence(error) or str(error) for grant, error in zip(grants, results, strict=True) if isinstance(error, Exception)}

    async def _write(self, grant: Grant, principal: str) -> None:
        if isinstance(grant, ObjectGrant):
            await self._objects.write(OBJECT_KINDS[grant.kind], grant.id, Entry(principal, grant.level))
        else:
            await self._securables.write(
                SECURABLE_KINDS[grant.kind].grants(grant.api_name), Change(principal, add=frozenset(grant.privileges))
            )


def _again(check: Check, refusals: dict[Grant, str]) -> str:
    refusal = refusals.get(check.grant) if check.grant else None
    return f" (written again: {refusal})" if refusal else ""
