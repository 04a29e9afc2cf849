"""Writes again what somebody undid, and only that."""

from databricks.sdk.errors import NotFound

from checks.entries import have_privilege
from model.grants import Grant, ObjectGrant, SecurablePrivileges
from model.kinds import OBJECT_KINDS, SECURABLE_KINDS
from provider.access_lists import AccessLists
from provider.access_writer import Entry
from provider.securable_writer import Change, SecurableWriter


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

    async def is_there(self, grant: ObjectGrant, principal: str) -> bool:
        """Whether the principal has just this level by an entry of its own."""
        try:
            return await self._objects.level(OBJECT_KINDS[grant.kind], grant.id, principal) == grant.level
        except NotFound:
            return False

    async def taken_again(self, grant: ObjectGrant, principal: str) -> str | None:
        """What was taken away, is there again and is taken away once more; None where it is not there, or is another level by now.

        Only a list that is written whole can bring back what it held before: a securable's grants cannot.
        """
        if not await self.is_there(grant, principal):
            return None
        kind = OBJECT_KINDS[grant.kind]
        await self._objects.write(kind, grant.id, Entry(principal, None))
        return f"{grant.level} on {kind.noun} {grant.name}"

    async def _level(self, grant: ObjectGrant, principal: str) -> str | None:
        kind = OBJECT_KINDS[grant.kind]
        held = await self._objects.level(kind, grant.id, principal)
        if held and kind.power(held) >= kind.power(grant.level):
            return None
        await self._objects.write(kind, grant.id, Entry(principal, grant.level))
        return f"{grant.level} on {kind.noun} {grant.name}"

    async def _privileges(self, grant: SecurablePrivileges, principal: str) -> str | None:
        kind = SECURABLE_KINDS[grant.kind]
        held = await self._securables.read(kind.grants(grant.api_name), principal)
        missing = [privilege for privilege in grant.privileges if not have_privilege(held, privilege)]
        if not missing:
            return None
        await self._securables.write(kind.grants(grant.api_name), Change(principal, add=frozenset(missing)))
        return f"{' and '.join(missing)} on {kind.noun} {grant.full_name}"
