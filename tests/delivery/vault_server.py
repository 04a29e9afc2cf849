"""A Vault with KV engines, as small as its public API documentation allows: what a client sees of tokens, policies and versions.

Not there: leases, wrapping, patches, metadata of a secret, limits of versions.
"""

import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

ROOT = "hvs.root"
ALL = frozenset({"create", "read", "update"})


@dataclass
class Version:
    data: dict[str, Any]
    deleted: bool = False
    destroyed: bool = False


@dataclass
class Vault:
    """Its state, which a test reads and sets."""

    engines: dict[str, str] = field(default_factory=lambda: {"secret/": "2"})
    """The KV version of each mount."""
    secrets: dict[str, list[Version]] = field(default_factory=dict)
    """By mount and path, all versions; for an engine of version 1 the only one."""
    policies: dict[str, frozenset[str]] = field(default_factory=lambda: {ROOT: ALL})
    """What each token may do with any secret."""
    namespace: str = ""
    knows_mounts: bool = True
    """Whether it answers which engine a path is in."""
    meanwhile: Callable[[str], None] = lambda _path: None
    """What somebody else does between a read and a write."""
    redirect: str = ""
    """The node that is active, where this one is not."""
    failing: int = 0
    """A status, with all that was sent in its words."""
    requests: list[tuple[str, str]] = field(default_factory=list)

    def put(self, path: str, **data: Any) -> None:  # noqa: ANN401 -- any JSON
        self.secrets.setdefault(path, []).append(Version(data))

    def now(self, path: str) -> dict[str, Any]:
        return self.secrets[path][-1].data

    @property
    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v1/sys/internal/ui/mounts/{path:path}", self._guarded(self._mount), methods=["GET"]),
                Route("/v1/{path:path}", self._guarded(self._secret), methods=["GET", "POST", "PUT"]),
            ]
        )

    def _guarded(self, handler: Callable[[Request, frozenset[str]], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            self.requests.append((request.method, request.url.path))
            if self.redirect:
                return RedirectResponse(f"{self.redirect}{request.url.path}", 307)
            if self.failing:
                return errors(self.failing, [(await request.body()).decode()])
            token = request.headers.get("x-vault-token")
            if not token:
                return errors(400, ["missing client token"])
            # A token lives in its namespace.
            if token not in self.policies or request.headers.get("x-vault-namespace", "") != self.namespace:
                return errors(403, ["2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"])
            return await handler(request, self.policies[token])

        return guarded

    async def _mount(self, request: Request, may: frozenset[str]) -> Response:
        path = request.path_params["path"]
        mount = self._mount_of(path)
        if not self.knows_mounts:
            return errors(404, [])
        if not mount or not may:
            return errors(
                403, [f'preflight capability check returned 403, please ensure client\'s policies grant access to path "{path}/"']
            )
        return JSONResponse({"data": {"path": mount, "type": "kv", "options": {"version": self.engines[mount]}}})

    async def _secret(self, request: Request, may: frozenset[str]) -> Response:
        route = request.path_params["path"]
        mount = self._mount_of(route)
        if not mount:
            return errors(404, [f'no handler for route "{route}". route entry not found.'])
        inside = route.removeprefix(mount)
        body = await request.json() if request.method != "GET" else {}
        if self.engines[mount] == "1":
            return self._version_1(route, body) if request.method != "GET" else self._read_version_1(route)
        if not inside.startswith("data/"):
            return errors(404, [])
        path = f"{mount}{inside.removeprefix('data/')}"
        if request.method == "GET":
            return self._read(path) if "read" in may else errors(403, DENIED)
        self.meanwhile(path)
        if self.failing:
            return errors(self.failing, [json.dumps(body)])
        return self._write(path, body, may)

    def _read(self, path: str) -> Response:
        versions = self.secrets.get(path)
        if not versions:
            return errors(404, [])
        last = versions[-1]
        gone = last.deleted or last.destroyed
        data = None if gone else last.data
        return JSONResponse({"data": {"data": data, "metadata": self._metadata(path)}}, 404 if gone else 200)

    def _write(self, path: str, body: dict[str, Any], may: frozenset[str]) -> Response:
        versions = self.secrets.setdefault(path, [])
        if ("update" if versions else "create") not in may:
            return errors(403, DENIED)
        cas = body.get("options", {}).get("cas")
        if cas is not None and cas != len(versions):
            return errors(400, ["check-and-set parameter did not match the current version"])
        versions.append(Version(body["data"]))
        return JSONResponse({"data": self._metadata(path)})

    def _metadata(self, path: str) -> dict[str, object]:
        last = self.secrets[path][-1]
        return {
            "created_time": "2026-11-24T18:00:00.000000Z",
            "custom_metadata": None,
            "deletion_time": "2026-11-24T19:00:00.000000Z" if last.deleted else "",
            "destroyed": last.destroyed,
            "version": len(self.secrets[path]),
        }

    def _read_version_1(self, path: str) -> Response:
        found = self.secrets.get(path)
        return JSONResponse({"data": found[-1].data}) if found else errors(404, [])

    def _version_1(self, path: str, body: dict[str, Any]) -> Response:
        """Whatever is sent is the value, also what was meant for version 2."""
        self.secrets[path] = [Version(body)]
        return Response(status_code=204)

    def _mount_of(self, path: str) -> str | None:
        return next((mount for mount in sorted(self.engines, key=len, reverse=True) if path.startswith(mount)), None)


DENIED = ["1 error occurred:\n\t* permission denied\n\n"]


def errors(status: int, words: Iterable[str]) -> Response:
    return JSONResponse({"errors": list(words)}, status)
