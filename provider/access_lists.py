"""The access list of any object, whichever API holds it."""

from model.kinds import ObjectKind
from provider.access_list import Who
from provider.access_writer import AccessWriter, Entry
from provider.declared import Declared
from provider.engine_log import EngineLog
from provider.secret_acls import SecretAcls
from provider.workspace import Workspace


class AccessLists:
    """All that the provider reads and writes of access lists passes here."""

    def __init__(self, workspace: Workspace, declared: Declared, log: EngineLog) -> None:
        self._permissions = AccessWriter(workspace, declared, log)
        self._secret_acls = SecretAcls(workspace)

    async def write(self, kind: ObjectKind, object_id: str, entry: Entry) -> None:
        """Gives, changes or takes away one principal's level on an object.

        Raises:
            Overtaken: its level is another one than `only_if`.
        """
        if kind.guarded_by == "secrets":
            await self._secret_acls.write(object_id, entry)
        else:
            await self._permissions.write(kind.access_list(object_id), entry)

    async def level(self, kind: ObjectKind, object_id: str, application_id: str) -> str | None:
        """The level that a principal was given on the object itself.

        Raises:
            NotFound: the object is gone.
        """
        if kind.guarded_by == "secrets":
            return await self._secret_acls.level(object_id, application_id)
        return await self._permissions.level(kind.access_list(object_id), application_id)

    async def owner(self, kind: ObjectKind, object_id: str) -> Who | None:
        """Who owns an object of a kind that has owners.

        Raises:
            NotFound: the object is gone.
        """
        return await self._permissions.owner(kind.access_list(object_id))
