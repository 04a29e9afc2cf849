import contextlib
import json
import socket
import sqlite3
import stat
import threading
from pathlib import Path

import httpx

from tests.harness import Sandbox


def test_a_restart_keeps_everything(own_sandbox: Sandbox) -> None:
    """Principals, secrets, access lists, the clock and the port are what they were."""
    newcomer = own_sandbox.newcomer()
    warehouse = own_sandbox.warehouse()
    own_sandbox.grant("sql/warehouses", warehouse, newcomer, "CAN_USE")
    own_sandbox.set_clock("2027-03-01T00:00:00Z")
    own_sandbox.renew()
    levels, host = own_sandbox.direct_levels("sql/warehouses", warehouse), own_sandbox.host
    order = [one.name for one in own_sandbox.admin.warehouses.list()]

    own_sandbox.stop()
    own_sandbox.start()

    assert own_sandbox.host == host
    assert own_sandbox.direct_levels("sql/warehouses", warehouse) == levels
    assert [one.name for one in own_sandbox.admin.warehouses.list()] == order
    assert [one.name for one in own_sandbox.client_of(newcomer).warehouses.list()] == ["bi-serverless"]
    assert own_sandbox.http.get("/sandbox/clock").json()["now"].startswith("2027-03-01")


def test_tokens_outlive_a_restart(own_sandbox: Sandbox) -> None:
    """A client that holds a token does not notice."""
    with httpx.Client(base_url=own_sandbox.host, headers=own_sandbox.http.headers) as http:
        own_sandbox.stop()
        own_sandbox.start()

        assert http.get("/api/2.0/preview/scim/v2/Me").status_code == 200


def test_a_kill_loses_nothing_that_was_acknowledged(own_sandbox: Sandbox) -> None:
    """Killed in the middle of a stream of writes, it comes back with every one that it had answered."""
    answered: list[str] = []
    enough = threading.Event()

    def write(http: httpx.Client) -> None:
        with contextlib.suppress(httpx.TransportError):
            while True:
                made = http.post("/api/2.0/preview/scim/v2/ServicePrincipals", json={"displayName": f"n{len(answered)}"})
                answered.append(made.json()["id"])
                if len(answered) == 200:
                    enough.set()

    with httpx.Client(base_url=own_sandbox.host, headers=own_sandbox.http.headers) as http:
        writer = threading.Thread(target=write, args=(http,))
        writer.start()
        assert enough.wait(30)
        own_sandbox.kill()
        writer.join()
    own_sandbox.start()

    kept = {one.id for one in own_sandbox.admin.service_principals.list()}
    assert set(answered) <= kept
    # One more may have been made whose answer was lost on the way.
    assert len(kept) <= len(answered) + 12


def test_start_and_stop_may_be_repeated(own_sandbox: Sandbox) -> None:
    """Starting what runs and stopping what does not is no error, and says how it is."""
    again = own_sandbox.command("start")
    assert (again.returncode, again.stdout) == (0, f"sandbox is running at {own_sandbox.host}\n")
    running = own_sandbox.command("status")
    assert (running.returncode, running.stdout) == (0, f"sandbox is running at {own_sandbox.host}\n")

    for _ in range(2):
        stopped = own_sandbox.command("stop")
        assert (stopped.returncode, stopped.stdout) == (0, "sandbox is stopped\n")
    assert own_sandbox.command("status").returncode == 1


def test_two_starts_at_once_make_one_server(tmp_path: Path) -> None:
    """The second waits for the first, and finds its server."""
    sandbox = Sandbox(tmp_path)
    said: list[str] = []
    threads = [threading.Thread(target=lambda: said.append(sandbox.command("start").stdout)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(said)) == 1
    assert said[0].startswith("sandbox is running at http://127.0.0.1:")
    assert sandbox.command("stop").returncode == 0


def test_a_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    """Whose port is taken by another program is told so, without a traceback."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        for verb in ("start", "serve"):
            refused = Sandbox(tmp_path).command(verb, "--port", port)
            assert refused.returncode == 1
            assert refused.stderr == f"port {port} is in use by another program; end that one, or choose another with --port\n"


def test_a_second_server_on_one_folder_is_refused(own_sandbox: Sandbox) -> None:
    """Two processes on one state would not see each other's memory."""
    refused = own_sandbox.command("serve")

    assert refused.returncode == 1
    assert refused.stderr.startswith(f"a sandbox serves {own_sandbox.folder} already;")


def test_reset_works_on_a_stopped_sandbox(own_sandbox: Sandbox) -> None:
    """The next start is as seeded."""
    newcomer = own_sandbox.newcomer()
    own_sandbox.stop()

    reset = own_sandbox.command("reset")
    assert (reset.returncode, reset.stdout) == (0, "sandbox is as seeded\n")
    own_sandbox.start()

    assert own_sandbox.login(newcomer.application_id, newcomer.secret).status_code == 401


def test_two_sandboxes_agree_on_ids_and_not_on_secrets(own_sandbox: Sandbox, tmp_path: Path) -> None:
    """Two clones have the same workspace, and each its own admin's secret, which nobody else may read."""
    other = Sandbox(tmp_path / "other")
    other.start()
    try:
        assert other.host != own_sandbox.host
        assert [one.id for one in other.admin.warehouses.list()] == [one.id for one in own_sandbox.admin.warehouses.list()]
        assert [one.cluster_id for one in other.admin.clusters.list()] == [one.cluster_id for one in own_sandbox.admin.clusters.list()]
        assert other.admin_credentials[0] == own_sandbox.admin_credentials[0]
        assert other.admin_credentials[1] != own_sandbox.admin_credentials[1]
    finally:
        other.stop()
    for name in ("admin.json", "workspace.db"):
        assert stat.S_IMODE((own_sandbox.folder / name).stat().st_mode) == 0o600


def test_a_lost_admin_file_is_made_anew(own_sandbox: Sandbox) -> None:
    """Whoever deletes `admin.json` gets another secret, and keeps the workspace."""
    newcomer = own_sandbox.newcomer()
    own_sandbox.stop()
    (own_sandbox.folder / "admin.json").unlink()

    own_sandbox.start()

    assert json.loads((own_sandbox.folder / "admin.json").read_text())["host"] == own_sandbox.host
    assert own_sandbox.admin.service_principals.get(newcomer.id).application_id == newcomer.application_id


def test_a_state_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    """A broken file, and one that another version wrote, are named, with the way out, and without a traceback."""
    sandbox = Sandbox(tmp_path)
    sandbox.start()
    sandbox.stop()
    with contextlib.closing(sqlite3.connect(tmp_path / "workspace.db")) as db, db:
        db.execute("UPDATE row SET body = '{}' WHERE kind = 'Job'")
    other_version = sandbox.command("start")
    (tmp_path / "workspace.db").write_text("no database at all")
    broken = sandbox.command("start")

    for refused, reason in (
        (other_version, "was written by another version of the sandbox; remove it, and start again"),
        (broken, "cannot be read"),
    ):
        assert refused.returncode == 1
        assert reason in refused.stderr
        assert refused.stderr.count("\n") == 1


def test_a_folder_or_a_port_that_cannot_be_is_refused(tmp_path: Path) -> None:
    """A file in the folder's place, and a number that is no port."""
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    no_folder = Sandbox(in_the_way).command("start")
    no_port = Sandbox(tmp_path / "sandbox").command("start", "--port", "99999")

    assert (no_folder.returncode, no_folder.stderr) == (1, f"cannot keep a sandbox in {in_the_way}: File exists\n")
    assert no_port.returncode == 2
    assert "99999 is not a port" in no_port.stderr
