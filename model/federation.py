"""What an integration that has no secret logs in with: tokens of an identity provider that Databricks trusts for it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Login = Literal["github-oidc", "azure-devops-oidc", "env-oidc", "file-oidc"]
"""A login of Databricks' unified authentication, which its SDKs, its CLI and its Terraform provider share. (api-facts: 1.3)"""


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
