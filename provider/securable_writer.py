"""Writes privileges on securables. Unity Catalog adds and takes away in one atomic request, naming nobody else. (api-facts: 6.2)"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from provider.declared import Declared
from provider.together import Together
from provider.workspace import Json, Workspace


@dataclass(frozen=True)
class Change:
    principal: str
    add: frozenset[str] = frozenset()
    remove: frozenset[str] = frozenset()


class SecurableWriter:
    """All writes of privileges pass here: those on one securable that arrive together are one request.

    A securable is named by the path in the API of what was granted on it.
    """

    def __init__(self, workspace: Workspace, declared: Declared) -> None:
        self._workspace = workspace
        self._together: Together[str, Change] = Together(self._send, declared.awaits)

    async def write(self, grants: str, change: Change) -> None:
        await self._together.add(grants, change)

    async def read(self, grants: str, principal: str) -> frozenset[str]:
        """What the principal was granted on the securable itself."""
        answer = await self._workspace.do("GET", grants, query={"principal": principal})
        return frozenset(
            privilege
            for assignment in answer.get("privilege_assignments", [])
            if str(assignment.get("principal", "")).lower() == principal.lower()
            for privilege in assignment.get("privileges", [])
        )

    async def _send(self, grants: str, changes: list[Change]) -> None:
        body = {"changes": [_as_json(principal, mine) for principal, mine in _by_principal(changes).items()]}
        await self._workspace.do("PATCH", grants, body=body)


def _by_principal(changes: list[Change]) -> dict[str, list[Change]]:
    by_principal: defaultdict[str, list[Change]] = defaultdict(list)
    for change in changes:
        by_principal[change.principal].append(change)
    return by_principal


def _as_json(principal: str, changes: Collection[Change]) -> Json:
    add = frozenset[str]().union(*(change.add for change in changes))
    # The API refuses a privilege that is both added and taken away (api-facts: 6.2); what is wanted by one of two wins.
    remove = frozenset[str]().union(*(change.remove for change in changes)) - add
    return {"principal": principal, "add": sorted(add), "remove": sorted(remove)}
