"""databricks-sdk without any secret of Databricks': with the token that a workload has anyway, in each way that the SDK takes it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from databricks.sdk import AccountClient, WorkspaceClient
from databricks.sdk.config import Config
from databricks.sdk.errors import PermissionDenied
from databricks.sdk.service.iam import ServicePrincipal
from databricks.sdk.service.oauth2 import FederationPolicy, OidcFederationPolicy

from tests.harness import ACCOUNT_ID, Sandbox
from tests.issuer import Issuer, running_issuer

AUDIENCE = "databricks"


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """Whoever gives the workload its identity."""
    with running_issuer() as running:
        yield running


@pytest.fixture
def workload(sandbox: Sandbox, issuer: Issuer) -> ServicePrincipal:
    """A principal that has no secret, and lets the issuer's subject in."""
    made = sandbox.admin.service_principals.create(display_name="workload")
    policy = OidcFederationPolicy(issuer=issuer.url, subject=issuer.subject, audiences=[AUDIENCE, f"{sandbox.host}/oidc/v1/token"])
    sandbox.account.service_principal_federation_policy.create(int(made.id or ""), FederationPolicy(oidc_policy=policy), policy_id="ci")
    return made


def in_a_variable(issuer: Issuer, folder: Path) -> dict[str, str]:  # noqa: ARG001 - it needs no file
    return {"DATABRICKS_AUTH_TYPE": "env-oidc", "DATABRICKS_OIDC_TOKEN": issuer.token(AUDIENCE)}


def in_a_variable_of_another_name(issuer: Issuer, folder: Path) -> dict[str, str]:  # noqa: ARG001 - it needs no file
    return {"DATABRICKS_AUTH_TYPE": "env-oidc", "DATABRICKS_OIDC_TOKEN_ENV": "GITLAB_TOKEN", "GITLAB_TOKEN": issuer.token(AUDIENCE)}


def in_a_file(issuer: Issuer, folder: Path) -> dict[str, str]:
    file = folder / "token"
    file.write_text(issuer.token(AUDIENCE) + "\n")
    return {"DATABRICKS_AUTH_TYPE": "file-oidc", "DATABRICKS_OIDC_TOKEN_FILEPATH": str(file)}


def from_github(issuer: Issuer, folder: Path) -> dict[str, str]:  # noqa: ARG001 - it needs no file
    return {"DATABRICKS_AUTH_TYPE": "github-oidc", "DATABRICKS_TOKEN_AUDIENCE": AUDIENCE, **issuer.github}


def from_github_with_its_own_audience(issuer: Issuer, folder: Path) -> dict[str, str]:  # noqa: ARG001 - it needs no file
    return {"DATABRICKS_AUTH_TYPE": "github-oidc", **issuer.github}


@pytest.fixture(params=[in_a_variable, in_a_variable_of_another_name, in_a_file, from_github, from_github_with_its_own_audience])
def _of_a_job(request: pytest.FixtureRequest, issuer: Issuer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in request.param(issuer, tmp_path).items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("_of_a_job")
def test_a_workload_logs_in_without_a_secret(sandbox: Sandbox, workload: ServicePrincipal) -> None:
    """From the host, the principal's application id and its environment alone the SDK is that principal."""
    client = WorkspaceClient(host=sandbox.host, client_id=workload.application_id)

    assert client.current_user.me().user_name == workload.application_id


def test_an_accounts_endpoint_takes_such_a_token_too(
    sandbox: Sandbox, workload: ServicePrincipal, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account lets it in, and refuses it what a principal without a role may not do."""
    monkeypatch.setenv("DATABRICKS_OIDC_TOKEN", issuer.token(AUDIENCE))
    discovery = f"{sandbox.host}/oidc/accounts/{ACCOUNT_ID}/.well-known/oauth-authorization-server"
    config = Config(
        host=sandbox.host, account_id=ACCOUNT_ID, client_id=workload.application_id, auth_type="env-oidc", discovery_url=discovery
    )

    with pytest.raises(PermissionDenied, match="is not an admin of this account"):
        list(AccountClient(config=config).service_principals.list())

    assert f"/oidc/accounts/{ACCOUNT_ID}/v1/token" in {one["path"] for one in sandbox.requests()}


def test_a_refused_token_is_told_in_a_sentence(
    sandbox: Sandbox, workload: ServicePrincipal, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a user of the SDK sees: OAuth's word, and what of the token did not fit."""
    monkeypatch.setenv("DATABRICKS_OIDC_TOKEN", issuer.token("elsewhere"))
    client = WorkspaceClient(host=sandbox.host, client_id=workload.application_id, auth_type="env-oidc")

    with pytest.raises(ValueError, match=r"invalid_grant: No federation policy of .* takes tokens for the audience 'elsewhere'"):
        client.current_user.me()


def test_without_a_client_id_the_token_says_who_it_is(sandbox: Sandbox, issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a policy of the whole account, a person too."""
    policy = OidcFederationPolicy(issuer=issuer.url, audiences=[AUDIENCE], subject_claim="email")
    sandbox.account.federation_policy.create(FederationPolicy(oidc_policy=policy), policy_id="idp")
    monkeypatch.setenv("DATABRICKS_OIDC_TOKEN", issuer.token(AUDIENCE, email="ann.lee@acme.example"))

    assert WorkspaceClient(host=sandbox.host, auth_type="env-oidc").current_user.me().user_name == "ann.lee@acme.example"
