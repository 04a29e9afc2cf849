"""What stands below an integration's `federation:`: whose tokens Databricks takes in the place of a secret, a policy for each."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from model import vocabulary
from model.fields import Said
from model.workloads import WORKLOADS, AzureDevOps, GitHub, GitLab, Kubernetes, Login, Oidc, Token, Workload

MOST_POLICIES = 20  # api-facts: 10.1
_DIGITS = 12


class FederatedLogin(BaseModel):
    """How to log in without a secret: with a token that says just this, traded at the token endpoint beside the Client ID."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    auth_type: Login
    """The value of DATABRICKS_AUTH_TYPE. It says where the token comes from, too: `github-oidc` and `azure-devops-oidc` fetch it in
    their pipelines, `env-oidc` reads DATABRICKS_OIDC_TOKEN, and `file-oidc` the file that DATABRICKS_OIDC_TOKEN_FILEPATH names."""
    issuer: str
    subject: str
    subject_claim: str = "sub"
    """The claim that holds the subject."""
    audience: str
    """Whom the token is to be asked for; `github-oidc` asks for the value of DATABRICKS_TOKEN_AUDIENCE."""


@dataclass(frozen=True)
class Policy:
    """A federation policy of a service principal."""

    id: str
    token: Token
    audiences: tuple[str, ...]

    @property
    def login(self) -> FederatedLogin:
        token = self.token
        return FederatedLogin(
            auth_type=token.auth_type,
            issuer=token.issuer,
            subject=token.subject,
            subject_claim=token.subject_claim,
            audience=self.audiences[0],
        )


class Federation(BaseModel):
    """One kind of workload, whose tokens log in."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"minProperties": 1, "maxProperties": 1})

    github: Annotated[GitHub | None, Said] = Field(default=None, description="A workflow of GitHub Actions.")
    gitlab: Annotated[GitLab | None, Said] = Field(default=None, description="A job of GitLab CI/CD.")
    azure_devops: Annotated[AzureDevOps | None, Said] = Field(default=None, description="A pipeline of Azure DevOps.")
    kubernetes: Annotated[Kubernetes | None, Said] = Field(default=None, description="A service account of a Kubernetes cluster.")
    oidc: Annotated[Oidc | None, Said] = Field(default=None, description="What any other OpenID Connect issuer vouches for.")

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Self:
        said = [kind for kind in WORKLOADS if getattr(self, kind)]
        if not said:
            raise ValueError(f"names nobody; write one of {', '.join(WORKLOADS)} below it")
        if len(said) > 1:
            raise ValueError(f"has {' and '.join(said)}, but a policy is for one of them; write one for each, in a list")
        return self

    @property
    def workload(self) -> Workload:
        return next(said for kind in WORKLOADS if isinstance(said := getattr(self, kind), Workload))

    @property
    def policy_id(self) -> str:
        """The same wherever it stands in a list, and another where another token logs in.

        The API takes 0-9, a-z and hyphens, and not many of them. (terraform-provider-databricks#5290)
        """
        kind = next(kind for kind in WORKLOADS if getattr(self, kind))
        token = self.workload.token
        digest = hashlib.sha256(f"{token.issuer}\n{token.subject_claim}\n{token.subject}".encode()).hexdigest()
        return f"brickpass-{kind.replace('_', '-')}-{digest[:_DIGITS]}"

    def policy(self, account_id: str) -> Policy:
        workload = self.workload
        return Policy(self.policy_id, workload.token, workload.audiences or (workload.audience or account_id,))


def some_shape(value: object) -> object:
    """Refuses what is neither one nor a list, before either could miss what it has."""
    if isinstance(value, str):
        problem = f'is "{value}", but should hold the workload, as in {{github: {{repository: acme/surveys, environment: prod}}}}'
        raise ValueError(problem)  # noqa: TRY004 -- pydantic's
    return vocabulary.said(value)


def policies(said: Federation | Sequence[Federation]) -> tuple[Federation, ...]:
    """One, or a list of several, as a list."""
    several = (said,) if isinstance(said, Federation) else tuple(said)
    ids = [each.policy_id for each in several]
    if not ids:
        raise ValueError("names nobody; name at least one, or take the line out")
    if len(ids) > MOST_POLICIES:
        raise ValueError(f"has {len(ids)} policies, but Databricks lets a service principal have {MOST_POLICIES} at most")
    if twice := next((each for each in several if ids.count(each.policy_id) > 1), None):
        raise ValueError(f'has the subject "{twice.workload.token.subject}" of one issuer twice; write it once, with all its audiences')
    return several
