"""How many requests a second the sandbox answers, on one core: it is one process with one thread.

Raw HTTP/1.1 on connections that are kept, from a process of its own, so that the client's work is not what is measured.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import httpx

from benchmarks._report import Row, report

RUNS = 3
CONNECTIONS = 8
SECONDS = 3.0


class Load(NamedTuple):
    title: str
    method: str
    path: str
    body: str = ""
    media_type: str = "application/json"


def sandbox(verb: str, folder: str) -> None:
    subprocess.run([sys.executable, "-m", "sandbox", verb, "--dir", folder], check=True, stdout=subprocess.DEVNULL)


async def answered(load: Load, port: int, token: str | None) -> int:
    """How often the sandbox answered with 2xx within the time, over all connections."""
    head = {"Host": f"127.0.0.1:{port}", "Content-Type": load.media_type, "Content-Length": str(len(load.body))}
    if token:
        head["Authorization"] = f"Bearer {token}"
    lines = [f"{load.method} {load.path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", load.body]
    request = "\r\n".join(lines).encode()
    until = time.monotonic() + SECONDS
    counts = await asyncio.gather(*(_one_connection(request, port, until) for _ in range(CONNECTIONS)))
    return sum(counts)


async def _one_connection(request: bytes, port: int, until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    count = 0
    while time.monotonic() < until:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 20"), head
        await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
        count += 1
    writer.close()
    await writer.wait_closed()
    return count


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        sandbox("start", folder)
        try:
            _measure(json.loads((Path(folder) / "admin.json").read_text()))
        finally:
            sandbox("stop", folder)


def _measure(admin: dict[str, str]) -> None:
    form = {"grant_type": "client_credentials", "client_id": admin["client_id"], "client_secret": admin["client_secret"]}
    with httpx.Client(base_url=admin["host"]) as http:
        token = http.post("/oidc/v1/token", data=form).json()["access_token"]
        warehouse = http.get("/api/2.0/sql/warehouses", headers={"Authorization": f"Bearer {token}"}).json()["warehouses"][0]["id"]
    access_list = f"/api/2.0/permissions/sql/warehouses/{warehouse}"
    entry = {"group_name": "analytics", "permission_level": "CAN_USE"}
    port = int(admin["host"].rpartition(":")[2])
    loads = [
        Load("read an access list", "GET", access_list),
        Load("change an access list", "PATCH", access_list, json.dumps({"access_control_list": [entry]})),
        Load("list 30 warehouses", "GET", "/api/2.0/sql/warehouses"),
        Load("log in", "POST", "/oidc/v1/token", urlencode(form), "application/x-www-form-urlencoded"),
    ]
    rows: list[Row] = []
    for load in loads:
        # A login carries its credentials in its body, and no token.
        bearer = None if load.path.endswith("/token") else token
        rows.append({"request": load.title, "a second": [round(asyncio.run(answered(load, port, bearer)) / SECONDS) for _ in range(RUNS)]})
    report("sandbox_requests", f"Requests a second, {CONNECTIONS} connections, median of {RUNS} times {SECONDS:.0f} s", rows)


if __name__ == "__main__":
    main()
