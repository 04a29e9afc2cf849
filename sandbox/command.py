"""`start`, `stop`, `status`, `reset`: the server's life from the outside. Each gives one sentence and an exit code."""

import contextlib
import errno
import fcntl
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx

ADDRESS = "127.0.0.1"
START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 10.0


class Said(NamedTuple):
    sentence: str
    exit_code: int = 0


def start(folder: Path, port: int | None) -> Said:
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        if address := running(folder):
            return Said(f"sandbox is running at {address}")
        chosen = port_for(folder, port)
        if isinstance(chosen, Said):
            return chosen
        log_from = _size(folder / "server.log")
        spawned = _spawn(folder, chosen)
        until = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < until and spawned.poll() is None:
            if address := running(folder):
                return Said(f"sandbox is running at {address}")
            time.sleep(0.05)
        spawned.kill()
        last = (folder / "server.log").read_text()[log_from:].strip().rpartition("\n")[2]
        return Said(f"the sandbox did not start: {last or 'it did not answer in time'} (see {folder / 'server.log'})", 1)


def stop(folder: Path) -> Said:
    if not folder.is_dir():
        return Said("sandbox is stopped")
    with _alone(folder):
        until = time.monotonic() + STOP_TIMEOUT_S
        sent = None
        while pid := _server_pid(folder):
            wanted = signal.SIGTERM if time.monotonic() < until else signal.SIGKILL
            if wanted != sent:
                os.kill(pid, wanted)
                sent = wanted
            time.sleep(0.02)
        return Said("sandbox is stopped")


def status(folder: Path) -> Said:
    address = running(folder)
    return Said(f"sandbox is running at {address}") if address else Said("sandbox is stopped", 1)


def reset(folder: Path) -> Said:
    if not folder.is_dir():
        return Said(f"there is no sandbox in {folder}; `python -m sandbox start` makes one", 1)
    with _alone(folder):
        if running(folder):
            return _reset_over_http(folder)
        from sandbox.seed import seed  # noqa: PLC0415 - see serve
        from sandbox.server import open_workspace  # noqa: PLC0415 - see serve

        workspace = open_workspace(folder, _kept_port(folder) or 0)
        seed(workspace)
        workspace.state.close()
        return Said("sandbox is as seeded")


def serve(folder: Path, port: int | None) -> Said:
    """Runs the server here, until it is interrupted."""
    folder.mkdir(parents=True, exist_ok=True)
    chosen = port_for(folder, port)
    if isinstance(chosen, Said):
        return chosen
    # Imported here: the server's modules take half a second, which `start`, `stop` and `status` need not wait for.
    from sandbox.server import serve as serve_workspace  # noqa: PLC0415

    serve_workspace(folder, chosen)
    return Said("sandbox is stopped")


def port_for(folder: Path, asked: int | None) -> int | Said:
    """The port to listen on: the one that was asked for, else the one from before, else a free one; or why not."""
    if _server_pid(folder):
        return Said(f"a sandbox serves {folder} already; stop it with `python -m sandbox stop`, or choose another --dir", 1)
    port = asked or _kept_port(folder) or _free_port()
    return Said(problem, 1) if (problem := _cannot_listen(port)) else port


def running(folder: Path) -> str | None:
    """The address, if this folder's own server answers there."""
    port, pid = _kept_port(folder), _server_pid(folder)
    if port is None or pid is None:
        return None
    address = f"http://{ADDRESS}:{port}"
    try:
        health = httpx.get(f"{address}/sandbox/health", timeout=5, trust_env=False).json()
    except (httpx.HTTPError, ValueError):
        return None
    return address if health.get("pid") == pid else None


def _reset_over_http(folder: Path) -> Said:
    admin = json.loads((folder / "admin.json").read_text())
    with httpx.Client(base_url=admin["host"], trust_env=False, timeout=30) as http:
        form = {"grant_type": "client_credentials", "scope": "all-apis"}
        token = http.post("/oidc/v1/token", data=form, auth=(admin["client_id"], admin["client_secret"]))
        answer = http.post("/sandbox/reset", headers={"Authorization": f"Bearer {token.json().get('access_token')}"})
    return Said("sandbox is as seeded") if answer.is_success else Said(f"the sandbox refused to reset itself: {answer.text}", 1)


def _spawn(folder: Path, port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "sandbox", "serve", "--dir", str(folder.resolve()), "--port", str(port)]
    # It runs on for days, and needs none of the logins that a shell may have.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DATABRICKS_", "PULUMI_"))}
    with (folder / "server.log").open("ab") as log:
        # A session of its own, so that it outlives the shell and the terminal that it was started from.
        return subprocess.Popen(
            command,
            cwd=Path(__file__).parent.parent,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One command at a time on a folder: of two starts at once, the second finds the first one's server."""
    with (folder / "command.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _kept_port(folder: Path) -> int | None:
    return _number_in(folder / "port")


def _server_pid(folder: Path) -> int | None:
    """The server's, which holds a lock on the file for as long as it lives; what a killed one left behind counts for nothing."""
    path = folder / "server.pid"
    if not path.exists():
        return None
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _number_in(path)
    return None


def _number_in(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (FileNotFoundError, ValueError):
        return None


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _free_port() -> int:
    # Below the ports that systems give to clients: one of those could be taken before the server listens on it.
    return next(port for port in iter(lambda: 20_000 + secrets.randbelow(12_000), None) if not _cannot_listen(port))


def _cannot_listen(port: int) -> str | None:
    with socket.socket() as probe:
        # As the server does: else a port in TIME_WAIT looks taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError as reason:
            if reason.errno == errno.EADDRINUSE:
                return f"port {port} is in use by another program; end that one, or choose another with --port"
            return f"cannot listen on port {port}: {reason.strerror}; choose another with --port"
    return None
