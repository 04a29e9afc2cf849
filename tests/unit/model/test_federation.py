"""What `federation:` comes to: whose tokens log in, and how they are told apart."""

import re

import pytest

from model.faults import ConfigFaults
from model.federation import Policy
from tests.unit.model.saying import integration_in_an_account

ACCOUNT = "8c1f0f4e-5b1d-4f0e-9a63-2d7c5f8e1b42"
AZURE = "organization: acme, organization_id: 7F1078D6-b20d-4a20-9d88-05a2f0d645a3, project: data"


def policies(text: str) -> list[Policy]:
    """Those of an integration, in flow style."""
    return [each.policy(ACCOUNT) for each in integration_in_an_account(f"{{federation: {text}}}").federation]


@pytest.mark.parametrize(
    ("workload", "issuer", "subject", "login"),
    [
        ("github: {repository: acme/surveys, environment: prod}", "actions", "repo:acme/surveys:environment:prod", "github-oidc"),
        ('github: {repository: a/b, environment: "prod:v1"}', "actions", "repo:a/b:environment:prod%3Av1", "github-oidc"),
        ("github: {repository: a@1/b@2, branch: release/1}", "actions", "repo:a@1/b@2:ref:refs/heads/release/1", "github-oidc"),
        ("github: {repository: acme/surveys, tag: v1.10}", "actions", "repo:acme/surveys:ref:refs/tags/v1.10", "github-oidc"),
        ("github: {repository: acme/surveys, pull_request: true}", "actions", "repo:acme/surveys:pull_request", "github-oidc"),
        ("gitlab: {project: a/b/c, branch: main}", "https://gitlab.com", "project_path:a/b/c:ref_type:branch:ref:main", "env-oidc"),
        (
            "gitlab: {project: a/b, tag: v1, host: https://git.acme/}",
            "https://git.acme",
            "project_path:a/b:ref_type:tag:ref:v1",
            "env-oidc",
        ),
        (f"azure_devops: {{{AZURE}, pipeline: a b}}", "azure", "p://acme/data/a b", "azure-devops-oidc"),
        (f"azure_devops: {{{AZURE}, service_connection: c}}", "azure", "sc://acme/data/c", "env-oidc"),
        ("kubernetes: {issuer: https://k8s, namespace: n, service_account: s}", "https://k8s", "system:serviceaccount:n:s", "file-oidc"),
        ("oidc: {issuer: https://idp/, subject: loader}", "https://idp/", "loader", "env-oidc"),
    ],
)
def test_a_workload_is_known_by_what_its_identity_provider_writes(workload: str, issuer: str, subject: str, login: str) -> None:
    """Issuer and subject are those of the providers' own documentation, since Databricks compares them to the letter."""
    whose = {
        "actions": "https://token.actions.githubusercontent.com",
        "azure": "https://vstoken.dev.azure.com/7f1078d6-b20d-4a20-9d88-05a2f0d645a3",
    }

    [policy] = policies(f"{{{workload}}}")

    assert (policy.token.issuer, policy.token.subject, policy.login.auth_type) == (whose.get(issuer, issuer), subject, login)


def test_the_audience_is_the_accounts_where_nothing_else_is_said() -> None:
    """As Databricks recommends; but a token of Azure DevOps is always for the same one."""
    own, others, azure = policies(
        f"[{{oidc: {{issuer: https://a, subject: x}}}}, {{oidc: {{issuer: https://a, subject: y, audiences: [b, c]}}}}, "
        f"{{azure_devops: {{{AZURE}, pipeline: z}}}}]"
    )

    assert own.audiences == (ACCOUNT,)
    assert (others.audiences, others.login.audience) == (("b", "c"), "b")
    assert azure.audiences == ("api://AzureADTokenExchange",)


def test_a_policys_id_follows_from_whose_tokens_it_takes() -> None:
    """Not from its place in the list, nor from what may be changed of it in place; and the API takes it."""
    text = "{oidc: {issuer: https://a, subject: x}}"
    other = "{oidc: {issuer: https://a, subject: x, subject_claim: azp}}"
    wider = "{oidc: {issuer: https://a, subject: x, audiences: [b], jwks_uri: https://a/keys}}"

    first, second = policies(f"[{text}, {other}]")
    back, front = policies(f"[{other}, {wider}]")

    assert (first.id, second.id) == (front.id, back.id)
    assert first.id != second.id
    assert re.fullmatch("[0-9a-z-]{1,40}", first.id)


def test_keys_may_be_written_as_yaml_or_as_json() -> None:
    """Either comes to the same text, which the account keeps."""
    [yaml] = policies("{oidc: {issuer: https://a, subject: x, jwks_json: {keys: [{kty: EC, x: f83O}]}}}")
    [json] = policies("""{oidc: {issuer: https://a, subject: x, jwks_json: '{"keys": [{"kty": "EC", "x": "f83O"}]}'}}""")

    assert yaml.token.jwks_json == json.token.jwks_json == '{"keys": [{"kty": "EC", "x": "f83O"}]}'


def test_a_principal_has_no_more_policies_than_databricks_allows() -> None:
    """Twenty; one more is a fault of the file, rather than of a deployment that is half done."""
    several = [f"{{oidc: {{issuer: https://a, subject: x{number}}}}}" for number in range(21)]

    assert len(policies(f"[{', '.join(several[:20])}]")) == 20
    with pytest.raises(ConfigFaults, match="has 21 policies, but Databricks lets a service principal have 20 at most"):
        policies(f"[{', '.join(several)}]")
