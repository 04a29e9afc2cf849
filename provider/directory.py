"""The service principals and groups of a workspace, or of the account that it belongs to. (api-facts: 3)"""

from databricks.sdk.errors import PermissionDenied

from provider.workspace import Json, Workspace


class Directory:
    """Reads SCIM's collections to their end. Who is no admin there sees nothing, and a preview is still of use to them."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        account = workspace.account_id
        self._base = f"/api/2.0/accounts/{account}/scim/v2" if account else "/api/2.0/preview/scim/v2"
        self.refused = False
        """Whether something could not be read."""

    async def principals(self, which: str | None, *, attributes: str) -> list[Json]:
        """The service principals that a filter lets through, or all."""
        return await self._all("ServicePrincipals", which, attributes)

    async def groups(self, *, attributes: str) -> list[Json]:
        return await self._all("Groups", None, attributes)

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
        except PermissionDenied:
            self.refused = True
            return {}


def quoted(value: str) -> str:
    """A value as SCIM's filters take it."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
