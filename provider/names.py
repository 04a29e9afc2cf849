"""Objects by the names that people use: one listing for each kind, or one request for each name where there is none, or a filter."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count

from databricks.sdk.errors import InvalidParameterValue, NotFound, PermissionDenied
from databricks.sdk.errors.base import DatabricksError

from model.kinds import OBJECT_KINDS, Fixed, Listing, Lookup, ObjectKind
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
        by_id = reference.startswith(ID)
        match kind.found:
            case Fixed():
                return Found(reference.removeprefix(ID), reference.removeprefix(ID))
            case Listing(query=None) if by_id:
                return await self._listed_id(kind, reference.removeprefix(ID).strip())
            case Listing():
                return await (self._by_id(kind, reference.removeprefix(ID).strip()) if by_id else self._listed(kind, reference))
            case Lookup() as lookup:
                return await (self._by_id(kind, reference.removeprefix(ID).strip()) if by_id else self._looked_up(kind, lookup, reference))

    async def _listed(self, kind: ObjectKind, name: str) -> Found | str:
        called_so = [found for found in await self._candidates(kind, name) if found.name == name]
        match called_so:
            case [found]:
                return found
            case []:
                near = did_you_mean(name, [found.name for found in await self._all(kind, pages=PAGES_OF_NEAR_NAMES)])
                return f'there is no {kind.noun} "{name}" in this workspace{near}'
            case several:
                ids = ", ".join(f'"{ID}{found.id}"' for found in several)
                return f'{len(several)} {kind.plural} are called "{name}"; write the one that is meant as {ids}'

    async def _listed_id(self, kind: ObjectKind, object_id: str) -> Found | str:
        everything = await self._all(kind)
        near = did_you_mean(object_id, [found.id for found in everything])
        missing = f'there is no {kind.noun} with the id "{object_id}" in this workspace{near}'
        return next((found for found in everything if found.id == object_id), missing)

    async def _by_id(self, kind: ObjectKind, object_id: str) -> Found | str:
        try:
            # Its access list is the one thing that can be asked of every kind by id alone.
            await self._workspace.do("GET", kind.access_list(object_id))
        except (NotFound, InvalidParameterValue):
            return f'there is no {kind.noun} with the id "{object_id}" in this workspace'
        except PermissionDenied:
            pass  # It is there; whether the admin may grant on it is another question.
        return Found(object_id, object_id)

    async def _looked_up(self, kind: ObjectKind, lookup: Lookup, name: str) -> Found | str:
        try:
            answer = await self._workspace.do("GET", lookup.path, query={lookup.query: name})
        except (NotFound, InvalidParameterValue):
            return f'there is no {kind.noun} "{name}" in this workspace{await self._near(lookup, name)}'
        found_type = answer.get("object_type")
        if lookup.type and found_type != lookup.type:
            other = next((each for each in OBJECT_KINDS.values() if isinstance(each.found, Lookup) and each.found.type == found_type), None)
            return f'"{name}" is {other.a_noun}; write it below {other.key}' if other else f'"{name}" is no {kind.noun} ({found_type})'
        return Found(str(_field(answer, lookup.id)), name)

    async def _near(self, lookup: Lookup, name: str) -> str:
        """Something in the same directory whose path is like the missing one, or something of the kind where such is not listed there."""
        try:
            if lookup.others:
                return did_you_mean(name, [found.name async for found in self._pages(lookup.others, {}, pages=PAGES_OF_NEAR_NAMES)])
            beside = await self._workspace.do("GET", "/api/2.0/workspace/list", query={"path": name.rpartition("/")[0] or "/"})
        except DatabricksError:
            return ""
        return did_you_mean(name, [str(item.get("path")) for item in beside.get("objects", [])])

    async def _candidates(self, kind: ObjectKind, name: str) -> list[Found]:
        listing = _listing(kind)
        if listing.query:
            return [found async for found in self._pages(listing, {listing.query: name})]
        return await self._all(kind)

    async def _all(self, kind: ObjectKind, *, pages: int | None = None) -> list[Found]:
        listing = _listing(kind)
        if kind.key not in self._listings:
            self._listings[kind.key] = asyncio.create_task(self._list(listing, pages if listing.query else None))
        return await self._listings[kind.key]

    async def _list(self, listing: Listing, pages: int | None) -> list[Found]:
        return [found async for found in self._pages(listing, {}, pages=pages)]

    async def _pages(self, listing: Listing, query: Json, *, pages: int | None = None) -> AsyncIterator[Found]:
        query = {**listing.page_size, **query}
        for page in count(1):
            answer = await self._workspace.do("GET", listing.path, query=query | ({"page": page} if listing.numbered else {}))
            items = answer.get(listing.items, [])
            for item in items:
                yield Found(str(item[listing.id]), str(_field(item, listing.name)))
            token = answer.get("next_page_token")
            if page == pages or not (items if listing.numbered else token):
                return
            query |= {"page_token": token} if token else {}


def _listing(kind: ObjectKind) -> Listing:
    if not isinstance(kind.found, Listing):
        raise TypeError(f"{kind.plural} are not listed")
    return kind.found


def _field(item: Json, name: str) -> object:
    """A field of an answer; a dot leads into a nested one."""
    value: object = item
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value
