"""Real local servers for the targets' real clients, each in a thread of its own, and what is brought to them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Thread
from typing import Any

import uvicorn
from pydantic import SecretStr
from starlette.types import ASGIApp

from model.bundle import AuthenticationBundle

CANARY = "dose-canary-7d1f"
"""What may be seen nowhere but at the target."""
HOSTILE = "dose '\"\\ $HOME %s {x} \t\n=;#&?/+ ä€😀 \x00 <canary> "
"""A secret as no workspace makes one, that every shape has to carry unharmed."""


@contextmanager
def serving(app: ASGIApp, *, patience_s: float = 0, **options: Any) -> Iterator[int]:  # noqa: ANN401 -- uvicorn's own, such as its certificate
    """The port of this machine at which it is served; in the end it waits so long for its clients to be gone."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, lifespan="off", log_config=None, timeout_graceful_shutdown=1, **options)
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.005)
    try:
        port: int = server.servers[0].sockets[0].getsockname()[1]
        yield port
    finally:
        until = time.monotonic() + patience_s
        while server.server_state.connections and time.monotonic() < until:
            time.sleep(0.005)
        server.should_exit = True
        thread.join()


def a_bundle(secret: str = CANARY, *, number: int = 1, workspace_url: str = "https://dbc-1.cloud.databricks.com") -> AuthenticationBundle:
    return AuthenticationBundle(
        client_id="5bd71bc8-7f2e-4a0c-9d61-0f4d8e1b2a37",
        client_secret=SecretStr(secret),
        workspace_url=workspace_url,
        token_endpoint=f"{workspace_url}/oidc/v1/token",
        service_principal_id="6391862435879442",
        secret_id=f"sec-{number}",
        issued_at=datetime(2026, 11, 1, tzinfo=UTC),
        expires_at=datetime(2027, 2, 13, tzinfo=UTC),
        rotates_at=datetime(2027, 1, 30, tzinfo=UTC),
    )
