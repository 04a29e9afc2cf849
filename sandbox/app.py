"""One request from socket to socket, for all routes alike: gate, fault, handler, log."""

import asyncio
import contextlib
import json
import logging
from time import perf_counter
from typing import TYPE_CHECKING, cast
from uuid import uuid4

from starlette.datastructures import Headers, QueryParams
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sandbox import gate
from sandbox.errors import ApiError, EndpointNotFoundError, Json, SandboxError
from sandbox.faults import Fault
from sandbox.request_log import Logged
from sandbox.routing import Answer, Call, Route, Router
from sandbox.services import ROUTES
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
        answer = await self._answer(call)
        if answer is None:
            await _cut(scope, receive)
        else:
            await self._response(answer)(scope, receive, send)
        if call.path != "/" and not call.path.startswith(("/sandbox/", "/console/")):
            self._log(call, answer.status if answer else 0, started)

    async def _answer(self, call: Call) -> Answer | None:
        """What goes out; None for nothing at all."""
        try:
            self._require_own_host(call.headers.get("host"))
            route, parts = self._find(call)
            call.known_caller = gate.admit(self._workspace, call.headers, route.plane)
            if "account_id" in parts:
                self._workspace.require_account(parts["account_id"])
            if call.known_caller is None or route.plane == "control":
                return await self._taken(call, route, parts)
            async with self._workspace.schedule.turn(call.known_caller.name, call.method, call.path) as turn:
                answer = await self._taken(call, route, parts)
                turn.status = answer.status if answer else 0
                turn.given = call.body.get("access_control_list") if call.method in ("PATCH", "PUT") else None
                return answer
        except SandboxError as refusal:
            return Answer(refusal.body(str(uuid4())), refusal.status, dict(refusal.headers))
        except Exception:
            log.exception("%s %s failed", call.method, call.path)
            return Answer(ApiError("The sandbox failed; its log says where.").body(str(uuid4())), 500)

    async def _taken(self, call: Call, route: Route, parts: dict[str, str]) -> Answer | None:
        """The handler's answer, or what a fault made of it."""
        fault = None if route.plane in ("control", "console") else self._workspace.faults.take(call.method, call.path)
        return await self._faulty(fault, call, route, parts) if fault else await _handled(call, route, parts)

    def _require_own_host(self, host: str | None) -> None:
        # A page in somebody's browser must not reach the sandbox under a name of its own.
        if host not in self._hosts:
            raise ApiError(f"The sandbox is not served as {host}.", status=421, error_code="MISDIRECTED_REQUEST")

    def _find(self, call: Call) -> tuple[Route, dict[str, str]]:
        found = self._router.find(call.method, call.path)
        if found is None:
            log.warning("nobody wrote a route for %s %s", call.method, call.path)
            raise EndpointNotFoundError(call.method, call.path)
        return found

    async def _faulty(self, fault: Fault, call: Call, route: Route, parts: dict[str, str]) -> Answer | None:
        await asyncio.sleep(fault.delay_ms / 1000)
        instead = fault.status is not None or fault.cut
        if not instead:
            return await _handled(call, route, parts)
        if fault.when == "after":
            # A refusal is an answer too, and lost with it.
            with contextlib.suppress(SandboxError):
                await _handled(call, route, parts)
        if fault.cut:
            return None
        refusal = ApiError(fault.message, status=fault.status, error_code=fault.error_code)
        headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after is not None else {}
        return Answer(refusal.body(str(uuid4())), refusal.status, headers)

    def _response(self, answer: Answer) -> Response:
        body = json.dumps(answer.body, separators=(",", ":")).encode() if isinstance(answer.body, dict) else answer.body
        headers = {"X-Databricks-Org-Id": self._workspace.site.workspace_id, **answer.headers}
        return Response(body, answer.status, headers, answer.media_type)

    def _log(self, call: Call, status: int, started: float) -> None:
        principal = call.known_caller.name if call.known_caller else None
        took = round((perf_counter() - started) * 1000, 2)
        self._workspace.request_log.add(
            Logged(call.method, call.path, str(call.query), status, principal, self._workspace.clock.now(), took)
        )


async def _handled(call: Call, route: Route, parts: dict[str, str]) -> Answer:
    """A handler is one transaction. One that waits opens its own, and waits outside of them."""
    if asyncio.iscoroutinefunction(route.handler):
        result = await cast("Awaitable[Json | Answer]", route.handler(call, **parts))
    else:
        with call.workspace.state.transaction():
            result = cast("Json | Answer", route.handler(call, **parts))
    return result if isinstance(result, Answer) else Answer(result)


async def _cut(scope: Scope, receive: Receive) -> None:
    scope["extensions"]["sandbox.abort"]["now"]()
    while (await receive())["type"] != "http.disconnect":
        pass
