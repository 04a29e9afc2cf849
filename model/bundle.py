"""What an integration is configured with."""

from collections.abc import Iterable
from datetime import datetime
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr, field_serializer, model_validator

from model.clock import rfc3339
from model.federation import FederatedLogin
from model.grants import Grant, ObjectGrant

WAREHOUSES = "warehouses"


class Warehouse(BaseModel):
    """A SQL warehouse that the integration may use, and how SQL drivers find it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    name: str
    http_path: str
    jdbc_url: str

    @classmethod
    def at(cls, workspace_url: str, *, id: str, name: str) -> Self:  # noqa: A002 -- the API's own word for it
        url = urlsplit(workspace_url)
        tls = url.scheme == "https"
        http_path = f"/sql/1.0/warehouses/{id}"
        return cls(
            id=id,
            name=name,
            http_path=http_path,
            # Databricks' own jdbc_url asks for a password or token (AuthMech=3); a service principal logs in by OAuth (11, flow 1).
            jdbc_url=(
                f"jdbc:databricks://{url.hostname}:{url.port or (443 if tls else 80)}/default;"
                f"transportMode=http;ssl={int(tls)};AuthMech=11;Auth_Flow=1;httpPath={http_path}"
            ),
        )

    @classmethod
    def among(cls, workspace_url: str, grants: Iterable[Grant]) -> tuple[Self, ...]:
        """Those that are granted, as far as it is known which they are."""
        granted = (grant for grant in grants if isinstance(grant, ObjectGrant) and grant.kind == WAREHOUSES and grant.id)
        return tuple(cls.at(workspace_url, id=grant.id, name=grant.name) for grant in granted)


class AuthenticationBundle(BaseModel):
    """Client ID, Client Secret, Workspace URL, where they lead, and how long they last. Its `repr` and JSON mask the secret.

    An integration logs in by a secret, and then all that is said of one is there (`client_secret`, `secret_id` and the three moments);
    or by federation, and then none of it is, but `federation` has at least one way. Never both, and never neither.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    client_id: str
    client_secret: SecretStr | None = None
    workspace_url: str
    token_endpoint: str
    service_principal_id: str
    """The numeric id of its principal. A form that asks for a Client ID never means this one."""
    account_id: str | None = None
    """The Databricks account, where the stack declares one."""
    secret_id: str | None = None
    issued_at: datetime | None = None
    expires_at: datetime | None = None
    rotates_at: datetime | None = None
    federation: tuple[FederatedLogin, ...] = ()
    """Each is a way of its own, in the order of the stack file; the first is the one to use where only one can be said."""
    warehouses: tuple[Warehouse, ...] = ()

    @field_serializer("issued_at", "expires_at", "rotates_at", when_used="json")
    def _as_the_api_spells_it(self, moment: datetime | None) -> str | None:
        return rfc3339(moment) if moment else None

    @model_validator(mode="after")
    def _logs_in_in_one_way(self) -> Self:
        secret = (self.client_secret, self.secret_id, self.issued_at, self.expires_at, self.rotates_at)
        said = [each is not None for each in secret]
        if any(said) if self.federation else not all(said):
            raise ValueError("a bundle has either a secret, with its id and all its moments, or federation")
        return self

    def revealed(self) -> dict[str, object]:
        """As plain JSON values, the secret readable: only for a secret output, a 0600 file, or who asked to see it."""
        secret = self.client_secret.get_secret_value() if self.client_secret else None
        return self.model_dump(mode="json") | {"client_secret": secret}


def token_endpoint(workspace_url: str) -> str:
    """Where a client trades its id and secret for a token. (api-facts: 1.2)"""
    return f"{workspace_url.rstrip('/')}/oidc/v1/token"
