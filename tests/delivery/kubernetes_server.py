"""The Secrets of a Kubernetes API server, as small as its public API documentation allows.

Not there: lists, watches, deletion, server-side apply, admission; a patch is a strategic merge, which for a Secret's maps is a plain one.
"""

import re
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

TOKEN = "kube-1"
PATCHES = {"application/strategic-merge-patch+json", "application/merge-patch+json"}


@dataclass
class Kubernetes:
    """Its state, which a test reads and sets."""

    secrets: dict[str, dict[str, dict[str, Any]]] = field(default_factory=lambda: {"surveys": {}})
    """By namespace and name."""
    verbs: set[str] = field(default_factory=lambda: {"get", "create", "patch"})
    """What the token may do."""
    meanwhile: list[Callable[[], None]] = field(default_factory=list)
    """What somebody else does after each read."""
    failing: int = 0
    """A status, with all that was sent in its words."""
    headers: dict[str, str] = field(default_factory=dict)
    """Of a failure."""
    asked: list[str] = field(default_factory=list)
    versions: int = 0

    @property
    def app(self) -> Starlette:
        one, all_ = "/api/v1/namespaces/{namespace}/secrets/{name}", "/api/v1/namespaces/{namespace}/secrets"
        return Starlette(
            routes=[
                Route(one, self._get, methods=["GET"]),
                Route(one, self._patch, methods=["PATCH"]),
                Route(all_, self._create, methods=["POST"]),
            ]
        )

    def put(self, name: str, **secret: Any) -> None:  # noqa: ANN401 -- any part of a Secret
        """Puts one there as anybody may."""
        self.versions += 1
        metadata = {"name": name, "namespace": "surveys", **secret.pop("metadata", {}), "resourceVersion": str(self.versions)}
        self.secrets["surveys"][name] = {"apiVersion": "v1", "kind": "Secret", "type": "Opaque", **secret, "metadata": metadata}

    def read(self, name: str) -> dict[str, str]:
        """What a pod reads."""
        return {key: b64decode(value, validate=True).decode() for key, value in self.secrets["surveys"][name]["data"].items()}

    async def _get(self, request: Request) -> Response:
        refusal = await self._refusal(request, "get")
        if refusal:
            return refusal
        there = self.secrets.get(request.path_params["namespace"], {}).get(request.path_params["name"])
        answer = JSONResponse(there) if there else self._status(404, "NotFound")
        if self.meanwhile:
            self.meanwhile.pop(0)()
        return answer

    async def _create(self, request: Request) -> Response:
        refusal = await self._refusal(request, "create")
        if refusal:
            return refusal
        namespace, body = request.path_params["namespace"], await request.json()
        name = body["metadata"]["name"]
        if namespace not in self.secrets:
            return self._status(404, "NotFound", f'namespaces "{namespace}" not found')
        if name in self.secrets[namespace]:
            return self._status(409, "AlreadyExists")
        if invalid := self._invalid(body):
            return invalid
        self.put(name, **{key: body[key] for key in ("data", "type", "metadata") if key in body})
        return JSONResponse(self.secrets[namespace][name], 201)

    async def _patch(self, request: Request) -> Response:
        refusal = await self._refusal(request, "patch")
        if refusal:
            return refusal
        there = self.secrets[request.path_params["namespace"]].get(request.path_params["name"])
        if not there:
            return self._status(404, "NotFound")
        body = await request.json()
        if request.headers["Content-Type"] not in PATCHES:
            return self._status(415, "UnsupportedMediaType")
        return self._conflict(there, body) or self._invalid(body) or self._patched(there, body)

    def _conflict(self, there: dict[str, Any], body: dict[str, Any]) -> Response | None:
        version = there["metadata"]["resourceVersion"]
        if body["metadata"].get("resourceVersion", version) != version:
            return self._status(409, "Conflict", "the object has been modified; please apply your changes to the latest version")
        if there.get("immutable"):
            return self._status(422, "Invalid", "data: Forbidden: field is immutable when `immutable` is set")
        return None

    def _patched(self, there: dict[str, Any], body: dict[str, Any]) -> Response:
        name = there["metadata"]["name"]
        self.put(name, **{**there, "data": {**there.get("data", {}), **body["data"]}})
        return JSONResponse(self.secrets["surveys"][name])

    async def _refusal(self, request: Request, verb: str) -> Response | None:
        self.asked.append(verb)
        if self.failing:
            return self._status(self.failing, "Failed", f"cannot {verb} {(await request.body()).decode()}")
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if (scheme.lower(), token) != ("bearer", TOKEN):
            return self._status(401, "Unauthorized")
        return None if verb in self.verbs else self._status(403, "Forbidden", f'User "ci" cannot {verb} resource "secrets"')

    def _invalid(self, body: dict[str, Any]) -> Response | None:
        """As the API's own validation: keys of letters, digits and any of - _ ., values in base64."""
        try:
            for key, value in body["data"].items():
                assert re.fullmatch(r"[-._a-zA-Z0-9]+", key)
                b64decode(value, validate=True)
        except (AssertionError, ValueError):
            return self._status(422, "Invalid")
        return None

    def _status(self, code: int, reason: str, message: str = "") -> Response:
        said = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": message, "code": code}
        return JSONResponse(said, code, headers=self.headers)
