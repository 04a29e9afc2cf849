"""Objects by the names that people use: one listing for each kind, or one request for each name where the API can filter."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count

from databricks.sdk.errors import InvalidParameterValue, NotFound, PermissionDenied

from model.kinds import ObjectKind
from model.nearest import did_you_mean
from model.vocabulary import ID
from provider.workspace import Json, Workspace

# A job that is not there is looked for under names that are like it; a workspace may have 12,000 of them. (api-facts: 10.1)
PAGES_OF_NEAR_NAMES = 5


@dataclass(frozen=True)
class Found:
    id: str
    name: str


class Names:
    """Looks objects up, each listing at most once."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._listings: dict[str, asyncio.Task[list[Found]]] = {}

    async def find(self, kind: ObjectKind, reference: str) -> Found | str:
        """The object that is meant, or what is wrong with the reference."""
        if reference.startswith(ID):
            return await self._by_id(kind, reference.removeprefix(ID).strip())
        called_so = [found for found in await self._candidates(kind, reference) if found.name == reference]
        match called_so:
            case [found]:
                return found
            case []:
                near = did_you_mean(reference, [found.name for found in await self._all(kind, pages=PAGES_OF_NEAR_NAMES)])
                return f'there is no {kind.noun} "{reference}" in this workspace{near}'
            case several:
                ids = ", ".join(f'"{ID}{found.id}"' for found in several)
                return f'{len(several)} {kind.noun}s are called "{reference}"; write the one that is meant as {ids}'

    async def _by_id(self, kind: ObjectKind, object_id: str) -> Found | str:
        missing = f'there is no {kind.noun} with the id "{object_id}" in this workspace'
        if not kind.listing.query:
            everything = await self._all(kind)
            near = did_you_mean(object_id, [found.id for found in everything])
            return next((found for found in everything if found.id == object_id), missing + near)
        try:
            # Its access list is the one thing that can be asked of every kind by id alone.
            await self._workspace.do("GET", kind.access_list(object_id))
        except (NotFound, InvalidParameterValue):
            return missing
        except PermissionDenied:
            pass  # It is there; whether the admin may grant on it is another question.
        return Found(object_id, object_id)

    async def _candidates(self, kind: ObjectKind, name: str) -> list[Found]:
        if kind.listing.query:
            return [found async for found in self._pages(kind, {kind.listing.query: name})]
        return await self._all(kind)

    async def _all(self, kind: ObjectKind, *, pages: int | None = None) -> list[Found]:
        if kind.key not in self._listings:
            self._listings[kind.key] = asyncio.create_task(self._list(kind, pages if kind.listing.query else None))
        return await self._listings[kind.key]

    async def _list(self, kind: ObjectKind, pages: int | None) -> list[Found]:
        return [found async for found in self._pages(kind, {}, pages=pages)]

    async def _pages(self, kind: ObjectKind, query: Json, *, pages: int | None = None) -> AsyncIterator[Found]:
        listing = kind.listing
        query = {**listing.page_size, **query}
        for page in count(1):
            answer = await self._workspace.do("GET", listing.path, query=query)
            for item in answer.get(listing.items, []):
                yield Found(str(item[listing.id]), str(_field(item, listing.name)))
            token = answer.get("next_page_token")
            if not token or page == pages:
                return
            query |= {"page_token": token}


def _field(item: Json, name: str) -> object:
    """A field of an answer; a dot leads into a nested one."""
    value: object = item
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value
