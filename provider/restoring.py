"""Writes again what somebody undid, and only that."""

from databricks.sdk.errors import NotFound
from databricks.sdk.errors.base import DatabricksError
from requests import RequestException

from checks.entries import have_privilege
from model.faults import BrickpassError
from model.grants import Grant, ObjectGrant, SecurablePrivileges
from model.kinds import OBJECT_KINDS, OWNER, SECURABLE_KINDS, ObjectKind
from provider.access_lists import AccessLists
from provider.access_writer import NO_LEVEL, Entry, Overtaken
from provider.securable_writer import Change, SecurableWriter


class NotRestored(BrickpassError):
    """What is missing is not ours to take."""


class Restoring:
    """Looks first: an entry that is there is left, since somebody may have raised its level meanwhile. It is not in force yet, or the
    workspace had a moment's trouble when it was tried.
    """

    def __init__(self, objects: AccessLists, securables: SecurableWriter) -> None:
        self._objects = objects
        self._securables = securables

    async def restored(self, grant: Grant, principal: str) -> str | None:
        """What of a grant was missing and is written again; None where nothing was."""
        return await (self._level(grant, principal) if isinstance(grant, ObjectGrant) else self._privileges(grant, principal))

    async def is_there(self, grant: ObjectGrant, principal: str) -> bool | None:
        """Whether the principal has just this level by an entry of its own; None where that cannot be seen."""
        try:
            return await self._objects.level(OBJECT_KINDS[grant.kind], grant.id, principal) == grant.level
        except NotFound:
            return False
        except (DatabricksError, TimeoutError, RequestException):
            # Of what is not declared any more the login may have no right left to see it, and nothing else hangs on it.
            return None

    async def taken_again(self, grant: ObjectGrant, principal: str) -> str | None:
        """What was taken away, is there again and is taken away once more; None where it is not there, or is another level by now.

        Only a list that is written whole can bring back what it held before: a securable's grants cannot.
        """
        if not await self.is_there(grant, principal):
            return None
        try:
            await self._objects.write(OBJECT_KINDS[grant.kind], grant.id, Entry(principal, None, only_if=grant.level))
        except Overtaken:
            return None
        return spoken(grant)

    async def _level(self, grant: ObjectGrant, principal: str) -> str | None:
        kind = OBJECT_KINDS[grant.kind]
        held = await self._objects.level(kind, grant.id, principal)
        if held and kind.power(held) >= kind.power(grant.level):
            return None
        if grant.level == OWNER:
            raise NotRestored(await self._owned(kind, grant))
        try:
            await self._objects.write(kind, grant.id, Entry(principal, grant.level, only_if=held or NO_LEVEL))
        except Overtaken:
            # Whatever it is by now, the proof that follows looks at it.
            return None
        return spoken(grant)

    async def _owned(self, kind: ObjectKind, grant: ObjectGrant) -> str:
        # No list that is written whole loses an owner by accident (api-facts: 5.4): somebody took it, and meant to.
        owner = await self._objects.owner(kind, grant.id)
        by = f"is owned by {owner.name} now" if owner else "has no owner now"
        return f"{grant.target} {by}"

    async def _privileges(self, grant: SecurablePrivileges, principal: str) -> str | None:
        kind = SECURABLE_KINDS[grant.kind]
        held = await self._securables.read(kind.grants(grant.api_name), principal)
        missing = [privilege for privilege in grant.privileges if not have_privilege(held, privilege)]
        if not missing:
            return None
        await self._securables.write(kind.grants(grant.api_name), Change(principal, add=frozenset(missing)))
        return f"{' and '.join(missing)} on {grant.target}"


def spoken(grant: ObjectGrant) -> str:
    return f"{grant.level} on {grant.target}"
