"""Writes levels on secret scopes, which have an API of their own: it touches one entry a call. (api-facts: 7.4)"""

from databricks.sdk.errors import InvalidParameterValue, NotFound

from provider.access_writer import Entry
from provider.patience import NotYetVisible
from provider.workspace import Json, Workspace

_ACLS = "/api/2.0/secrets/acls"


class SecretAcls:
    """Each costs one request."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def write(self, scope: str, entry: Entry) -> None:
        """Gives, changes or takes away one principal's level."""
        who = {"scope": scope, "principal": entry.application_id}
        if entry.level:
            await self._put(who | {"permission": entry.level})
            return
        try:
            await self._workspace.do("POST", f"{_ACLS}/delete", body=who)
        except NotFound:
            return  # The entry is gone, or the scope with it.

    async def _put(self, acl: Json) -> None:
        try:
            await self._workspace.do("POST", f"{_ACLS}/put", body=acl)
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
