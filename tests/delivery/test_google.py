"""Google Secret Manager: what a delivery writes there, what it leaves alone, and what it says where it cannot."""

import json
import logging
from pathlib import Path

import pytest
from google.api_core.retry import Retry
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from delivery import google as module
from delivery.outcome import Outcome
from delivery.values import as_map
from tests.delivery.google_server import Google
from tests.delivery.internet import Internet
from tests.delivery.saying import delivered, listening, refused, shown_in
from tests.delivery.serving import CANARY, HOSTILE, a_bundle

ADDRESS = "google:acme-data/alchemer"
MANAGER = "secretmanager.googleapis.com"
BOUNDARIES = "iamcredentials.googleapis.com"
UNREACHABLE = "Google cannot be reached, or does not answer in time; try again later"


@pytest.fixture(scope="module")
def _keyed() -> Google:
    """Its key takes a while."""
    return Google()


@pytest.fixture
def google(_keyed: Google, internet: Internet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Google:
    """A project, and an environment that may use it; tries end soon."""
    google = _keyed
    for state in (google.secrets, google.made, google.refusals, google.meanwhile, google.asked):
        state.clear()
    internet.serve(google.manager, MANAGER)
    internet.serve(google.boundaries, BOUNDARIES)
    (tmp_path / "account.json").write_text(json.dumps(google.account()))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "account.json"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(module, "_PATIENCE", Retry(initial=0.01, timeout=0.2))
    return google


def where(version: int) -> str:
    return f"projects/1/secrets/alchemer/versions/{version}"


def test_what_is_not_there_is_made(google: Google) -> None:
    """With what a client needs, wherever Google keeps it."""
    assert delivered(ADDRESS) == Outcome(where(1), changed=True)

    assert json.loads(google.read("alchemer")) == as_map(a_bundle())
    assert json.loads(google.read("alchemer"))["client_secret"] == CANARY
    assert google.made == {"alchemer": {"replication": {"automatic": {}}}}


def test_a_secret_without_a_version_gets_its_first(google: Google) -> None:
    """As one does that was made, with its locations, for this."""
    google.secrets["alchemer"] = []

    assert delivered(ADDRESS) == Outcome(where(1), changed=True)
    assert google.asked == ["access", "add"]


def test_a_delivery_anew_writes_nothing(google: Google) -> None:
    """Where nothing differs, there is no second version."""
    delivered(ADDRESS)

    assert delivered(ADDRESS) == Outcome(where(1), changed=False)
    assert len(google.secrets["alchemer"]) == 1


def test_another_spelling_of_the_same_is_the_same(google: Google) -> None:
    """Somebody may have laid it out to be read."""
    google.put("alchemer", json.dumps(as_map(a_bundle()), indent=2, sort_keys=True) + "\n")

    assert delivered(ADDRESS).changed is False


def test_what_others_have_in_the_secret_stays(google: Google) -> None:
    """Their keys, whatever is in them; a rotation replaces ours, and leaves the version before."""
    theirs = {"theirs": {"nested": [1, 2.5, None, "ä"]}}
    google.put("alchemer", json.dumps({**theirs, **as_map(a_bundle("dose-old"))}))
    before = google.secrets["alchemer"][0].data

    assert delivered(ADDRESS) == Outcome(where(2), changed=True)

    assert json.loads(google.read("alchemer")) == {**theirs, **as_map(a_bundle())}
    assert (google.secrets["alchemer"][0].data, google.secrets["alchemer"][0].state) == (before, "ENABLED")


def test_any_secret_arrives_as_it_is(google: Google) -> None:
    """Quotes, line ends, nulls, emoji; and it is recognized when it comes again."""
    delivered(ADDRESS, HOSTILE)

    assert json.loads(google.read("alchemer"))["client_secret"] == HOSTILE
    assert delivered(ADDRESS, HOSTILE).changed is False


@pytest.mark.parametrize("data", [b"dose-of-somebody", b"[]", b"\xff\xfe", b'{"theirs": "\xff"}', b""])
def test_what_is_nothing_to_add_to_is_left(google: Google, data: bytes) -> None:
    """Somebody may read it."""
    google.put("alchemer", data)

    assert refused(ADDRESS) == "what is in it is no JSON object, and somebody may read it; name another secret, or take it away first"
    assert google.asked == ["access"]


@pytest.mark.parametrize("state", ["DISABLED", "DESTROYED"])
def test_what_somebody_disabled_stays_so(google: Google, state: str) -> None:
    """It may be because of a leak."""
    google.put("alchemer", "{}", state)

    assert refused(ADDRESS) == "its latest version is disabled or destroyed; enable it, or add one that is {}"
    assert google.asked == ["access"]


def test_what_somebody_makes_meanwhile_is_used(google: Google) -> None:
    """It is then there."""
    google.refusals["create"] = (409, "ALREADY_EXISTS", "")
    google.meanwhile = [lambda: None, lambda: google.secrets.update(alchemer=[])]

    assert delivered(ADDRESS) == Outcome(where(1), changed=True)
    assert google.asked == ["access", "add", "create", "add"]


@pytest.mark.parametrize("what", ["access", "add", "create"])
@pytest.mark.parametrize(
    ("number", "status", "reason", "sentence"),
    [
        (
            403,
            "PERMISSION_DENIED",
            "IAM_PERMISSION_DENIED",
            (
                "the credentials may not, or there is no such project; they need secretmanager.versions.access and versions.add, "
                "and secrets.create where the secret is not there"
            ),
        ),
        (
            403,
            "PERMISSION_DENIED",
            "SERVICE_DISABLED",
            "the project does not use Secret Manager; enable secretmanager.googleapis.com in it",
        ),
        (429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED", "Google takes no more requests for now; try again later"),
        (400, "INVALID_ARGUMENT", "", "Google answers with status 400 (INVALID_ARGUMENT); try again later"),
        (503, "UNAVAILABLE", "", "Google answers with status 503 (UNAVAILABLE); try again later"),
    ],
)
def test_each_refusal_is_a_sentence(google: Google, what: str, number: int, status: str, reason: str, sentence: str) -> None:  # noqa: PLR0917 -- pytest passes them by name
    """With what to do, and nothing of what the server says."""
    google.refusals[what] = (number, status, reason)

    assert refused(ADDRESS) == sentence
    assert not google.secrets.get("alchemer")


def test_an_organization_that_decides_where_secrets_are_kept_is_obeyed(google: Google) -> None:
    """Where, is not guessed."""
    google.refusals["create"] = (400, "FAILED_PRECONDITION", "")

    assert (
        refused(ADDRESS)
        == "its organization decides where secrets are kept (constraints/gcp.resourceLocations); make it, with its locations"
    )


def test_a_project_that_is_not_there_is_said(google: Google) -> None:
    """Which Google tells only those who may know."""
    assert refused("google:other/alchemer") == "there is no such project"
    assert not google.secrets


def test_a_moment_of_trouble_is_waited_for(google: Google, internet: Internet, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it can be repeated."""
    monkeypatch.setattr(module, "_PATIENCE", Retry(initial=0.01, timeout=10))
    app, answers = google.manager, [Response(status_code=503), Response(status_code=503)]

    async def soon(scope: Scope, receive: Receive, send: Send) -> None:
        await (answers.pop() if answers else app)(scope, receive, send)

    internet.serve(soon, MANAGER)

    assert delivered(ADDRESS).changed


def test_credentials_that_are_refused_are_said(google: Google, tmp_path: Path) -> None:
    """A key that was taken away signs for nobody."""
    (tmp_path / "account.json").write_text(json.dumps(Google().account()))

    assert refused(ADDRESS) == "Google refuses the credentials; they are wrong or have ended"
    assert not google.secrets


@pytest.mark.parametrize("content", [None, "", "{}", '{"type": "service_account"}'])
def test_what_are_no_credentials_is_said(google: Google, tmp_path: Path, content: str | None) -> None:
    """Whatever is wrong with the file."""
    file = tmp_path / "account.json"
    file.unlink()
    if content is not None:
        file.write_text(content)

    assert refused(ADDRESS).startswith("there are no credentials for Google; set GOOGLE_APPLICATION_CREDENTIALS, or run `gcloud auth ")
    assert not google.asked


def test_no_log_has_the_secret(google: Google, monkeypatch: pytest.MonkeyPatch) -> None:
    """At no level, from whichever of the client's parts, which writes requests whole where it is asked to."""
    monkeypatch.setattr(logging.getLogger("google.cloud.secretmanager_v1"), "level", logging.NOTSET)

    with listening("google", "urllib3") as heard:
        delivered(ADDRESS)
        delivered(ADDRESS)

    assert len(google.secrets["alchemer"]) == 1
    assert heard
    assert not shown_in("".join(heard))


def test_a_certificate_of_nobody_ends_it(google: Google, internet: Internet, tmp_path: Path) -> None:
    """Whoever answers there may not be Google."""
    internet.trust_others(tmp_path)

    assert refused(ADDRESS) == UNREACHABLE
    assert not google.asked


@pytest.mark.usefixtures("google")
def test_an_address_where_nobody_answers_ends_soon(internet: Internet) -> None:
    """Within seconds."""
    internet.take_down(MANAGER)

    assert refused(ADDRESS) == UNREACHABLE


@pytest.mark.usefixtures("google")
def test_a_server_that_never_answers_ends_too(internet: Internet, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait has an end."""
    internet.fall_silent(MANAGER)
    monkeypatch.setattr(module, "TIMEOUT_S", 0.2)

    assert refused(ADDRESS) == UNREACHABLE
