"""Azure Key Vault: what a delivery writes there, what it leaves alone, and what it says where it cannot."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from azure.keyvault.secrets._shared import http_challenge_cache

from delivery import azure as module
from delivery.outcome import Outcome
from delivery.values import as_map
from tests.delivery.azure_server import AUTHORITY, CLIENT_SECRET, TENANT, Azure
from tests.delivery.internet import NOBODY, Internet
from tests.delivery.saying import delivered, listening, refused, shown_in
from tests.delivery.serving import CANARY, HOSTILE, a_bundle

ADDRESS = "azure:acme-vault/alchemer"
VAULT = "acme-vault.vault.azure.net"
LOGIN = AUTHORITY.removeprefix("https://")


@pytest.fixture
def azure(internet: Internet, monkeypatch: pytest.MonkeyPatch) -> Azure:
    """A vault, and an environment that may use it."""
    azure = Azure()
    internet.serve(azure.vault, VAULT)
    internet.serve(azure.login, LOGIN)
    monkeypatch.delenv("AZURE_AUTHORITY_HOST", raising=False)
    monkeypatch.setenv("AZURE_TENANT_ID", TENANT)
    monkeypatch.setenv("AZURE_CLIENT_ID", "0d2f4c11-5b6a-4c3e-8e0b-1b2c3d4e5f60")
    monkeypatch.setenv("AZURE_CLIENT_SECRET", CLIENT_SECRET)
    return azure


@pytest.fixture(autouse=True)
def _first_in_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client remembers whom a vault wants a login of; and no other way to log in than by variables is looked for."""
    http_challenge_cache.clear()
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")


def where(version: int) -> str:
    return f"alchemer in {VAULT}, version {version:032x}"


def test_what_is_not_there_is_made(azure: Azure) -> None:
    """With what a client needs, and when it ends, which Key Vault can announce."""
    assert delivered(ADDRESS) == Outcome(where(1), changed=True)

    there = azure.now("alchemer")
    assert json.loads(there["value"]) == as_map(a_bundle())
    assert json.loads(there["value"])["client_secret"] == CANARY
    assert there["contentType"] == "application/json"
    assert there["attributes"]["exp"] == datetime(2027, 2, 13, tzinfo=UTC).timestamp()


def test_a_delivery_anew_writes_nothing(azure: Azure) -> None:
    """Where nothing differs, there is no second version."""
    delivered(ADDRESS)

    assert delivered(ADDRESS) == Outcome(where(1), changed=False)
    assert len(azure.secrets["alchemer"]) == 1


def test_another_spelling_of_the_same_is_the_same(azure: Azure) -> None:
    """Somebody may have laid it out to be read."""
    azure.put("alchemer", json.dumps(as_map(a_bundle()), indent=2, sort_keys=True))

    assert delivered(ADDRESS).changed is False


def test_what_others_have_in_the_secret_stays(azure: Azure) -> None:
    """Their keys, whatever is in them, and their tags; a rotation replaces ours, and leaves the version before."""
    theirs = {"theirs": {"nested": [1, 2.5, None, "ä"]}}
    azure.put("alchemer", json.dumps({**theirs, **as_map(a_bundle("dose-old"))}), tags={"team": "cx"})

    assert delivered(ADDRESS) == Outcome(where(2), changed=True)

    before, after = azure.secrets["alchemer"]
    assert json.loads(after["value"]) == {**theirs, **as_map(a_bundle())}
    assert after["tags"] == {"team": "cx"}
    assert json.loads(before["value"])["client_secret"] == "dose-old"
    assert before["attributes"]["enabled"]


def test_any_secret_arrives_as_it_is(azure: Azure) -> None:
    """Quotes, line ends, nulls, emoji; and it is recognized when it comes again."""
    delivered(ADDRESS, HOSTILE)

    assert json.loads(azure.now("alchemer")["value"])["client_secret"] == HOSTILE
    assert delivered(ADDRESS, HOSTILE).changed is False


@pytest.mark.parametrize("text", ["dose-of-somebody", "[]", '"text"', "7", ""])
def test_what_is_nothing_to_add_to_is_left(azure: Azure, text: str) -> None:
    """Somebody may read it."""
    azure.put("alchemer", text)

    assert refused(ADDRESS) == "what is in it is no JSON object, and somebody may read it; name another secret, or take it away first"
    assert [version["value"] for version in azure.secrets["alchemer"]] == [text]


def test_the_secret_goes_out_after_the_login_alone(azure: Azure) -> None:
    """Whom to log in to is asked without a body."""
    delivered(ADDRESS)

    assert [(method, trusted) for method, trusted, _ in azure.asked] == [("GET", False), ("GET", True), ("PUT", True)]


