"""Lists in pages. A token is the place to go on from, so that tokens always advance (api-facts: 6.1)."""

import base64
from collections.abc import Sequence
from typing import TypeVar

from sandbox.errors import InvalidParameterValueError

Item = TypeVar("Item")


def page_of(items: Sequence[Item], *, size: int, token: str | None) -> tuple[Sequence[Item], str]:
    """The items of this page, and the token of the next one; the last page's is empty."""
    start = _start_of(token) if token else 0
    end = start + size
    return items[start:end], _token_of(end) if end < len(items) else ""


def _token_of(start: int) -> str:
    return base64.urlsafe_b64encode(f"from:{start}".encode()).decode()


def _start_of(token: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(token).decode().removeprefix("from:"))
    except ValueError as reason:
        raise InvalidParameterValueError(f"Invalid page token: {token}") from reason
