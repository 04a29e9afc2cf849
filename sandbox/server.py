"""Serves one workspace from one folder: `python -m sandbox serve`."""

import contextlib
import fcntl
import json
import logging
import os
import secrets
import socket
import sqlite3
import struct
import sys
from pathlib import Path
from typing import TextIO

import uvicorn
from pydantic import ValidationError
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sandbox.app import Sandbox
from sandbox.command import ADDRESS
from sandbox.seed import ADMIN_NAME, admin_client_id, admit_admin, numeric_id, seed
from sandbox.workspace import Workspace


class CuttableProtocol(HttpToolsProtocol):
    """Lets a fault cut the connection without an answer, which ASGI knows no word for."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {"sandbox.end": {"now": self._end}}

    def _end(self, *, reset: bool) -> None:
        if reset and not self.transport.is_closing():
            with socket.socket(fileno=os.dup(self.transport.get_extra_info("socket").fileno())) as connection:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # What was written already goes out before.
        self.transport.close()


def private_file(path: Path, text: str) -> None:
    """Writes a file that nobody else may read, whole or not at all."""
    staged = path.with_suffix(".new")
    staged.unlink(missing_ok=True)
    with os.fdopen(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    staged.replace(path)


def open_workspace(folder: Path, port: int) -> Workspace:
    """The workspace of this folder: seeded if it is new, with the credentials in `admin.json` able to log in."""
    admin = folder / "admin.json"
    try:
        secret = json.loads(admin.read_text())["client_secret"]
    except (FileNotFoundError, ValueError, KeyError):
        secret = f"dose{secrets.token_hex(16)}"
    try:
        workspace = Workspace(folder / "workspace.db", secret)
    except sqlite3.Error as reason:
        sys.exit(f"{folder / 'workspace.db'} is in use by another sandbox, or cannot be read: {reason}")
    except ValidationError:
        sys.exit(f"{folder / 'workspace.db'} was written by another version of the sandbox; remove it, and start again")
    if workspace.sites.get("this") is None:
        seed(workspace)
    if not workspace.secrets.matching(numeric_id("service_principal", ADMIN_NAME), secret):
        with workspace.state.transaction():
            admit_admin(workspace)
    credentials = {"host": f"http://{ADDRESS}:{port}", "client_id": admin_client_id(), "client_secret": secret}
    private_file(admin, json.dumps(credentials, indent=2) + "\n")
    return workspace


def _hold_pid_file(path: Path) -> TextIO:
    """Locked for as long as this process lives, however it ends: so the number in it is never that of some other program."""
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"another sandbox serves {path.parent} already; stop it with `python -m sandbox stop`, or choose another --dir")
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


def serve(folder: Path, port: int) -> None:
    """Serves until SIGTERM or SIGINT."""
    folder.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    pid_file = _hold_pid_file(folder / "server.pid")
    workspace = open_workspace(folder, port)
    (folder / "port").write_text(f"{port}\n")
    app = Sandbox(workspace, frozenset({f"{ADDRESS}:{port}", f"localhost:{port}"}))
    config = uvicorn.Config(
        app,
        host=ADDRESS,
        port=port,
        loop="uvloop",
        http=CuttableProtocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=60,
        # Clients keep their connections; waiting for them to go would make `stop` slow.
        timeout_graceful_shutdown=2,
    )
    try:
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(config).run()
    finally:
        workspace.state.close()
        pid_file.close()
