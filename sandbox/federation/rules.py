"""Federation policies: a principal's, which end with it, and those of the whole account (api-facts: 4.2)."""

from dataclasses import replace
from uuid import uuid4

from sandbox.clock import Clock
from sandbox.errors import AlreadyExistsError, Json, QuotaExceededError, ResourceDoesNotExistError
from sandbox.federation import given
from sandbox.federation.rows import FederationPolicy, key_of
from sandbox.scim.directory import Directory
from sandbox.state import State

LIMIT = 20


class FederationPolicies:
    """Each method takes a principal's id, or None for the account's own."""

    def __init__(self, state: State, clock: Clock, directory: Directory) -> None:
        self._clock = clock
        self._directory = directory
        self._rows = state.table(FederationPolicy)
        self._by_principal = self._rows.index(lambda row: row.principal_id)

    def create(self, principal_id: str | None, policy_id: str | None, body: Json) -> FederationPolicy:
        self._require_principal(principal_id)
        wanted = given.policy_id_of(policy_id) if policy_id else str(uuid4())
        oidc = given.oidc_policy_of(body, of_principal=principal_id is not None)
        if self._rows.get(key_of(principal_id, wanted)):
            raise AlreadyExistsError(f"Federation policy {wanted} of {_owner(principal_id)} already exists.")
        if len(self._by_principal.get(principal_id)) >= LIMIT:
            raise QuotaExceededError(f"There are {LIMIT} federation policies of {_owner(principal_id)}, and there cannot be more.")
        now = self._clock.now()
        row = FederationPolicy(wanted, principal_id, str(uuid4()), oidc, given.description_of(body), now, now)
        self._rows.put(row)
        return row

    def get(self, principal_id: str | None, policy_id: str) -> FederationPolicy:
        self._require_principal(principal_id)
        row = self._rows.get(key_of(principal_id, policy_id))
        if row is None:
            raise ResourceDoesNotExistError(f"Federation policy {policy_id} of {_owner(principal_id)} does not exist.")
        return row

    def listed(self, principal_id: str | None) -> list[FederationPolicy]:
        self._require_principal(principal_id)
        return self._by_principal.get(principal_id)

    def update(self, principal_id: str | None, policy_id: str, body: Json, mask: str | None) -> FederationPolicy:
        row = self.get(principal_id, policy_id)
        after = given.changed(row, body, mask)
        oidc = given.oidc_policy_of(after, of_principal=principal_id is not None)
        row = replace(row, oidc=oidc, description=given.description_of(after), update_time=self._clock.now())
        self._rows.put(row)
        return row

    def delete(self, principal_id: str | None, policy_id: str) -> None:
        self._rows.remove(self.get(principal_id, policy_id).key)

    def forget(self, principal_id: str) -> None:
        for row in self._by_principal.get(principal_id):
            self._rows.remove(row.key)

    def _require_principal(self, principal_id: str | None) -> None:
        if principal_id is not None and self._directory.service_principals.get(principal_id) is None:
            raise ResourceDoesNotExistError(f"Service principal {principal_id} does not exist.")


def _owner(principal_id: str | None) -> str:
    return f"service principal {principal_id}" if principal_id else "the account"
