"""Unity Catalog's lists in pages (api-facts: 6.1)."""

from collections.abc import Sequence

from sandbox.errors import InvalidParameterValueError, Json
from sandbox.paging import page_of
from sandbox.routing import Call

SERVERS_PAGE = 50


def page(call: Call, key: str, items: Sequence[Json]) -> Json:
    """Unset means all, 0 the server's own size (api-facts: 6.1)."""
    asked = call.number("max_results", default=len(items))
    if asked < 0:
        raise InvalidParameterValueError(f"max_results must not be negative, but is {asked}.")
    return cut(call, key, items, asked or (SERVERS_PAGE if "max_results" in call.query else 1))


def cut(call: Call, key: str, items: Sequence[Json], size: int | None) -> Json:
    page, token = page_of(items, size=size or max(len(items), 1), token=call.query.get("page_token"))
    return {**({key: list(page)} if page else {}), **({"next_page_token": token} if token else {})}


def flag(call: Call, name: str) -> bool:
    return call.query.get(name, "").lower() == "true"
