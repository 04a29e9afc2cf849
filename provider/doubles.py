"""Second principals of one integration: the official plugin repeats a request whose answer was lost. (api-facts: 0)"""

from databricks.sdk.errors import NotFound

from model.identity import external_id_of
from provider.directory import Directory, quoted
from provider.engine_log import EngineLog
from provider.errors import sentence
from provider.secrets_api import SecretsApi
from provider.workspace import Json, Workspace


class Doubles:
    """Costs one request, and two for each double that it finds."""

    def __init__(self, workspace: Workspace, account: Workspace | None, log: EngineLog) -> None:
        self._home = account or workspace
        """Where principals are made."""
        self._secrets = SecretsApi(self._home)
        self._log = log

    async def remove(self, principal_id: str, *, urn: str) -> None:
        """Removes all principals with our external id but the one that is recorded, where nobody can log in as them."""
        directory = Directory(self._home)
        which = f"externalId eq {quoted(external_id_of(urn))}"
        for found in await directory.principals(which, attributes="id,applicationId"):
            if str(found["id"]) != principal_id:
                await self._remove(directory, found, urn=urn)

    async def _remove(self, directory: Directory, double: Json, *, urn: str) -> None:
        principal_id, application_id = str(double["id"]), double.get("applicationId")
        try:
            if await self._secrets.live(principal_id):
                await self._log.warning(
                    urn,
                    f"this integration has a second service principal {application_id}, which has secrets and may be in use, "
                    "as after a state that was lost; `brickpass recover` says what to do",
                )
                return
            await directory.remove_principal(principal_id)
        except NotFound:
            return
        except Exception as error:
            if (said := sentence(error)) is None:
                raise
            await self._log.warning(
                urn, f"a second service principal {application_id} was made by accident and could not be removed. {said}"
            )
        else:
            await self._log.warning(urn, f"removed a second service principal {application_id}, which was made by accident and never used")
