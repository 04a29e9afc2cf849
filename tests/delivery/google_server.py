"""Google's Secret Manager, as small as its public API documentation allows.

Not there: locations, aliases of versions, expiry, checksums, access by anything but what the one service account's key has signed.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

ACCOUNT = "brickpass@acme-data.iam.gserviceaccount.com"
AUDIENCE = "https://secretmanager.googleapis.com/"


@dataclass
class Version:
    data: str
    state: str = "ENABLED"


@dataclass
class Google:
    """Its state, which a test reads and sets."""

    secrets: dict[str, list[Version]] = field(default_factory=dict)
    """All versions of each secret of the one project, `acme-data`."""
    made: dict[str, Any] = field(default_factory=dict)
    """What was said of each that was made."""
    refusals: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    """By what is asked for: status in HTTP's number and in Google's word, and the reason, with all that was sent in its words."""
    meanwhile: list[Callable[[], None]] = field(default_factory=list)
    """What somebody else does before each addition."""
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._key = rsa.generate_private_key(65537, 2048)

    @property
    def manager(self) -> Starlette:
        project = "/v1/projects/{project}/secrets"
        return Starlette(
            routes=[
                Route(project, self._asked("create", self._create), methods=["POST"]),
                Route(f"{project}/{{secret}}/versions/latest:access", self._asked("access", self._access)),
                Route(f"{project}/{{secret}}:addVersion", self._asked("add", self._add), methods=["POST"]),
            ]
        )

    @property
    def boundaries(self) -> Starlette:
        """The client asks in the background where the account may be used, and tells it along."""

        async def anywhere(_request: Request) -> Response:
            return JSONResponse({"locations": [], "encodedLocations": "0x0"})

        return Starlette(routes=[Route("/v1/projects/-/serviceAccounts/{account}/allowedLocations", anywhere)])

    def account(self) -> dict[str, str]:
        """The file that GOOGLE_APPLICATION_CREDENTIALS leads to."""
        key = self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        token_uri = "https://oauth2.googleapis.com/token"
        return {"type": "service_account", "project_id": "acme-data", "client_email": ACCOUNT, "private_key": key, "token_uri": token_uri}

    def _trusts(self, request: Request) -> bool:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        try:
            jwt.decode(token, self._key.public_key(), algorithms=["RS256"], audience=AUDIENCE, issuer=ACCOUNT)
        except jwt.InvalidTokenError:
            return False
        return True

    def _asked(self, what: str, answer: Callable[[Request, Any], Response]) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            self.asked.append(what)
            body = await request.body()
            if not self._trusts(request):
                return _error(401, "UNAUTHENTICATED")
            if what in self.refusals:
                number, status, reason = self.refusals[what]
                return _error(number, status, reason=reason, message=f"refused: {body.decode()}")
            if request.path_params["project"] != "acme-data":
                return _error(404, "NOT_FOUND", message="Project not found or deleted")
            return answer(request, await request.json() if body else {})

        return endpoint

    def _create(self, request: Request, body: dict[str, Any]) -> Response:
        name = request.query_params["secretId"]
        if name in self.secrets:
            return _error(409, "ALREADY_EXISTS")
        if not re.fullmatch("[A-Za-z0-9_-]{1,255}", name) or "replication" not in body:
            return _error(400, "INVALID_ARGUMENT")
        self.secrets[name], self.made[name] = [], body
        return JSONResponse({"name": f"projects/1/secrets/{name}", **body})

    def _access(self, request: Request, _body: object) -> Response:
        name = request.path_params["secret"]
        versions = self.secrets.get(name, [])
        if not versions:
            return _error(404, "NOT_FOUND", message=f"Secret [projects/1/secrets/{name}] not found or has no versions.")
        latest = versions[-1]
        if latest.state != "ENABLED":
            return _error(400, "FAILED_PRECONDITION", message=f"... is in {latest.state} state.")
        return JSONResponse({"name": self._name(name), "payload": {"data": latest.data}})

    def _add(self, request: Request, body: dict[str, Any]) -> Response:
        name = request.path_params["secret"]
        if self.meanwhile:
            self.meanwhile.pop(0)()
        if name not in self.secrets:
            return _error(404, "NOT_FOUND", message=f"Secret [projects/1/secrets/{name}] not found.")
        b64decode(body["payload"]["data"], validate=True)
        self.secrets[name].append(Version(body["payload"]["data"]))
        return JSONResponse({"name": self._name(name), "state": "ENABLED"})

    def _name(self, secret: str) -> str:
        # It says a project's number, however the project was named.
        return f"projects/1/secrets/{secret}/versions/{len(self.secrets[secret])}"

    def put(self, name: str, data: str | bytes, state: str = "ENABLED") -> None:
        """Adds a version, as anybody may."""
        raw = data.encode() if isinstance(data, str) else data
        self.secrets.setdefault(name, []).append(Version(b64encode(raw).decode(), state))

    def read(self, name: str) -> bytes:
        """What a consumer reads."""
        return b64decode(self.secrets[name][-1].data)


def _error(number: int, status: str, *, reason: str = "", message: str = "") -> Response:
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}
    error = {"code": number, "message": message, "status": status, "details": [info] if reason else []}
    return JSONResponse({"error": error}, number)