def test_a_vault_that_asks_for_another_login_gets_nothing(azure: Azure) -> None:
    """It might hand the token on to whoever the token is good for."""
    azure.resource = "https://management.azure.com"

    assert refused(ADDRESS) == f"what answers at https://{VAULT} is no key vault of this cloud; see to AZURE_AUTHORITY_HOST"
    assert not any(trusted for _, trusted, _ in azure.asked)


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize(
    ("status", "code", "sentence"),
    [
        (403, "ForbiddenByRbac", 'the login may not read and set secrets in it; give it the role "Key Vault Secrets Officer" there'),
        (
            403,
            "AccessDenied",
            "the login may not read and set secrets in it; give it the secret permissions Get and Set in the vault's access policy",
        ),
        (403, "ForbiddenByFirewall", "the vault's firewall does not let this machine in"),
        (403, "SecretDisabled", "its current version is disabled; enable it, or name another secret"),
        (
            409,
            "ObjectIsDeletedButRecoverable",
            "a secret of this name was deleted, and keeps the name; recover or purge it, or name another",
        ),
        (400, "Odd", "Azure answers with status 400 (Odd); try again later"),
        (429, "Throttled", "Azure answers with status 429 (Throttled); try again later"),
        (503, "Busy", "Azure answers with status 503 (Busy); try again later"),
    ],
)
def test_each_refusal_is_a_sentence(azure: Azure, method: str, status: int, code: str, sentence: str) -> None:
    """With what to do, nothing of what the server says, and no wait for as long as it likes."""
    azure.refusals[method] = (status, code)
    azure.headers = {"Retry-After": "3600"}

    assert refused(ADDRESS) == sentence
    assert not azure.secrets


def test_an_answer_that_is_no_json_is_said(azure: Azure, internet: Internet) -> None:
    """Such as a proxy's page."""
    del azure
    internet.serve(NOBODY, VAULT)

    assert refused(ADDRESS) == "Azure answers with status 502 (Bad Gateway); try again later"


@pytest.mark.parametrize("secret", ["ended", ""])
def test_a_login_that_is_refused_or_lacks_is_said(azure: Azure, monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    """With what sets another."""
    monkeypatch.setenv("AZURE_CLIENT_SECRET", secret)

    assert refused(ADDRESS) == (
        "Azure knows no login, or refuses it; set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or run `az login`"
    )
    assert not azure.secrets


def test_no_log_has_the_secret(azure: Azure) -> None:
    """At no level, from whichever of the client's parts."""
    with listening("azure", "msal", "urllib3") as heard:
        delivered(ADDRESS)
        delivered(ADDRESS)

    assert len(azure.secrets["alchemer"]) == 1
    assert heard
    assert not shown_in("".join(heard))


@pytest.mark.parametrize(
    ("authority", "cloud"),
    [
        ("login.microsoftonline.us", "vault.usgovcloudapi.net"),
        ("https://login.chinacloudapi.cn/", "vault.azure.cn"),
        ("https://login.microsoftonline.com", "vault.azure.net"),
    ],
)
def test_each_cloud_has_vaults_of_its_own(internet: Internet, monkeypatch: pytest.MonkeyPatch, authority: str, cloud: str) -> None:
    """By the variable that names who logs in there."""
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", authority)
    internet.take_down(f"acme-vault.{cloud}")

    assert refused(ADDRESS).startswith(f"https://acme-vault.{cloud} cannot be reached")


def test_a_cloud_that_nobody_knows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where its vaults are is not guessed."""
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", "https://login.acme.example")

    assert refused(ADDRESS).startswith("AZURE_AUTHORITY_HOST is none of the clouds whose key vaults are known: login.microsoftonline.com, ")


def test_a_certificate_of_nobody_ends_it(azure: Azure, internet: Internet, tmp_path: Path) -> None:
    """Whoever answers there may not be Azure."""
    internet.trust_others(tmp_path)

    assert refused(ADDRESS).startswith(f"https://{VAULT} cannot be reached")
    assert not azure.asked


@pytest.mark.usefixtures("azure")
def test_a_vault_that_is_not_there_is_said_within_seconds(internet: Internet) -> None:
    """A name that leads nowhere is one that no vault has."""
    internet.forget(VAULT)

    assert refused(ADDRESS) == f"https://{VAULT} cannot be reached; is that the vault's name, and does this machine get there?"


@pytest.mark.usefixtures("azure")
def test_a_vault_that_never_answers_ends_too(internet: Internet, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait has an end."""
    internet.fall_silent(VAULT)
    monkeypatch.setattr(module, "_PATIENCE", {**module._PATIENCE, "connection_timeout": 0.1, "read_timeout": 0.1})

    assert refused(ADDRESS) == f"https://{VAULT} does not answer in time; try again later"
