"""A private sandbox, started by the real command, and the public clients that talk to it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from databricks.sdk import AccountClient, WorkspaceClient
from databricks.sdk.service.iam import AccessControlRequest, ComplexValue, PermissionLevel

ROOT = Path(__file__).parents[1]
ACCOUNT_ID = "8c1f0f4e-5b1d-4f0e-9a63-2d7c5f8e1b42"
WORKSPACE_ID = 3817204956128743
ALL_ENTITLEMENTS = ("databricks-sql-access", "workspace-access")


@dataclass(frozen=True)
class Newcomer:
    """A service principal just made, with a secret that logs it in."""

    id: str
    application_id: str
    secret: str


class Sandbox:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.http = httpx.Client()

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "sandbox", *words, "--dir", str(self.folder)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)

    def start(self) -> None:
        started = self.command("start")
        assert started.returncode == 0, started.stderr
        admin = json.loads((self.folder / "admin.json").read_text())
        self.host: str = admin["host"]
        self.admin_credentials = (admin["client_id"], admin["client_secret"])
        # Kept, since each client reads the machine's certificates anew.
        self.nobody = httpx.Client()
        self.renew()

    def renew(self) -> None:
        """Logs the admin in again, as after a restart or a jump of the clock."""
        self.admin = self.client(*self.admin_credentials)
        client_id, secret = self.admin_credentials
        self.account = AccountClient(
            host=self.host, account_id=ACCOUNT_ID, client_id=client_id, client_secret=secret, auth_type="oauth-m2m"
        )
        self.http.close()
        self.http = httpx.Client(base_url=self.host, headers={"Authorization": f"Bearer {self.token(*self.admin_credentials)}"})

    def stop(self) -> None:
        self.http.close()
        self.nobody.close()
        assert self.command("stop").returncode == 0

    def kill(self) -> None:
        """As the kernel does it, without a word to the server."""
        pid = int((self.folder / "server.pid").read_text())
        os.kill(pid, signal.SIGKILL)
        while self.command("status").returncode == 0:
            time.sleep(0.02)

    def client(self, client_id: str, secret: str) -> WorkspaceClient:
        return WorkspaceClient(host=self.host, client_id=client_id, client_secret=secret, auth_type="oauth-m2m")

    def login(self, client_id: str, secret: str, path: str = "/oidc/v1/token") -> httpx.Response:
        form = {"grant_type": "client_credentials", "scope": "all-apis"}
        return self.nobody.post(f"{self.host}{path}", data=form, auth=(client_id, secret))

    def token(self, client_id: str, secret: str) -> str:
        token: str = self.login(client_id, secret).json()["access_token"]
        return token

    def http_as(self, newcomer: Newcomer) -> httpx.Client:
        token = self.token(newcomer.application_id, newcomer.secret)
        return httpx.Client(base_url=self.host, headers={"Authorization": f"Bearer {token}"})

    def newcomer(self, name: str = "newcomer", entitlements: Sequence[str] = ALL_ENTITLEMENTS) -> Newcomer:
        made = self.admin.service_principals.create(display_name=name, entitlements=[ComplexValue(value=word) for word in entitlements])
        assert made.id
        assert made.application_id
        secret = self.admin.service_principal_secrets_proxy.create(made.id).secret
        assert secret
        return Newcomer(made.id, made.application_id, secret)

    def client_of(self, newcomer: Newcomer) -> WorkspaceClient:
        return self.client(newcomer.application_id, newcomer.secret)

    def grant(self, kind: str, object_id: str, newcomer: Newcomer, level: str) -> None:
        entry = AccessControlRequest(service_principal_name=newcomer.application_id, permission_level=PermissionLevel(level))
        self.admin.permissions.update(kind, object_id, access_control_list=[entry])

    def direct_levels(self, kind: str, object_id: str) -> dict[str, str]:
        """Who has which level on an object by an entry of its own."""
        answer = self.http.get(f"/api/2.0/permissions/{kind}/{object_id}")
        assert answer.status_code == 200, answer.text
        return {
            principal_of(entry): one["permission_level"]
            for entry in answer.json()["access_control_list"]
            for one in entry["all_permissions"]
            if not one["inherited"]
        }

    def warehouse(self, name: str = "bi-serverless") -> str:
        return next(one.id for one in self.admin.warehouses.list() if one.name == name and one.id)

    def cluster(self, name: str = "shared-analytics") -> str:
        return next(one.cluster_id for one in self.admin.clusters.list() if one.cluster_name == name and one.cluster_id)

    def job(self, name: str = "nightly-survey-load") -> int:
        return next(one.job_id for one in self.admin.jobs.list(name=name) if one.job_id)

    def fail(self, **fault: object) -> None:
        assert self.http.post("/sandbox/faults", json={"faults": [fault]}).status_code == 200

    def set_clock(self, now: str) -> None:
        assert self.http.post("/sandbox/clock", json={"now": now}).status_code == 200

    def requests(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.http.get("/sandbox/requests").json()["requests"]
        return found


def principal_of(entry: dict[str, Any]) -> str:
    name: str = entry.get("service_principal_name") or entry.get("user_name") or entry["group_name"]
    return name
