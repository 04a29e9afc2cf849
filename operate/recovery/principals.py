"""The service principals that a stack made, and their secrets, as the workspace or its account has them. (api-facts: 3, 4.1)"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast

from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import NotFound
from databricks.sdk.errors.base import DatabricksError
from requests import RequestException

from checks.clients import from_environment
from checks.sdk import without_settings
from checks.troubles import enduring
from model.clock import instant
from model.faults import BrickpassError, WrongUse

T = TypeVar("T")

PAGE = 1000
ATTRIBUTES = "id,applicationId,displayName,externalId,groups,roles"
EVERYBODY = "users"
NEVER = datetime.fromtimestamp(0, UTC)


class Refused(BrickpassError):
    """The workspace did not do what was needed."""


@dataclass(frozen=True)
class Principal:
    id: str
    application_id: str
    name: str
    external_id: str
    has_access: bool = False
    """Whether it is in a group other than `users`, or in a role: somebody made something of it."""

    @property
    def integration(self) -> str:
        return self.external_id.rpartition("/")[2]


@dataclass(frozen=True)
class Secret:
    id: str
    made_at: datetime
    lifetime: timedelta


class Principals:
    """Reads and ends. Each request is one that may be repeated."""

    def __init__(self, host: str, account_id: str | None, trusted_hosts: Collection[str]) -> None:
        self._account = f"/{account_id}" if account_id else ""
        self._scim = f"/api/2.0/accounts/{account_id}/scim/v2" if account_id else "/api/2.0/preview/scim/v2"
        self._client = _login(host, account_id, trusted_hosts)

    def made(self, external_ids_begin: str) -> list[Principal]:
        """All whose external id begins so."""
        found: list[dict[str, Any]] = []
        query = {"filter": f'externalId sw "{external_ids_begin}"', "attributes": ATTRIBUTES, "count": PAGE}
        while page := self._do("GET", f"{self._scim}/ServicePrincipals", query=query | {"startIndex": len(found) + 1}).get("Resources"):
            found += page
        # The filter compares without regard to case, and another stack may have the same name with other capitals. (api-facts: 3.3)
        return [_principal(each) for each in found if each.get("externalId", "").startswith(external_ids_begin)]

    def secrets(self, principal_id: str) -> list[Secret]:
        """Those that still work; none where the principal is gone."""
        try:
            answer = self._do("GET", self._secrets(principal_id))
        except NotFound:
            return []
        return [_secret(each) for each in answer.get("secrets", [])]

    def policies(self, principal_id: str) -> dict[str, dict[str, Any]]:
        """Its federation policies by their ids: an account's, of which there are none where the stack declares none."""
        if not self._account:
            return {}
        try:
            answer = self._do("GET", f"/api/2.0/accounts{self._account}/servicePrincipals/{principal_id}/federationPolicies")
        except NotFound:
            return {}
        return {str(each.get("name")).rpartition("/")[2]: each for each in answer.get("policies", [])}

    def end(self, principal_id: str, secret_id: str) -> None:
        self._gone(f"{self._secrets(principal_id)}/{secret_id}")

    def remove(self, principal_id: str) -> None:
        """Out of the workspace, or out of the account where one is declared."""
        self._gone(f"{self._scim}/ServicePrincipals/{principal_id}")

    def _gone(self, path: str) -> None:
        try:
            self._do("DELETE", path)
        except NotFound:
            return

    def _secrets(self, principal_id: str) -> str:
        return f"/api/2.0/accounts{self._account}/servicePrincipals/{principal_id}/credentials/secrets"

    def _do(self, method: str, path: str, *, query: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = _answered(f"{method} {path}", lambda: self._client.api_client.do(method, path, query=query))
        return cast("dict[str, Any]", answer) if isinstance(answer, dict) else {}


def _login(host: str, account_id: str | None, trusted_hosts: Collection[str]) -> WorkspaceClient:
    client = from_environment(host, account_id=account_id, trusted_hosts=trusted_hosts)
    if client is None:
        raise WrongUse(
            f"what was made at {host} is an admin's to see and to end: set DATABRICKS_CLIENT_ID and "
            "DATABRICKS_CLIENT_SECRET, or another login of the Databricks SDK, and no DATABRICKS_HOST of another workspace"
        )
    return client


def _answered(what: str, call: Callable[[], T]) -> T:
    try:
        return enduring(what, call)
    except NotFound:
        raise
    except DatabricksError as error:
        raise Refused(f"{what} was refused: {without_settings(str(error))}. Run the same command again, or as another admin.") from None
    except RequestException as error:
        raise Refused(f"{what} got no answer: {error}. Run the same command again.") from None


def _principal(answer: dict[str, Any]) -> Principal:
    groups = [each for each in answer.get("groups", []) if each.get("display") != EVERYBODY]
    has_access = bool(groups or answer.get("roles"))
    return Principal(str(answer["id"]), answer["applicationId"], answer.get("displayName", ""), answer["externalId"], has_access)


def _secret(answer: dict[str, Any]) -> Secret:
    """One without times bears no mark, and so is nobody's that we know."""
    if not (answer.get("create_time") and answer.get("expire_time")):
        return Secret(str(answer["id"]), NEVER, timedelta(0))
    made_at = instant(answer["create_time"])
    return Secret(str(answer["id"]), made_at, instant(answer["expire_time"]) - made_at)
