"""Servers of the internet, as far as a test needs them: on this machine, over https, under the names that clients know them by."""

import gc
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.delivery.serving import serving

HERE = "127.0.0.1"
NAMES = (
    "api.github.com",
    "*.vault.azure.net",
    "login.microsoftonline.com",
    "secretmanager.googleapis.com",
    "iamcredentials.googleapis.com",
    "kubernetes.acme.example",
    "vault.acme.example",
)
NOBODY = PlainTextResponse("<html>nobody is here", 502)
"""As a proxy says it."""


class Exchange:
    """One server for all names, which lasts as long as the tests: each name leads to what it is given to."""

    def __init__(self, certificate: Path, port: int) -> None:
        self.certificate = certificate
        self.port = port
        self.apps: dict[str, ASGIApp] = {}

    @classmethod
    @contextmanager
    def opened(cls, folder: Path) -> Iterator[Self]:
        """With a throw-away certificate of its own."""
        key = ec.generate_private_key(ec.SECP256R1())
        file = folder / "key.pem"
        file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        certificate = folder / "certificate.pem"
        certificate.write_bytes(certified(key, *NAMES))

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            host = dict(scope["headers"])[b"host"].decode().partition(":")[0]
            await exchange.apps.get(host, NOBODY)(scope, receive, send)

        # A connection by TLS that is ended from this side waits for the other's farewell, which who is gone does not send.
        with serving(answer, patience_s=5, ssl_keyfile=file, ssl_certfile=certificate, loop="asyncio") as port:
            exchange = cls(certificate, port)
            yield exchange
            # Clients end with what held them, such as the traceback of a refusal.
            gc.collect()


class Internet:
    """The names that there are. `requests` is told by its own variable whom to trust."""

    def __init__(self, exchange: Exchange, patch: pytest.MonkeyPatch) -> None:
        self.certificate = exchange.certificate
        self._exchange = exchange
        self._patch = patch
        self._ports: dict[str, int] = {}
        self._open = ExitStack()
        self._resolve = socket.getaddrinfo
        exchange.apps.clear()
        patch.setattr(socket, "getaddrinfo", self._address)
        patch.setenv("REQUESTS_CA_BUNDLE", str(self.certificate))

    def serve(self, app: ASGIApp, name: str) -> None:
        self._exchange.apps[name] = app
        self._ports[name] = self._exchange.port

    def take_down(self, name: str) -> None:
        """Leaves nobody at a name that there still is."""
        with socket.socket() as nobody:
            nobody.bind((HERE, 0))
            self._ports[name] = nobody.getsockname()[1]

    def forget(self, name: str) -> None:
        """Leaves no such name."""
        del self._ports[name]

    def fall_silent(self, name: str) -> None:
        """Lets somebody take calls to a name who never says a word."""
        silent = self._open.enter_context(socket.create_server((HERE, 0)))
        self._ports[name] = silent.getsockname()[1]

    def trust_others(self, folder: Path) -> None:
        """Trusts somebody, but nobody who is here."""
        self.certificate = folder / "other.pem"
        self.certificate.write_bytes(certified(ec.generate_private_key(ec.SECP256R1()), *NAMES))
        self._patch.setenv("REQUESTS_CA_BUNDLE", str(self.certificate))

    def close(self) -> None:
        self._open.close()

    def _address(self, host: str | bytes | None, port: str | int | None, *args: Any, **options: Any) -> Any:  # noqa: ANN401 -- socket's
        name = host.decode() if isinstance(host, bytes) else host
        if name in {HERE, "localhost", None}:
            return self._resolve(host, port, *args, **options)
        if name not in self._ports:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return self._resolve(HERE, self._ports[str(name)], *args, **options)


def certified(key: ec.EllipticCurvePrivateKey, *names: str) -> bytes:
    """A certificate that vouches for itself."""
    whose = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "throw-away")])
    begins = datetime.now(UTC) - timedelta(hours=1)
    return (
        x509.CertificateBuilder(whose, whose, key.public_key(), x509.random_serial_number(), begins, begins + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.PEM)
    )
