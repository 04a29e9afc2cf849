"""What `POST /api/2.0/sql/statements` takes (api-facts: 8.1)."""

import re
from dataclasses import dataclass

from sandbox.errors import InvalidParameterValueError, Json
from sandbox.sql.plan import Session

_WAITS = range(5, 51)


@dataclass(frozen=True, slots=True)
class Request:
    statement: str
    warehouse_id: str
    session: Session
    wait_s: int
    cancel_on_timeout: bool
    row_limit: int | None


def request_of(body: Json, user: str) -> Request:
    """The request in a body; what the sandbox does not do is refused rather than ignored."""
    for name in ("statement", "warehouse_id"):
        if not isinstance(body.get(name), str) or not body[name]:
            raise InvalidParameterValueError(f"Missing required field: {name}")
    for name, served in (("disposition", "INLINE"), ("format", "JSON_ARRAY")):
        if body.get(name, served) != served:
            raise InvalidParameterValueError(f"The sandbox serves {name} {served} only, not {body[name]}.")
    if body.get("on_wait_timeout", "CONTINUE") not in ("CONTINUE", "CANCEL"):
        raise InvalidParameterValueError(f"on_wait_timeout must be CONTINUE or CANCEL, not {body['on_wait_timeout']}.")
    session = Session(user, body.get("catalog") or "main", body.get("schema") or "default", _parameters(body.get("parameters")))
    row_limit = int(body["row_limit"]) if body.get("row_limit") else None
    cancel = body.get("on_wait_timeout") == "CANCEL"
    return Request(body["statement"], body["warehouse_id"], session, _wait_s(body.get("wait_timeout", "10s")), cancel, row_limit)


def _parameters(given: object) -> dict[str, tuple[str | None, str]]:
    items = given if isinstance(given, list) else []
    return {item["name"]: (item.get("value"), item.get("type") or "STRING") for item in items if isinstance(item, dict) and "name" in item}


def _wait_s(given: str) -> int:
    """`0s`, or 5 to 50 seconds."""
    seconds = int(found[1]) if (found := re.fullmatch(r"(\d+)s", given)) else -1
    if seconds != 0 and seconds not in _WAITS:
        raise InvalidParameterValueError(f"wait_timeout must be 0s, or between {_WAITS.start}s and {_WAITS.stop - 1}s, not {given}.")
    return seconds
