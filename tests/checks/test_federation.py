"""What the checks say of an integration without a secret, on a workspace that trades real tokens."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.service.oauth2 import FederationPolicy, OidcFederationPolicy

from checks.check import Check, Verdict
from checks.clients import Credentials, from_environment
from checks.id_token import at_hand, of_file
from checks.proof import prove
from checks.trust import prove_trust
from model.faults import WrongUse
from model.federation import FederatedLogin
from tests.checks.granting import give
from tests.checks.test_proof import declared
from tests.harness import ACCOUNT_ID, Newcomer, Sandbox
from tests.issuer import Issuer, running_issuer

SHORT = timedelta(seconds=0.5)
NOBODYS_SECRET = ("login", "identity", "entitlement", "entitlement")


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with running_issuer() as running:
        yield running


@pytest.fixture
def bundle(sandbox: Sandbox, newcomer: Newcomer, issuer: Issuer) -> Credentials:
    """Of a principal that a job of GitHub Actions logs in as."""
    policy = FederationPolicy(oidc_policy=OidcFederationPolicy(issuer=issuer.url, subject=issuer.subject, audiences=[ACCOUNT_ID]))
    sandbox.account.service_principal_federation_policy.create(int(newcomer.id), policy)
    login = FederatedLogin(auth_type="github-oidc", issuer=issuer.url, subject=issuer.subject, audience=ACCOUNT_ID)
    return Credentials(sandbox.host, newcomer.application_id, federation=(login,))


def written(folder: Path, token: str) -> str:
    file = folder / "token"
    file.write_text(f"{token}\n")
    return str(file)


def login_of(bundle: Credentials) -> Check:
    [login, *_] = prove(bundle, [], admin=None, patience=SHORT, troubles=SHORT)
    return login


def test_what_only_its_consumer_can_try_is_read_back(sandbox: Sandbox, newcomer: Newcomer, bundle: Credentials) -> None:
    """The login is not tried, and says how it could be; all else is confirmed by the admin."""
    for grant in declared(sandbox):
        give(sandbox, newcomer, grant)

    checks = prove(bundle, declared(sandbox), admin=sandbox.admin, entitlements=["workspace-access"])

    assert tuple(check.check for check in checks[:4]) == NOBODYS_SECRET
    assert checks[0].verdict is Verdict.NOT_TRIED
    assert "--oidc-token-file" in checks[0].detail
    assert {check.verdict for check in checks[1:]} == {Verdict.CONFIRMED}


def test_without_an_admin_nothing_is_claimed(sandbox: Sandbox, bundle: Credentials) -> None:
    """Each check says that nobody here can log in as it."""
    checks = prove(bundle, declared(sandbox), admin=None)

    assert {check.verdict for check in checks} == {Verdict.NOT_TRIED}
    assert {check.detail for check in checks[1:]} == {"nobody here can log in as it, and only an admin may read it back"}


def test_a_principal_that_is_gone_is_missed(sandbox: Sandbox, newcomer: Newcomer, bundle: Credentials) -> None:
    """Though no login shows it."""
    sandbox.admin.service_principals.delete(newcomer.id)

    checks = prove(bundle, [], admin=sandbox.admin, patience=SHORT, troubles=SHORT)

    assert [(check.check, check.verdict) for check in checks[1:]] == [("identity", Verdict.FAILED)]


def test_a_token_in_a_file_is_tried(bundle: Credentials, issuer: Issuer, tmp_path: Path) -> None:
    """As its consumer would trade it."""
    token = of_file(written(tmp_path, issuer.token(["somebody", ACCOUNT_ID])))

    checks = prove(replace(bundle, id_token=token), [], admin=None)

    assert [(check.check, check.verdict) for check in checks[:2]] == [("login", Verdict.EXERCISED), ("identity", Verdict.EXERCISED)]


@pytest.mark.parametrize(
    ("claims", "difference"),
    [
        ({"sub": "repo:acme/other:pull_request"}, 'the token\'s sub is "repo:acme/other:pull_request", and "{subject}" is declared'),
        ({"iss": "https://idp.acme.example"}, 'the token\'s iss is "https://idp.acme.example", and "{issuer}" is declared'),
        ({"aud": "somebody"}, 'the token\'s aud is "somebody", and "{account}" is declared'),
        ({"exp": 1}, "the policy that takes this token is gone, or the token is too old"),
    ],
    ids=["subject", "issuer", "audience", "expired"],
)
def test_a_token_that_is_refused_is_compared_with_what_is_declared(
    bundle: Credentials, issuer: Issuer, tmp_path: Path, claims: dict[str, str | int], difference: str
) -> None:
    """The check says which claim it was, and never the token."""
    text = issuer.token(ACCOUNT_ID, **claims)

    login = login_of(replace(bundle, id_token=of_file(written(tmp_path, text))))

    assert login.verdict is Verdict.FAILED
    assert difference.format(subject=issuer.subject, issuer=issuer.url, account=ACCOUNT_ID) in login.detail
    assert text not in login.detail


def test_a_job_of_its_own_tries_its_own_token(bundle: Credentials, issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a workflow of GitHub the token is fetched as the SDK does it, for the audience that is declared."""
    for name, value in issuer.github.items():
        monkeypatch.setenv(name, value)

    token = at_hand(bundle.federation)

    assert token
    assert login_of(replace(bundle, id_token=token)).verdict is Verdict.EXERCISED


