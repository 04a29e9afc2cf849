"""Whose tokens log a service principal in, or anybody of the account, without a secret of Databricks'."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sandbox.clock import rfc3339
from sandbox.errors import Json


@dataclass(frozen=True, slots=True)
class OidcPolicy:
    """What a token must say, and whose keys must have signed it."""

    issuer: str
    audiences: tuple[str, ...] = ()
    """Any of these; the account's id where none is given."""
    subject: str | None = None
    """None in an account-wide policy: there the token's subject says who logs in."""
    subject_claim: str | None = None
    jwks_json: str | None = None
    jwks_uri: str | None = None

    def as_json(self) -> Json:
        """Only what was given: to the Terraform provider a default that comes back is a difference."""
        given = {**asdict(self), "audiences": list(self.audiences)}
        return {name: value for name, value in given.items() if value}


@dataclass(frozen=True, slots=True)
class FederationPolicy:
    policy_id: str
    principal_id: str | None
    """None: account-wide."""
    uid: str
    oidc: OidcPolicy
    description: str | None
    create_time: datetime
    update_time: datetime

    @property
    def key(self) -> str:
        return key_of(self.principal_id, self.policy_id)

    def as_json(self, account_id: str) -> Json:
        of_principal = f"servicePrincipals/{self.principal_id}/" if self.principal_id else ""
        return {
            "name": f"accounts/{account_id}/{of_principal}federationPolicies/{self.policy_id}",
            "policy_id": self.policy_id,
            "uid": self.uid,
            "oidc_policy": self.oidc.as_json(),
            "create_time": rfc3339(self.create_time),
            "update_time": rfc3339(self.update_time),
            # A number here, and a string everywhere else. (api-facts: 4.2)
            **({"service_principal_id": int(self.principal_id)} if self.principal_id else {}),
            **({"description": self.description} if self.description else {}),
        }


def key_of(principal_id: str | None, policy_id: str) -> str:
    return f"{principal_id or 'account'}/{policy_id}"
