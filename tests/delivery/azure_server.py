"""An Azure Key Vault and who logs in to it, as small as their public API documentation allows.

Not there: keys and certificates, access by anything but the one token, deletion itself.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

TENANT = "6b1f7b8e-0f0e-4a7b-9d55-1d9a2c3e4f50"
CLIENT_SECRET = "entra-1"
TOKEN = "eyJ-entra"
AUTHORITY = "https://login.microsoftonline.com"
VAULT = "https://acme-vault.vault.azure.net"


@dataclass
class Azure:
    """Its state, which a test reads and sets."""

    secrets: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """All versions of each, as they are answered."""
    refusals: dict[str, tuple[int, str]] = field(default_factory=dict)
    """By method: a status, and Azure's inner code, with all that was sent in its words."""
    headers: dict[str, str] = field(default_factory=dict)
    """Of a refusal."""
    resource: str = "https://vault.azure.net"
    """What it wants a token for."""
    meanwhile: list[Callable[[], None]] = field(default_factory=list)
    asked: list[tuple[str, bool, int]] = field(default_factory=list)
    """Method, whether with the token, and length of the body."""

    @property
    def vault(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/secrets/{name}/", self._secret, methods=["GET"]),
                Route("/secrets/{name}", self._secret, methods=["GET", "PUT"]),
            ]
        )

    @property
    def login(self) -> Starlette:
        """Microsoft Entra ID: an application's own login with its secret."""
        endpoints = {
            "issuer": f"{AUTHORITY}/{TENANT}/v2.0",
            "authorization_endpoint": f"{AUTHORITY}/{TENANT}/oauth2/v2.0/authorize",
            "token_endpoint": f"{AUTHORITY}/{TENANT}/oauth2/v2.0/token",
        }

        async def discover(_request: Request) -> Response:
            return JSONResponse(endpoints)

        async def token(request: Request) -> Response:
            form = dict(parse_qsl((await request.body()).decode()))
            if (form["client_secret"], form["scope"]) != (CLIENT_SECRET, "https://vault.azure.net/.default"):
                return JSONResponse({"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret"}, 401)
            return JSONResponse({"token_type": "Bearer", "expires_in": 3599, "access_token": TOKEN})

        return Starlette(
            routes=[
                Route(f"/{TENANT}/v2.0/.well-known/openid-configuration", discover),
                Route(f"/{TENANT}/oauth2/v2.0/token", token, methods=["POST"]),
            ]
        )

    def put(self, name: str, value: str, **attributes: Any) -> dict[str, Any]:  # noqa: ANN401 -- any part of a secret
        """Adds a version, as anybody may."""
        versions = self.secrets.setdefault(name, [])
        secret = {"value": value, "id": f"{VAULT}/secrets/{name}/{len(versions) + 1:032x}", **attributes}
        secret["attributes"] = {
            "enabled": True,
            "created": 1,
            "updated": 1,
            "recoveryLevel": "Recoverable",
            **attributes.get("attributes", {}),
        }
        versions.append(secret)
        return secret

    def now(self, name: str) -> dict[str, Any]:
        return self.secrets[name][-1]

    async def _secret(self, request: Request) -> Response:
        body = await request.body()
        trusted = request.headers.get("Authorization") == f"Bearer {TOKEN}"
        self.asked.append((request.method, trusted, len(body)))
        if not trusted:
            challenge = f'Bearer authorization="{AUTHORITY}/{TENANT}", resource="{self.resource}"'
            return JSONResponse({"error": {"code": "Unauthorized"}}, 401, headers={"WWW-Authenticate": challenge})
        if request.method in self.refusals:
            status, code = self.refusals[request.method]
            error = {"code": "Forbidden", "message": f"refused: {body.decode()}", "innererror": {"code": code}}
            return JSONResponse({"error": error}, status, headers=self.headers)
        name = request.path_params["name"]
        if request.method == "PUT":
            return JSONResponse(self.put(name, **await request.json()))
        if name not in self.secrets:
            return JSONResponse({"error": {"code": "SecretNotFound", "message": f"A secret with (name/id) {name} was not found"}}, 404)
        return JSONResponse(self.now(name))
