"""Objects by the names that people use: one listing for each kind, or one request for each name where there is none, or a filter."""

import asyncio
from collections.abc import AsyncIterator, Mapping
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
# Of so many jobs, a page of a hundred is likely to hold more than four, so that pages are first tried, one for four of them.
MANY, FOR_EACH_PAGE = 8, 4
_OF_A_DASHBOARD = ".lvdash.json"


@dataclass(frozen=True)
class Found:
    id: str
    name: str
    apart: str = ""
    """What tells it apart from others of its name."""

    @property
    def reference(self) -> str:
        return f'"{ID}{self.id}"{f" ({self.apart})" if self.apart else ""}'


@dataclass(frozen=True)
class Listed:
    """The objects of a kind, or the first pages of them."""

    objects: list[Found]
    whole: bool

    def called(self, name: str) -> list[Found]:
        return [found for found in self.objects if found.name == name]

    def with_id(self, object_id: str) -> Found | None:
        return next((found for found in self.objects if found.id == object_id), None)


class Names:
    """Looks objects up, each listing at most once."""

    def __init__(self, workspace: Workspace, wanted: Mapping[str, int]) -> None:
        self._workspace = workspace
        self._wanted = wanted
        """How many objects of each kind will be looked up."""
        self._listings: dict[str, asyncio.Task[Listed]] = {}

    async def find(self, kind: ObjectKind, reference: str) -> Found | str:
        """The object that is meant, or what is wrong with the reference."""
        by_id = reference.startswith(ID)
        named = reference.removeprefix(ID).strip() if by_id else reference
        match kind.found:
            case Fixed():
                return Found(named, named)
            case Listing():
                return await (self._listed_id(kind, named) if by_id else self._listed(kind, named))
            case Lookup() as lookup:
                return await (self._by_id(kind, named) if by_id else self._looked_up(kind, lookup, named))

    async def _listed(self, kind: ObjectKind, name: str) -> Found | str:
        match await self._called(kind, name):
            case [found]:
                return found
            case []:
                return await self._nothing_called(kind, name)
            case several:
                ids = ", ".join(found.reference for found in several)
                return f'{len(several)} {kind.plural} are called "{name}"; write the one that is meant as {ids}'

    async def _nothing_called(self, kind: ObjectKind, name: str) -> str:
        """That nothing has the name, and what was probably meant by it: another name, a path, or an id."""
        listed = await self._all(kind)
        same_id = listed.with_id(name)
        if not same_id and not listed.whole and name.isdigit():
            answer = await self._by_id(kind, name)
            same_id = answer if isinstance(answer, Found) else None
        if same_id:
            whose = f'of "{same_id.name}"' if same_id.name != name else "of one"
            return f'there is no {kind.noun} called "{name}", which is the id {whose}; write "{ID}{name}"'
        names = [found.name for found in listed.objects]
        if name.startswith("/"):
            # Dashboards, queries and the like lie in the workspace's tree, but their listings know no paths. (api-facts: 7.1)
            last = name.rstrip("/").rpartition("/")[2].removesuffix(_OF_A_DASHBOARD)
            by_name = f"{kind.plural} are named by what people call them, not by a path"
            return f'there is no {kind.noun} called "{name}"; {by_name}{did_you_mean(last, names)}'
        return f'there is no {kind.noun} "{name}" in this workspace{did_you_mean(name, names)}'

    async def _called(self, kind: ObjectKind, name: str) -> list[Found]:
        listing = _listing(kind)
        if listing.query is None or self._are_many(kind):
            listed = await self._all(kind)
            if listed.whole:
                return listed.called(name)
        # Another of the same name may stand on a page that was not read.
        return [found async for found in self._pages(listing, {listing.query or "": name}) if found.name == name]

    async def _listed_id(self, kind: ObjectKind, object_id: str) -> Found | str:
        answer = await self._with_id(kind, object_id)
        if isinstance(answer, str) and await self._called(kind, object_id):
            return f'there is no {kind.noun} with the id "{object_id}", which is the name of one; leave {ID} out'
        return answer

    async def _with_id(self, kind: ObjectKind, object_id: str) -> Found | str:
        if _listing(kind).query and not self._are_many(kind):
            return await self._by_id(kind, object_id)
        listed = await self._all(kind)
        if found := listed.with_id(object_id):
            return found
        if not listed.whole:
            return await self._by_id(kind, object_id)
        near = did_you_mean(object_id, [found.id for found in listed.objects])
        return f'there is no {kind.noun} with the id "{object_id}" in this workspace{near}'

    async def _by_id(self, kind: ObjectKind, object_id: str) -> Found | str:
        try:
            # Its access list is the one thing that can be asked of every kind by id alone.
            await self._workspace.do("GET", kind.access_list(object_id))
        except (NotFound, InvalidParameterValue):
            return f'there is no {kind.noun} with the id "{object_id}" in this workspace'
        except PermissionDenied:
            pass  # It is there; whether the admin may grant on it is another question.
        return Found(object_id, object_id)

    def _are_many(self, kind: ObjectKind) -> bool:
        return self._wanted.get(kind.key, 0) >= MANY

    async def _looked_up(self, kind: ObjectKind, lookup: Lookup, name: str) -> Found | str:
        spelled = _path if lookup.form == "path" else str
        try:
            answer = await self._workspace.do("GET", lookup.path, query={lookup.query: spelled(name)})
        except (NotFound, InvalidParameterValue):
            return f'there is no {kind.noun} "{name}" in this workspace{await self._near(lookup, name)}'
        # A workspace that takes one spelling for another must not make us grant on what nobody named.
        if spelled(answered := str(_field(answer, lookup.name))) != spelled(name):
            return f'there is no {kind.noun} "{name}" in this workspace; did you mean "{answered}"?'
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

    async def _all(self, kind: ObjectKind) -> Listed:
        """All of a kind; of one that can be asked for by name, so many pages as may save requests."""
        if kind.key not in self._listings:
            listing = _listing(kind)
            some = self._wanted[kind.key] // FOR_EACH_PAGE if self._are_many(kind) else PAGES_OF_NEAR_NAMES
            self._listings[kind.key] = asyncio.create_task(self._list(listing, some if listing.query else None))
        return await self._listings[kind.key]

    async def _list(self, listing: Listing, pages: int | None) -> Listed:
        objects = [found async for found in self._pages(listing, {}, pages=pages)]
        # A page more is never read to learn that there is none: a last page that is full may have been the last of all.
        return Listed(objects, whole=pages is None or len(objects) < pages * max(listing.page_size.values(), default=1))

    async def _pages(self, listing: Listing, query: Json, *, pages: int | None = None) -> AsyncIterator[Found]:
        query = {**listing.page_size, **query}
        for page in count(1):
            answer = await self._workspace.do("GET", listing.path, query=query | ({"page": page} if listing.numbered else {}))
            items = answer.get(listing.items, [])
            for item in items:
                apart = ", ".join(str(said) for field in listing.apart if (said := _field(item, field)))
                yield Found(str(item[listing.id]), str(_field(item, listing.name) or ""), apart)
            token = answer.get("next_page_token")
            if page == pages or not (items if listing.numbered else token):
                return
            query |= {"page_token": token} if token else {}


def _listing(kind: ObjectKind) -> Listing:
    if not isinstance(kind.found, Listing):
        raise TypeError(f"{kind.plural} are not listed")
    return kind.found


def _path(name: str) -> str:
    # `/Workspace/x` and `/x` are the same (api-facts: 7.2); an experiment's name is the shorter one.
    return (name.removeprefix("/Workspace") if name.startswith("/Workspace/") else name).rstrip("/") or "/"


def _field(item: Json, name: str) -> object:
    """A field of an answer; a dot leads into a nested one."""
    value: object = item
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value
