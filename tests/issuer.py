"""A real OIDC issuer on this machine: it serves its discovery document and its keys, and signs tokens.

It stands for GitHub Actions, for a cluster, for whoever else gives a workload an identity. A job of GitHub Actions finds its token endpoint
here, too.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

Answer = Callable[[BaseHTTPRequestHandler], None]
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

DISCOVERY, KEYS, GITHUB = "/.well-known/openid-configuration", "/keys", "/actions/token"
GITHUB_BEARER = "what-github-gives-to-a-job"


class Issuer:
    """Its tokens last five minutes of its `now`, and are signed with the first of its `signing_keys`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.algorithm = "RS256"
        self.key_id = "first"
        self.now: Callable[[], float] = time.time
        self.subject = "repo:acme/surveys:environment:production"
        self.asked: list[str] = []
        self.instead: dict[str, Answer] = {}
        """By path: what is answered instead."""

    @property
    def keys_url(self) -> str:
        return self.url + KEYS

    @property
    def github(self) -> dict[str, str]:
        """The environment of a job of GitHub Actions that may ask for a token."""
        return {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.url}{GITHUB}?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": GITHUB_BEARER,
        }

    def token(self, audience: str | list[str], **claims: Any) -> str:  # noqa: ANN401 - whatever a claim may be
        """A token for `subject`; a claim that is given as None is left out."""
        now = int(self.now())
        whole = {"iss": self.url, "aud": audience, "sub": self.subject, "iat": now, "nbf": now - 60, "exp": now + 300, **claims}
        said = {name: value for name, value in whole.items() if value is not None}
        return jwt.encode(said, private_key(self.algorithm, self.key_id), algorithm=self.algorithm, headers={"kid": self.key_id})

    def key_set(self) -> dict[str, Any]:
        """The public halves of its keys, one of each algorithm."""
        return {"keys": [public_key(algorithm, self.key_id) for algorithm in ("RS256", "ES256")]}

    def documents(self, handler: BaseHTTPRequestHandler) -> dict[str, Any] | None:
        """What it answers by itself; None for what it does not have."""
        path, query = urlsplit(handler.path).path, parse_qs(urlsplit(handler.path).query)
        if path == DISCOVERY:
            return {"issuer": self.url, "jwks_uri": self.keys_url}
        if path == KEYS:
            return self.key_set()
        if path == GITHUB and handler.headers["Authorization"] == f"Bearer {GITHUB_BEARER}":
            return {"value": self.token(query["audience"][0])}
        return None


@contextmanager
def running_issuer() -> Iterator[Issuer]:
    """One on a port of its own, until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.asked.append(self.path)
            if instead := issuer.instead.get(urlsplit(self.path).path):
                instead(self)
                return
            found = issuer.documents(self)
            answer(self, 200 if found else 404, json.dumps(found or {}).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name for it
            """Says nothing: the tests look at `asked`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer = Issuer(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answer(handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    handler.send_response(status)
    for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


@cache
def private_key(algorithm: str, key_id: str) -> PrivateKey:
    """Made once in the life of the process: that takes a while."""
    del key_id
    if algorithm.startswith("ES"):
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_key(algorithm: str, key_id: str) -> dict[str, Any]:
    made = private_key(algorithm, key_id)
    if isinstance(made, rsa.RSAPrivateKey):
        shown = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(made.public_key()))
    else:
        shown = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(made.public_key()))
    return {**shown, "kid": key_id, "use": "sig", "alg": algorithm}
