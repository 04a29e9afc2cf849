"""Second principals of one integration: the official plugin repeats a request whose answer was lost. (api-facts: 0)"""

from databricks.sdk.errors import NotFound

from model.identity import external_id_of
from provider.directory import Directory, quoted
from provider.engine_log import EngineLog
from provider.errors import sentence
from provider.preflight import Preflight
from provider.secrets_api import SecretsApi
from provider.workspace import Json, Workspace


class Doubles:
    """Costs one request, and two for each double that this run made."""

    def __init__(self, workspace: Workspace, account: Workspace | None, preflight: Preflight, log: EngineLog) -> None:
        self._home = account or workspace
        """Where principals are made."""
        self._secrets = SecretsApi(self._home)
        self._preflight = preflight
        self._log = log

    async def remove(self, principal_id: str, *, urn: str) -> None:
        """Removes what this run made beside the principal that is recorded, where nobody can log in as it.

        One that was there before may be in use by more than its secrets, of a state that was lost, or of another one: it is left to
        people.
        """
        directory, external_id = Directory(self._home), external_id_of(urn)
        which = f"externalId eq {quoted(external_id)}"
        for found in await directory.principals(which, attributes="id,applicationId,externalId"):
            # SCIM compares without regard to case; the same id with other capitals is another stack's.
            if str(found["id"]) != principal_id and found.get("externalId") == external_id:
                await self._remove(directory, found, urn=urn)

    async def _remove(self, directory: Directory, double: Json, *, urn: str) -> None:
        principal_id, application_id = str(double["id"]), double.get("applicationId")
        before = self._preflight.listed
        try:
            if before is None or principal_id in before or await self._secrets.live(principal_id):
                await self._log.warning(
                    urn,
                    f"this integration has a second service principal {application_id}, which may be in use, as after a run that was "
                    "killed or a state that was lost; `brickpass recover` says what to do",
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
