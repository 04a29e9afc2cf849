"""HashiCorp Vault: one secret of a KV version 2 engine, in which others may have keys of their own."""

import os
from typing import Any

import requests
from hvac import Client
from hvac.exceptions import Forbidden, InvalidPath, InvalidRequest, RateLimitExceeded, VaultDown, VaultError

from delivery.guard import require_safe
from delivery.outcome import NotDelivered, Outcome
from delivery.values import as_map
from model.bundle import AuthenticationBundle
from model.delivery import Address

TIMEOUT_S = 15
TRIES = 3

_LOST_RACE = "check-and-set parameter did not match"
_NOT_VAULT = "what answers there is not Vault; see to VAULT_ADDR"
_TROUBLES: dict[type[Exception], str] = {
    VaultDown: "Vault is sealed or not available; unseal it, or try again later",
    RateLimitExceeded: "Vault takes no more requests for now; try again later",
    requests.exceptions.SSLError: "Vault's certificate is not trusted; VAULT_CACERT says whose is",
    requests.exceptions.InvalidHeader: "VAULT_TOKEN or VAULT_NAMESPACE holds what no header may, such as a line end; set it anew",
    requests.Timeout: "Vault does not answer in time; try again later",
}


class _GuardedSession(requests.Session):
    """Asks of each address, and so of a redirect's too: a standby node sends its callers on to the active one."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # noqa: ANN401 -- as requests has it
        require_safe(str(request.url), named_by="VAULT_ADDR, or a redirect from there,")
        return super().send(request, **options)


class _Secret:
    """One secret of Vault."""

    def __init__(self, client: Client, address: Address) -> None:
        self._client = client
        self._mount, self._path = self._place(*address.parts)
        self.path = f"{self._mount}/{self._path}"
        self.guarded_by = f"{self._mount}/data/{self._path}"
        """What a policy calls it."""

    def read(self) -> tuple[dict[str, object], int]:
        """What is in it, and its current version; 0 where there is none."""
        try:
            answer = _data(
                self._client.secrets.kv.v2.read_secret_version(self._path, mount_point=self._mount, raise_on_deleted_version=True)
            )
        except InvalidPath as error:
            if error.errors:
                raise NotDelivered(
                    f"Vault has no secrets engine at {self._mount}/; make one of KV version 2, or see to VAULT_NAMESPACE"
                ) from None
            if not isinstance(error.json, dict):
                raise NotDelivered(_NOT_VAULT) from None
            # A version that was deleted or destroyed shows itself as not there, and counts on.
            metadata = (error.json.get("data") or {}).get("metadata") or {}
            return {}, int(metadata.get("version", 0))
        return dict(answer["data"]), int(answer["metadata"]["version"])

    def write(self, values: dict[str, object], *, after: int) -> int | None:
        """The version that it makes; None where somebody else wrote since the one that was read."""
        try:
            answer = self._client.secrets.kv.v2.create_or_update_secret(self._path, values, cas=after, mount_point=self._mount)
        except InvalidRequest as error:
            if _LOST_RACE in str(error):
                return None
            raise
        return int(_data(answer)["version"])

    def _place(self, mount: str, path: str) -> tuple[str, str]:
        """Mount and path as Vault tells them apart, for a mount may have slashes in its name.

        A version 1 engine takes a write that is meant for version 2, and puts it at another path, where others may read.
        """
        whole = f"{mount}/{path}"
        try:
            # What Vault's own command line asks first; whoever may use a path may ask this of it.
            engine = _data(self._client.adapter.get(f"/v1/sys/internal/ui/mounts/{whole}"))
        except (Forbidden, InvalidPath):
            return mount, path
        if (engine.get("options") or {}).get("version") != "2":
            raise NotDelivered(f"Vault's engine at {engine.get('path', mount)} is not of KV version 2, which alone keeps what others write")
        mounted = str(engine.get("path", ""))
        return (mounted.rstrip("/"), whole.removeprefix(mounted)) if mounted and whole.startswith(mounted) else (mount, path)


def deliver(name: str, bundle: AuthenticationBundle, address: Address) -> Outcome:
    """Sets the bundle's keys in the secret; every write names the version that it changes."""
    del name
    url = os.environ.get("VAULT_ADDR", "").strip()
    if not url:
        raise NotDelivered("there is no VAULT_ADDR in the environment; set it to Vault's address")
    require_safe(url, named_by="VAULT_ADDR")
    values = as_map(bundle)
    client = Client(url=url, namespace=os.environ.get("VAULT_NAMESPACE") or None, timeout=TIMEOUT_S)
    if not client.token:
        raise NotDelivered("there is no token for Vault; set VAULT_TOKEN, or run `vault login`")
    with _GuardedSession() as session:
        client.session = session
        try:
            secret = _Secret(client, address)
            try:
                return _delivered(secret, values)
            except Forbidden as error:
                raise NotDelivered(_forbidden(error, secret)) from None
        except (VaultError, requests.RequestException) as error:
            raise NotDelivered(_meaning(error)) from None


def _delivered(secret: _Secret, values: dict[str, str]) -> Outcome:
    for _ in range(TRIES):
        there, version = secret.read()
        new = {**there, **values}
        if new == there:
            return Outcome(f"{secret.path}, version {version}", changed=False)
        if written := secret.write(new, after=version):
            return Outcome(f"{secret.path}, version {written}", changed=True)
    raise NotDelivered(f"somebody else writes {secret.path} all the time; try again")


def _data(answer: object) -> dict[str, Any]:
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, dict):
        raise NotDelivered(_NOT_VAULT)
    return data


def _forbidden(error: Forbidden, secret: _Secret) -> str:
    # Vaults before 1.17 say the same of a wrong token and of a policy.
    if "invalid token" in str(error):
        return "Vault refuses the token; it is wrong or has ended: set another VAULT_TOKEN, or run `vault login`"
    return f"Vault refuses it: the token is wrong or has ended, or its policy lacks create, read and update on {secret.guarded_by}"


def _meaning(error: VaultError | requests.RequestException) -> str:
    """Why, without Vault's own words: a request that it finds faults with may be in them."""
    if known := next((meaning for kind, meaning in _TROUBLES.items() if isinstance(error, kind)), None):
        return known
    if isinstance(error, VaultError):
        return f"Vault answers with an error ({type(error).__name__}); try again later"
    return "Vault cannot be reached; see to VAULT_ADDR and the network"
