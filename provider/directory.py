"""The service principals and groups of a workspace, or of the account that it belongs to. (api-facts: 3)"""

from databricks.sdk.errors import PermissionDenied
from databricks.sdk.errors.base import DatabricksError

from model.faults import BrickpassError
from provider.errors import sentence
from provider.workspace import Json, Workspace


class Directory:
    """Reads SCIM's collections to their end. One that cannot be read is nobody's end: it is empty, and says why."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        account = workspace.account_id
        self._base = f"/api/2.0/accounts/{account}/scim/v2" if account else "/api/2.0/preview/scim/v2"
        self.problem: str | None = None
        """Why something could not be read."""
        self.refused = False
        """Whether that takes an admin, which whoever previews need not be."""

    async def principals(self, which: str | None, *, attributes: str) -> list[Json]:
        """The service principals that a filter lets through, or all."""
        return await self._all("ServicePrincipals", which, attributes)

    async def users(self, which: str, *, attributes: str) -> list[Json]:
        """The users that a filter lets through."""
        return await self._all("Users", which, attributes)

    async def groups(self, *, attributes: str) -> list[Json]:
        return await self._all("Groups", None, attributes)

    async def has(self, collection: str, which: str) -> bool | None:
        """Whether a filter lets anybody through; None where that could not be read."""
        found = await self._all(collection, which, "id")
        return None if self.problem else bool(found)

    async def remove_principal(self, principal_id: str) -> None:
        """Takes a service principal out of the workspace, or deletes it in the account."""
        await self._workspace.do("DELETE", f"{self._base}/ServicePrincipals/{principal_id}")

    async def _all(self, collection: str, which: str | None, attributes: str) -> list[Json]:
        found: list[Json] = []
        query = {"attributes": attributes, "count": 1000} | ({"filter": which} if which else {})
        while True:
            page = await self._page(f"{self._base}/{collection}", query | {"startIndex": len(found) + 1})
            found += page.get("Resources", [])
            # A listing ends with an empty page (api-facts: 3.3); one that says how many there are spares us that one.
            if not page.get("Resources") or len(found) >= page.get("totalResults", len(found) + 1):
                return found

    async def _page(self, path: str, query: Json) -> Json:
        try:
            return await self._workspace.do("GET", path, query=query)
        except PermissionDenied as error:
            self.refused, self.problem = True, sentence(error)
        except (DatabricksError, BrickpassError, TimeoutError) as error:
            self.problem = sentence(error)
        return {}


def quoted(value: str) -> str:
    """A value as SCIM's filters take it."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
