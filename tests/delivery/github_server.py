"""The secrets of GitHub Actions, as small as its public API documentation allows. A value can be unsealed here, as a workflow sees it.

Not there: secrets of organizations, lists, who may see a repository.
"""

from base64 import b64decode
from dataclasses import dataclass, field

from nacl.encoding import Base64Encoder
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

TOKEN = "github_pat_1"


@dataclass
class GitHub:
    """Its state, which a test reads and sets."""

    repositories: dict[str, set[str]] = field(default_factory=lambda: {"acme/surveys": {"production"}})
    """With their environments."""
    secrets: dict[str, dict[str, str]] = field(default_factory=dict)
    """By repository or repository@environment."""
    answers: list[Response] = field(default_factory=list)
    """What it says next, in the place of what is asked for."""
    paths: list[str] = field(default_factory=list)
    """As they came over the wire."""

    def __post_init__(self) -> None:
        self._key = PrivateKey.generate()

    @property
    def app(self) -> Starlette:
        routes = [
            Route(f"/repos/{{owner}}/{{repository}}/{secrets}", self._answer, methods=["GET", "PUT"])
            for secrets in ("actions/secrets/{name}", "environments/{environment:path}/secrets/{name}")
        ]
        # As an Enterprise Server has them, too.
        return Starlette(routes=[*routes, Mount("/api/v3", routes=routes)])

    async def _answer(self, request: Request) -> Response:
        self.paths.append(f"{request.method} {request.scope['raw_path'].decode()}")
        body = await request.json() if request.method == "PUT" else {}
        if self.answers:
            return self.answers.pop(0)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return JSONResponse({"message": "Bad credentials"}, 401)
        repository = f"{request.path_params['owner']}/{request.path_params['repository']}"
        environment = request.path_params.get("environment")
        if repository not in self.repositories or (environment and environment not in self.repositories[repository]):
            return JSONResponse({"message": "Not Found"}, 404)
        if request.method == "GET":
            return JSONResponse({"key_id": "568250167242549743", "key": self._key.public_key.encode(Base64Encoder).decode()})
        return self._put(f"{repository}@{environment}" if environment else repository, request.path_params["name"], body)

    def _put(self, where: str, name: str, body: dict[str, str]) -> Response:
        secrets = self.secrets.setdefault(where, {})
        new = name not in secrets
        try:
            assert body["key_id"] == "568250167242549743"
            secrets[name] = SealedBox(self._key).decrypt(b64decode(body["encrypted_value"], validate=True)).decode()
        except (AssertionError, CryptoError, ValueError, LookupError):
            return JSONResponse({"message": "Bad request - key ID or sealed value is wrong"}, 422)
        return JSONResponse({}, 201) if new else Response(status_code=204)
