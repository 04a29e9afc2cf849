"""Writes levels on secret scopes, which have an API of their own: it touches one entry a call. (api-facts: 7.4)"""

from databricks.sdk.errors import InvalidParameterValue, NotFound

from provider.access_writer import NO_LEVEL, Entry, Overtaken
from provider.as_found import as_found
from provider.patience import NotYetVisible
from provider.workspace import Json, Workspace

_ACLS = "/api/2.0/secrets/acls"


class SecretAcls:
    """Each costs one request; a write that depends on what is there, two."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def write(self, scope: str, entry: Entry) -> None:
        """Gives, changes or takes away one principal's level."""
        if entry.only_if is None:
            await self._send(scope, entry)
            return

        async def attempt(unclear: int) -> None:
            level = await self.level(scope, entry.application_id)
            if unclear and level == entry.level:
                return
            if (level or NO_LEVEL) != entry.only_if:
                raise Overtaken(f"Service principal {entry.application_id} has {level or 'no level'} on secret scope {scope} by now.")
            await self._send(scope, entry, once=True)

        await as_found(f"the level of {entry.application_id} on secret scope {scope}", attempt)

    async def _send(self, scope: str, entry: Entry, *, once: bool = False) -> None:
        who = {"scope": scope, "principal": entry.application_id}
        if entry.level:
            await self._put(who | {"permission": entry.level}, once=once)
            return
        try:
            await self._workspace.do("POST", f"{_ACLS}/delete", body=who, once=once)
        except NotFound:
            return  # The entry is gone, or the scope with it.

    async def _put(self, acl: Json, *, once: bool) -> None:
        try:
            await self._workspace.do("POST", f"{_ACLS}/put", body=acl, once=once)
        except (InvalidParameterValue, NotFound) as error:
            # No source says in which words a principal is unknown here; whoever it is, they name it. (api-facts: 7.4)
            if acl["principal"] not in str(error):
                raise
            raise NotYetVisible("the secret scope does not know the new service principal yet") from error

    async def level(self, scope: str, application_id: str) -> str | None:
        """A principal's level there; None also where there is no such scope, which the API answers alike."""
        try:
            answer = await self._workspace.do("GET", f"{_ACLS}/get", query={"scope": scope, "principal": application_id})
        except NotFound:
            return None
        return str(answer["permission"]) if answer.get("permission") else None
