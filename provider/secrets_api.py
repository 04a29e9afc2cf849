"""A service principal's OAuth secrets, through the workspace or its account (api-facts: 4.1). Shown once, a lost one is a leak."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from databricks.sdk.errors import NotFound
from pydantic import SecretStr

from model.clock import instant
from provider.patience import NotYetVisible
from provider.workspace import Json, Unanswered, Workspace

MOST_SECRETS = 5


@dataclass(frozen=True)
class Secret:
    id: str
    made_at: datetime | None
    expires_at: datetime | None
    """None, as the one before, where the workspace does not say."""

    @property
    def lifetime(self) -> timedelta | None:
        return self.expires_at - self.made_at if self.expires_at and self.made_at else None


@dataclass(frozen=True)
class NewSecret:
    id: str
    made_at: datetime
    expires_at: datetime
    value: SecretStr
    """In no other answer of the API than the one to its making."""


class SecretsApi:
    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        account = f"/{workspace.account_id}" if workspace.account_id else ""
        self._principals = f"/api/2.0/accounts{account}/servicePrincipals"

    async def make(self, principal_id: str, lifetime: timedelta) -> NewSecret:
        """A new secret. The request is sent once; see `Workspace.do` for what it raises.

        Raises:
            Unanswered: also where the answer is not that of a secret that was made, such as a proxy's.
        """
        body = {"lifetime": f"{int(lifetime.total_seconds())}s"}
        try:
            answer = await self._workspace.do("POST", self._path(principal_id), body=body, once=True)
        except NotFound:
            raise NotYetVisible(f"the workspace does not know service principal {principal_id}") from None
        made = _secret(answer)
        if not (made and made.made_at and made.expires_at and answer.get("secret")):
            raise Unanswered("the answer to the request for a secret has none")
        return NewSecret(made.id, made.made_at, made.expires_at, SecretStr(str(answer["secret"])))

    async def live(self, principal_id: str) -> list[Secret]:
        """All secrets that still work; none where the principal is gone."""
        try:
            answer = await self._workspace.do("GET", self._path(principal_id))
        except NotFound:
            return []
        return [secret for each in answer.get("secrets", []) if (secret := _secret(each))]

    async def end(self, principal_id: str, secret_id: str) -> None:
        """Ends a secret at once. One that is gone already is no error."""
        try:
            await self._workspace.do("DELETE", f"{self._path(principal_id)}/{secret_id}")
        except NotFound:
            return

    def _path(self, principal_id: str) -> str:
        return f"{self._principals}/{principal_id}/credentials/secrets"


def _secret(answer: Json) -> Secret | None:
    if "id" not in answer:
        return None
    return Secret(str(answer["id"]), made_at=_moment(answer.get("create_time")), expires_at=_moment(answer.get("expire_time")))


def _moment(said: object) -> datetime | None:
    try:
        return instant(str(said))
    except ValueError:
        return None
