"""GitHub Actions: what a delivery writes there, how, and what it says where it cannot."""

from pathlib import Path
from typing import Any

import pytest
import requests
from nacl.encoding import Base64Encoder
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from delivery import github as module
from delivery.outcome import Outcome
from delivery.values import as_environment
from tests.delivery.github_server import TOKEN, GitHub
from tests.delivery.internet import Internet
from tests.delivery.saying import delivered, listening, refused, shown_in
from tests.delivery.serving import CANARY, HOSTILE, a_bundle, serving

REPOSITORY = "github:acme/surveys"
ENVIRONMENT = "github:acme/surveys@production"


@pytest.fixture
def github(internet: Internet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> GitHub:
    """GitHub itself, and an environment that may use it."""
    github = GitHub()
    internet.serve(github.app, "api.github.com")
    monkeypatch.delenv("GITHUB_API_URL", raising=False)
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("NETRC", raising=False)
    return github


def test_a_repository_gets_what_every_databricks_client_reads(github: GitHub) -> None:
    """Three secrets, which a workflow hands on as variables of the same names."""
    assert delivered(REPOSITORY) == Outcome("the secrets of acme/surveys", changed=True)

    assert github.secrets == {"acme/surveys": as_environment(a_bundle())}
    assert github.secrets["acme/surveys"]["DATABRICKS_CLIENT_SECRET"] == CANARY


def test_an_environment_has_secrets_of_its_own(github: GitHub) -> None:
    """Only a job that runs in it sees them."""
    assert delivered(ENVIRONMENT) == Outcome('the secrets of acme/surveys, environment "production"', changed=True)

    assert github.secrets == {"acme/surveys@production": as_environment(a_bundle())}


def test_an_environment_may_have_any_name(github: GitHub) -> None:
    """GitHub takes slashes and blanks in it, and wants them encoded."""
    github.repositories["acme/surveys"].add("eu/prod ü?#@1")

    delivered("github:acme/surveys@eu/prod ü?#@1")

    assert github.secrets == {"acme/surveys@eu/prod ü?#@1": as_environment(a_bundle())}
    assert github.paths[0] == "GET /repos/acme/surveys/environments/eu%2Fprod%20%C3%BC%3F%23%401/secrets/public-key"


def test_what_github_does_not_show_is_written_anew(github: GitHub) -> None:
    """It tells whether there was a secret, and of one that was there not what was in it; others stay."""
    github.secrets["acme/surveys"] = {"THEIRS": "kept"}
    delivered(REPOSITORY)

    assert delivered(REPOSITORY, "dose-rotated", number=2) == Outcome("the secrets of acme/surveys", changed=None)

    assert github.secrets == {"acme/surveys": {"THEIRS": "kept", **as_environment(a_bundle("dose-rotated"))}}


def test_any_secret_arrives_as_it_is(github: GitHub) -> None:
    """Quotes, line ends, nulls, emoji."""
    delivered(REPOSITORY, HOSTILE)

    assert github.secrets["acme/surveys"]["DATABRICKS_CLIENT_SECRET"] == HOSTILE


@pytest.mark.usefixtures("github")
def test_a_value_leaves_this_machine_sealed_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """What GitHub gets to read on the way, a proxy's log say, is nothing that could be used."""
    sent: list[str] = []
    ask = requests.Session.request

    def noted(*arguments: Any, **options: Any) -> requests.Response:  # noqa: ANN401 -- as requests has it
        sent.append(f"{arguments} {options}")
        return ask(*arguments, **options)

    monkeypatch.setattr(requests.Session, "request", noted)

    with listening("urllib3") as heard:
        delivered(REPOSITORY)

    assert len(sent) == 4
    assert not shown_in("".join(sent))
    assert heard
    assert not shown_in("".join(heard))


def test_an_enterprise_server_is_named_by_its_own_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Actions sets it in each job."""
    github = GitHub()
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    with serving(github.app) as port:
        monkeypatch.setenv("GITHUB_API_URL", f"http://127.0.0.1:{port}/api/v3/")
        delivered(REPOSITORY)

    assert github.secrets == {"acme/surveys": as_environment(a_bundle())}


def test_a_machine_with_a_netrc_sends_the_token_all_the_same(github: GitHub, tmp_path: Path) -> None:
    """The client would else prefer a password for the same host, which is meant for git."""
    (tmp_path / ".netrc").write_text("machine api.github.com login git password for-git\n")

    delivered(REPOSITORY)

    assert github.secrets


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (JSONResponse({"message": f"no {CANARY}"}, 401), "GitHub refuses GITHUB_TOKEN; it is wrong or has ended"),
        (
            JSONResponse({"message": f"Resource not accessible by integration {CANARY}"}, 403),
            "GITHUB_TOKEN lacks the permission Secrets: write; the token that a workflow is given cannot have it",
        ),
        (
            JSONResponse({}, 403, headers={"x-ratelimit-remaining": "0"}),
            "GitHub takes no more requests of this token for now; try again later",
        ),
        (JSONResponse({}, 429, headers={"Retry-After": "3600"}), "GitHub takes no more requests of this token for now; try again later"),
        (RedirectResponse("http://elsewhere.example/", 301), "the repository has moved; write its new name"),
        (RedirectResponse("http://elsewhere.example/", 307), "the repository has moved; write its new name"),
        (JSONResponse({"message": CANARY}, 422), "GitHub answers with status 422; try again later"),
        (PlainTextResponse(f"<html>{CANARY}"), "what answers there is not GitHub's API; see to GITHUB_API_URL"),
        (JSONResponse(["key"]), "what answers there is not GitHub's API; see to GITHUB_API_URL"),
        (JSONResponse({"key_id": "1", "key": "c2hvcnQ="}), "what answers there is not GitHub's API; see to GITHUB_API_URL"),
    ],
)
def test_each_refusal_is_a_sentence(github: GitHub, answer: Response, sentence: str) -> None:
    """With what to do, and nothing of what the server says."""
    github.answers = [answer]

    assert refused(REPOSITORY) == sentence
    assert not github.secrets


def test_a_refusal_half_way_is_one(github: GitHub) -> None:
    """The client secret is written last; the next delivery writes all of them."""
    delivered(REPOSITORY, "dose-old")
    key = JSONResponse({"key_id": "568250167242549743", "key": github._key.public_key.encode(Base64Encoder).decode()})
    github.answers = [key, Response(status_code=204), JSONResponse({"message": CANARY}, 403)]

    assert refused(REPOSITORY).startswith("GITHUB_TOKEN lacks the permission")
    assert github.secrets["acme/surveys"]["DATABRICKS_CLIENT_SECRET"] == "dose-old"

    delivered(REPOSITORY)
    assert github.secrets["acme/surveys"]["DATABRICKS_CLIENT_SECRET"] == CANARY


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("github:acme/other", "there is no repository acme/other, or GITHUB_TOKEN may not see it"),
        ("github:acme/surveys@test", 'acme/surveys has no environment "test", or GITHUB_TOKEN may not see it; make it first'),
    ],
)
def test_what_is_not_there_is_said(github: GitHub, address: str, sentence: str) -> None:
    """An environment is not made: one without its rules would hand the secret to any branch."""
    assert refused(address) == sentence
    assert not github.secrets


def test_a_token_for_an_environment_needs_another_permission(github: GitHub) -> None:
    """Environments are none of a repository's secrets."""
    github.answers = [JSONResponse({}, 403)]

    assert refused(ENVIRONMENT).startswith("GITHUB_TOKEN lacks the permission Environments: write")


def test_a_moment_of_trouble_is_waited_for(github: GitHub) -> None:
    """Each of the requests can be repeated."""
    github.answers = [Response(status_code=502), Response(status_code=503)]

    assert delivered(REPOSITORY).changed


def test_nothing_goes_out_without_a_token(github: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence names the variable."""
    monkeypatch.setenv("GITHUB_TOKEN", " ")

    assert refused(REPOSITORY) == "there is no GITHUB_TOKEN in the environment; set one that may write the repository's secrets"
    assert not github.paths


def test_nothing_goes_out_unencrypted(github: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even the token."""
    monkeypatch.setenv("GITHUB_API_URL", "http://api.github.com")

    assert refused(REPOSITORY).startswith("GITHUB_API_URL leads to an address that is neither https nor this machine's own")
    assert not github.paths


def test_a_certificate_of_nobody_ends_it(github: GitHub, internet: Internet, tmp_path: Path) -> None:
    """Whoever answers there may not be GitHub."""
    internet.trust_others(tmp_path)

    assert refused(REPOSITORY) == "the certificate of GITHUB_API_URL is not trusted; REQUESTS_CA_BUNDLE says whose is"
    assert not github.paths


@pytest.mark.usefixtures("github")
def test_an_address_where_nobody_answers_ends_soon(internet: Internet) -> None:
    """Within seconds."""
    internet.take_down("api.github.com")

    assert refused(REPOSITORY) == "GitHub cannot be reached; see to GITHUB_API_URL and the network"


@pytest.mark.usefixtures("github")
def test_a_server_that_never_answers_ends_too(internet: Internet, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait has an end."""
    internet.fall_silent("api.github.com")
    monkeypatch.setattr(module, "TIMEOUT_S", (0.1, 0.1))

    assert refused(REPOSITORY) == "GitHub does not answer in time; try again later"
