"""OAuth secrets of service principals: made, listed, deleted, and asked at each login (api-facts: 4.1)."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sandbox.clock import Clock, rfc3339
from sandbox.errors import InvalidParameterValueError, Json, QuotaExceededError, ResourceDoesNotExistError
from sandbox.scim.directory import Directory
from sandbox.scim.rows import ServicePrincipal
from sandbox.state import State

LONGEST = timedelta(days=730)
LIMIT = 5


@dataclass(frozen=True, slots=True)
class ServicePrincipalSecret:
    """The secret itself is nowhere: its hash is enough to recognize it."""

    id: str
    principal_id: str
    secret_hash: str
    create_time: datetime
    expire_time: datetime

    @property
    def key(self) -> str:
        return self.id

    def as_json(self) -> Json:
        return {
            "id": self.id,
            "secret_hash": self.secret_hash,
            "status": "ACTIVE",
            "create_time": rfc3339(self.create_time),
            "update_time": rfc3339(self.create_time),
            "expire_time": rfc3339(self.expire_time),
        }


class ServicePrincipalSecrets:
    def __init__(self, state: State, clock: Clock, directory: Directory) -> None:
        self._clock = clock
        self._directory = directory
        self._rows = state.table(ServicePrincipalSecret)
        self._by_principal = self._rows.index(lambda row: row.principal_id)

    def create(self, principal_id: str, lifetime: object, scopes: object) -> Json:
        """The one answer that holds the secret."""
        self._principal(principal_id)
        kept = _lifetime(lifetime)
        if scopes not in ([], ["all-apis"]):
            # Better refused than kept and not enforced.
            raise InvalidParameterValueError("The sandbox makes secrets for all-apis only; leave scopes out.")
        for row in self._by_principal.get(principal_id):
            if row.expire_time <= self._clock.now():
                self._rows.remove(row.id)
        if len(self._by_principal.get(principal_id)) >= LIMIT:
            raise QuotaExceededError(f"Service principal {principal_id} has {LIMIT} secrets, and cannot have more.")
        secret = f"dose{secrets.token_hex(16)}"
        row = self.add(principal_id, secret, kept)
        return {**row.as_json(), "secret": secret}

    def add(self, principal_id: str, secret: str, lifetime: timedelta) -> ServicePrincipalSecret:
        now = self._clock.now()
        row = ServicePrincipalSecret(str(uuid4()), principal_id, _hash(secret), now, now + lifetime)
        self._rows.put(row)
        return row

    def live(self, principal_id: str) -> list[ServicePrincipalSecret]:
        self._principal(principal_id)
        now = self._clock.now()
        return [row for row in self._by_principal.get(principal_id) if row.expire_time > now]

    def delete(self, principal_id: str, secret_id: str) -> None:
        self._principal(principal_id)
        row = self._rows.get(secret_id)
        if row is None or row.principal_id != principal_id:
            raise ResourceDoesNotExistError(f"Secret {secret_id} of service principal {principal_id} does not exist.")
        self._rows.remove(secret_id)

    def forget(self, principal_id: str) -> None:
        for row in self._by_principal.get(principal_id):
            self._rows.remove(row.id)

    def matching(self, principal_id: str, secret: str) -> ServicePrincipalSecret | None:
        """The live one that this is."""
        hashed = _hash(secret)
        now = self._clock.now()
        live = (row for row in self._by_principal.get(principal_id) if row.expire_time > now)
        return next((row for row in live if hmac.compare_digest(row.secret_hash, hashed)), None)

    def _principal(self, principal_id: str) -> ServicePrincipal:
        principal = self._directory.service_principals.get(principal_id)
        if principal is None:
            raise ResourceDoesNotExistError(f"Service principal {principal_id} does not exist.")
        return principal


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _lifetime(given: object) -> timedelta:
    if given is None:
        return LONGEST
    if isinstance(given, str) and re.fullmatch(r"\d{1,9}s", given):
        lifetime = timedelta(seconds=int(given[:-1]))
        if timedelta(0) < lifetime <= LONGEST:
            return lifetime
    raise InvalidParameterValueError(f"lifetime must be between 1s and {int(LONGEST.total_seconds())}s, not '{given}'.")
