"""From method and path to a handler; what a handler is given, and what it may answer."""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from starlette.datastructures import Headers, QueryParams
from starlette.routing import compile_path

from sandbox.caller import Caller
from sandbox.errors import InvalidParameterValueError, Json, MalformedRequestError, UnauthenticatedError
from sandbox.workspace import Workspace

Plane = Literal["open", "workspace", "account", "control", "console"]
"""Whom the gate lets through: anybody; who is in the workspace; who is in the account; the sandbox's admin,
whatever the time; anybody who only looks at the console."""


@dataclass(frozen=True, slots=True)
class Answer:
    """For whatever is not a plain 200 with JSON."""

    body: Json | bytes | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = "application/json"


@dataclass(slots=True)
class Call:
    method: str
    path: str
    query: QueryParams
    headers: Headers
    raw_body: bytes
    workspace: Workspace
    known_caller: Caller | None = None

    @property
    def caller(self) -> Caller:
        if self.known_caller is None:
            raise UnauthenticatedError("Credential was not sent or was of an unsupported type for this API.")
        return self.known_caller

    @property
    def body(self) -> Json:
        """The JSON object that was sent; an empty body is an empty object."""
        try:
            body = json.loads(self.raw_body or b"{}")
        except ValueError as reason:
            raise MalformedRequestError(f"Invalid JSON given in the body of the request - {reason}") from reason
        if not isinstance(body, dict):
            raise MalformedRequestError("Invalid JSON given in the body of the request - expected a map")
        return body

    def required(self, name: str) -> str:
        """A query parameter, or a field of the body, that must be there; numbers come as their digits."""
        value = self.query.get(name) if self.method == "GET" else self.body.get(name)
        if value in (None, ""):
            raise InvalidParameterValueError(f"Missing required field: {name}")
        return str(value)

    def number(self, name: str, *, default: int) -> int:
        try:
            return int(self.query.get(name, default))
        except ValueError as reason:
            raise InvalidParameterValueError(f"{name} must be a number, not '{self.query[name]}'.") from reason


Handler = Callable[..., Json | Answer] | Callable[..., Awaitable[Json | Answer]]


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    pattern: re.Pattern[str]
    handler: Handler
    plane: Plane


class Routes:
    """The routes of one service: `@routes.get("/api/2.0/things/{thing_id}")` above a function of a `Call` and the path's parts."""

    def __init__(self, *, plane: Plane = "workspace") -> None:
        self.plane = plane
        self.routes: list[Route] = []

    def get(self, path: str) -> Callable[[Handler], Handler]:
        return self._add("GET", path)

    def post(self, path: str) -> Callable[[Handler], Handler]:
        return self._add("POST", path)

    def put(self, path: str) -> Callable[[Handler], Handler]:
        return self._add("PUT", path)

    def patch(self, path: str) -> Callable[[Handler], Handler]:
        return self._add("PATCH", path)

    def delete(self, path: str) -> Callable[[Handler], Handler]:
        return self._add("DELETE", path)

    def _add(self, method: str, path: str) -> Callable[[Handler], Handler]:
        def add(handler: Handler) -> Handler:
            pattern, _, _ = compile_path(path)
            self.routes.append(Route(method, pattern, handler, self.plane))
            return handler

        return add


class Router:
    def __init__(self, *services: Routes) -> None:
        self._by_method: dict[str, list[Route]] = {}
        for service in services:
            for route in service.routes:
                self._by_method.setdefault(route.method, []).append(route)

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        for route in self._by_method.get(method, ()):
            if match := route.pattern.match(path):
                return route, match.groupdict()
        return None
