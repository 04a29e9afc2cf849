"""The sandbox lets no one in who is not on this machine and does not know its admin's secret."""

import json
import socket
import stat
from pathlib import Path

import httpx
import pytest

from tests.harness import Newcomer, Sandbox


def status_of(sandbox: Sandbox, path: str, *, hosts: list[str], method: str = "GET") -> int:
    """Of a request with these Host headers, letter for letter, and the admin's token."""
    address, port = sandbox.host.removeprefix("http://").split(":")
    head = [f"{method} {path} HTTP/1.1", *(f"Host: {host}" for host in hosts), f"Authorization: {sandbox.http.headers['Authorization']}"]
    with socket.create_connection((address, int(port)), timeout=10) as connection:
        connection.sendall("\r\n".join([*head, "Connection: close", "", ""]).encode())
        return int(connection.makefile("rb").readline().split()[1])


@pytest.mark.parametrize("address", ["127.0.0.2", "::1"])
def test_it_listens_on_one_address_of_this_machine(sandbox: Sandbox, address: str) -> None:
    """Whoever listens on all addresses would answer on these too, which no network reaches either."""
    port = int(sandbox.host.rpartition(":")[2])

    with pytest.raises(OSError, match=r"refused|[Aa]ddress|[Uu]nreachable"), socket.create_connection((address, port), timeout=5):
        pass


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux says so in a file")
def test_nothing_else_of_this_machine_is_listened_on(sandbox: Sandbox) -> None:
    """As the kernel says it."""
    port = f"{int(sandbox.host.rpartition(':')[2]):04X}"
    tables = [Path("/proc/net", name) for name in ("tcp", "tcp6")]
    lines = [line.split() for table in tables if table.exists() for line in table.read_text().splitlines()[1:]]
    listening = [local for _, local, _, state, *_ in lines if state == "0A" and local.endswith(f":{port}")]

    assert listening == [f"0100007F:{port}"]


PATHS = ("/", "/console/objects", "/sandbox/health", "/sandbox/faults", "/api/2.0/sql/warehouses", "/oidc/jwks.json")
FOREIGN = (
    "evil.example",
    "evil.example:{port}",
    "127.0.0.1",
    "localhost",
    "localhost:1",
    "LOCALHOST.:{port}",
    "localhost.:{port}",
    "127.0.0.1.:{port}",
    "127.0.0.1.evil.example:{port}",
    "localhost.evil.example:{port}",
    "EVIL.EXAMPLE:{port}",
    "evil.example@127.0.0.1:{port}",
    "0.0.0.0:{port}",
    "127.1:{port}",
    "2130706433:{port}",
    "[::1]:{port}",
    "[::ffff:127.0.0.1]:{port}",
    "",
)


def test_a_foreign_host_is_refused(sandbox: Sandbox) -> None:
    """A page that lets its own name point to this machine gets nothing: not the API, not the controls, not the console."""
    port = sandbox.host.rpartition(":")[2]

    answers = {(host, path): status_of(sandbox, path, hosts=[host.format(port=port)]) for host in FOREIGN for path in PATHS}

    assert {asked: status for asked, status in answers.items() if status != 421} == {}


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}"])
def test_its_own_names_are_served(sandbox: Sandbox, host: str) -> None:
    """Those that it can be reached by."""
    assert status_of(sandbox, "/sandbox/faults", hosts=[host.format(port=sandbox.host.rpartition(":")[2])]) == 200


def test_no_host_or_two_are_refused(sandbox: Sandbox) -> None:
    """Of two, one could be what a proxy looked at, and the other what we look at."""
    own = sandbox.host.removeprefix("http://")

    assert status_of(sandbox, "/sandbox/health", hosts=[]) == 421
    assert status_of(sandbox, "/sandbox/health", hosts=[own, "evil.example"]) == 421
    assert status_of(sandbox, "/sandbox/health", hosts=["evil.example", own]) == 421


CONTROLS = [
    ("GET", "requests"),
    ("DELETE", "requests"),
    ("GET", "clock"),
    ("POST", "clock"),
    ("GET", "faults"),
    ("POST", "faults"),
    ("DELETE", "faults"),
    ("POST", "strange_entries"),
    ("POST", "schedule"),
    ("GET", "schedule"),
    ("DELETE", "schedule"),
    ("POST", "reset"),
]


def test_the_controls_are_the_admins_alone(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Neither without a login, nor with one of somebody else's."""
    with sandbox.http_as(newcomer) as http:
        for method, name in CONTROLS:
            answers = httpx.request(method, f"{sandbox.host}/sandbox/{name}"), http.request(method, f"/sandbox/{name}")
            assert [answer.status_code for answer in answers] == [401, 403], (method, name)


def test_what_it_writes_is_its_owners_alone(own_sandbox: Sandbox) -> None:
    """Every file in its folder and the folder itself, after a reset and a restart too; and the admin's secret stays what it was."""
    secret = own_sandbox.admin_credentials[1]
    newcomer = own_sandbox.newcomer()
    grant = {"changes": [{"principal": newcomer.application_id, "add": ["USE_CATALOG"]}]}
    assert own_sandbox.http.patch("/api/2.1/unity-catalog/permissions/catalog/main", json=grant).status_code == 200

    def modes() -> dict[str, int]:
        return {one.name: stat.S_IMODE(one.stat().st_mode) for one in (own_sandbox.folder, *own_sandbox.folder.iterdir())}

    def private() -> bool:
        found = modes()
        assert {"admin.json", "workspace.db", "server.log"} <= found.keys()
        return all(mode & 0o077 == 0 for mode in found.values()) and found["admin.json"] == found["workspace.db"] == 0o600

    assert private(), modes()
    assert own_sandbox.command("reset").returncode == 0
    assert private(), modes()
    own_sandbox.stop()
    own_sandbox.start()
    assert private(), modes()
    assert json.loads((own_sandbox.folder / "admin.json").read_text())["client_secret"] == secret


def test_a_secret_in_a_logins_query_is_not_logged(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Where it does not belong, but where some clients put it; nor is one that a request fails with."""
    query = {"client_id": newcomer.application_id, "client_secret": newcomer.secret}
    httpx.post(f"{sandbox.host}/oidc/v1/token", params=query, data={"grant_type": "client_credentials"})
    httpx.post(f"{sandbox.host}/oidc/v1/token", content=f"{{{newcomer.secret}")
    httpx.get(f"{sandbox.host}/api/2.0/nope", headers={"Authorization": f"Bearer {newcomer.secret}"})

    assert any(one["path"] == "/oidc/v1/token" for one in sandbox.requests())
    assert newcomer.secret not in sandbox.http.get("/sandbox/requests").text
    assert newcomer.secret not in (sandbox.folder / "server.log").read_text()
    assert newcomer.secret not in httpx.get(f"{sandbox.host}/console/requests").text