@pytest.mark.parametrize("auth_type", ["env-oidc", "file-oidc"])
def test_a_token_in_the_environment_is_at_hand(
    bundle: Credentials, issuer: Issuer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, auth_type: str
) -> None:
    """As a job of GitLab and a pod have it."""
    text = issuer.token(ACCOUNT_ID)
    if auth_type == "env-oidc":
        monkeypatch.setenv("DATABRICKS_OIDC_TOKEN", text)
    else:
        monkeypatch.setenv("DATABRICKS_OIDC_TOKEN_FILEPATH", written(tmp_path, text))
    login = bundle.federation[0].model_copy(update={"auth_type": auth_type})

    token = at_hand([login])

    assert token
    assert login_of(replace(bundle, federation=(login,), id_token=token)).verdict is Verdict.EXERCISED


@pytest.mark.parametrize("auth_type", ["github-oidc", "azure-devops-oidc", "env-oidc", "file-oidc"])
def test_on_a_laptop_no_token_is_at_hand(bundle: Credentials, auth_type: str) -> None:
    """Whatever it would come from, there is nothing, and that is all."""
    assert at_hand([bundle.federation[0].model_copy(update={"auth_type": auth_type})]) is None


def test_somebody_elses_job_is_no_proof_against_it(bundle: Credentials, issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pipeline that deploys has a token of its own, which is not tried: that it is refused would say nothing."""
    issuer.subject = "repo:acme/platform:environment:deploy"
    for name, value in issuer.github.items():
        monkeypatch.setenv(name, value)

    assert at_hand(bundle.federation) is None


@pytest.mark.parametrize("text", ["", "dose0123", "a.b.c", "a.bnVsbA.c"], ids=["empty", "a secret", "no JSON", "no claims"])
def test_a_file_without_a_token_is_refused(tmp_path: Path, text: str) -> None:
    """In a sentence that says what is wanted, and not what is in it."""
    with pytest.raises(WrongUse, match="holds no token of an identity provider: that is a JWT") as raised:
        of_file(written(tmp_path, text))

    assert not text or text not in str(raised.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """With the reason."""
    with pytest.raises(WrongUse, match=r"the token in .* cannot be read: No such file"):
        of_file(str(tmp_path / "none"))


def logged_in(sandbox: Sandbox, client_id: str, secret: str, monkeypatch: pytest.MonkeyPatch) -> WorkspaceClient | None:
    """At the account, whom the environment names."""
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", client_id)
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", secret)
    return from_environment(sandbox.host, account_id=ACCOUNT_ID)


def test_an_account_admin_reads_back_whom_it_is_trusted_for(
    sandbox: Sandbox, newcomer: Newcomer, bundle: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A policy that somebody took away, or made for another audience, is missed, though nobody here could log in by it."""
    account = logged_in(sandbox, *sandbox.admin_credentials, monkeypatch)
    [login] = bundle.federation
    logins = [login, login.model_copy(update={"subject": "somebody else"}), login.model_copy(update={"audience": "somebody"})]

    checks = prove_trust(account, newcomer.id, logins)

    assert [check.verdict for check in checks] == [Verdict.CONFIRMED, Verdict.FAILED, Verdict.FAILED]


def test_who_is_no_account_admin_claims_nothing(
    sandbox: Sandbox, newcomer: Newcomer, bundle: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may not read policies, so they are not tried; nor are they without any login."""
    account = logged_in(sandbox, newcomer.application_id, newcomer.secret, monkeypatch)

    assert account
    for nobody in (account, None):
        assert [check.verdict for check in prove_trust(nobody, newcomer.id, bundle.federation)] == [Verdict.NOT_TRIED]
