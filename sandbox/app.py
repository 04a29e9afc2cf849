"""One request from socket to socket, for all routes alike: gate, fault, handler, log."""

import asyncio
import json
import logging
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, cast

from starlette.datastructures import Headers, QueryParams
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sandbox import gate
from sandbox.errors import ApiError, EndpointNotFoundError, Json, SandboxError
from sandbox.request_log import Logged
from sandbox.routing import Answer, Call, Route, Router
from sandbox.services import ROUTES
from sandbox.troubled import Cut, Gone, refused, troubled
from sandbox.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Awaitable

log = logging.getLogger("sandbox")


class Sandbox:
    """The ASGI application."""

    def __init__(self, workspace: Workspace, hosts: frozenset[str]) -> None:
        self._workspace = workspace
        self._hosts = hosts
        self._router = Router(*ROUTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"{scope['type']} is not served")
        started = perf_counter()
        try:
            body = await Request(scope, receive).body()
        except ClientDisconnect:
            return
        call = Call(
            method=scope["method"],
            path=scope["path"],
            query=QueryParams(scope["query_string"]),
            headers=Headers(scope=scope),
            raw_body=body,
            workspace=self._workspace,
        )
        gone = partial(_gone, receive)
        answer = await self._answer(call, gone)
        if isinstance(answer, Cut):
            await self._cut(answer, scope, send, gone)
        else:
            await self._response(answer)(scope, receive, send)
        if not _is_own(call.path):
            self._log(call, _status(answer), started)

    async def _answer(self, call: Call, gone: Gone) -> Answer | Cut:
        try:
            self._require_own_host(call.headers.getlist("host"))
            route, parts = self._find(call)
            call.known_caller = gate.admit(self._workspace, call.headers, route.plane)
            if "account_id" in parts:
                self._workspace.require_account(parts["account_id"])
            if call.known_caller is None or route.plane == "control":
                return await _taken(call, route, parts, gone)
            async with self._workspace.schedule.turn(call.known_caller.name, call.method, call.path) as turn:
                answer = await _taken(call, route, parts, gone)
                if turn:
                    turn.status = _status(answer)
                    turn.given = call.body.get("access_control_list") if call.method in ("PATCH", "PUT") else None
                return answer
        except SandboxError as refusal:
            return refused(refusal)
        except Exception:
            log.exception("%s %s failed", call.method, call.path)
            return refused(ApiError("The sandbox failed; its log says where."))

    def _require_own_host(self, names: list[str]) -> None:
        # A page in somebody's browser must not reach the sandbox under a name of its own.
        if len(names) != 1 or names[0] not in self._hosts:
            raise ApiError(
                f"The sandbox is not served as {' and '.join(names) or 'a host without a name'}.",
                status=421,
                error_code="MISDIRECTED_REQUEST",
            )

    def _find(self, call: Call) -> tuple[Route, dict[str, str]]:
        found = self._router.find(call.method, call.path)
        if found is None:
            log.warning("nobody wrote a route for %s %s", call.method, call.path)
            raise EndpointNotFoundError(call.method, call.path)
        return found

    def _response(self, answer: Answer) -> Response:
        body = json.dumps(answer.body, separators=(",", ":")).encode() if isinstance(answer.body, dict) else answer.body
        headers = {"X-Databricks-Org-Id": self._workspace.site.workspace_id, **answer.headers}
        return Response(body, answer.status, headers, answer.media_type)

    async def _cut(self, cut: Cut, scope: Scope, send: Send, gone: Gone) -> None:
        if cut.half_of:
            whole = self._response(cut.half_of)
            await send({"type": "http.response.start", "status": whole.status_code, "headers": whole.raw_headers})
            await send({"type": "http.response.body", "body": whole.body[: len(whole.body) // 2], "more_body": True})
        scope["extensions"]["sandbox.end"]["now"](reset=cut.reset)
        await gone()

    def _log(self, call: Call, status: int, started: float) -> None:
        principal = call.known_caller.name if call.known_caller else None
        took = round((perf_counter() - started) * 1000, 2)
        # Some clients put credentials there, against the standard (RFC 6749: 2.3.1).
        query = "" if call.path.startswith("/oidc/") else str(call.query)
        self._workspace.request_log.add(Logged(call.method, call.path, query, status, principal, self._workspace.clock.now(), took))


async def _handled(call: Call, route: Route, parts: dict[str, str]) -> Answer:
    """A handler is one transaction. One that waits opens its own, and waits outside of them."""
    if asyncio.iscoroutinefunction(route.handler):
        result = await cast("Awaitable[Json | Answer]", route.handler(call, **parts))
    else:
        with call.workspace.state.transaction():
            result = cast("Json | Answer", route.handler(call, **parts))
    return result if isinstance(result, Answer) else Answer(result)


async def _taken(call: Call, route: Route, parts: dict[str, str], gone: Gone) -> Answer | Cut:
    """The handler's answer, or what a fault made of it."""
    work = partial(_handled, call, route, parts)
    return await (work() if _is_own(call.path) else troubled(call, work, gone))


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _is_own(path: str) -> bool:
    """Whether it is the sandbox's own, and nothing that Databricks has."""
    return path == "/" or path.startswith(("/sandbox/", "/console/"))


def _status(answer: Answer | Cut) -> int:
    return 0 if isinstance(answer, Cut) else answer.status
