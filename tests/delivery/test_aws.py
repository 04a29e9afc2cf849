"""AWS Secrets Manager: what a delivery writes there, what it leaves alone, and what it says where it cannot."""

import json
import logging
import os
import socket
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config
from moto.server import ThreadedMotoServer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from delivery import aws as module
from delivery.outcome import NotDelivered, Outcome
from delivery.targets import deliver
from model.delivery import Address
from tests.delivery.serving import CANARY, HOSTILE, a_bundle, serving

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

ADDRESS = "aws:alchemer/databricks"
SECRET = "alchemer/databricks"
REGION = "eu-central-1"


@pytest.fixture(scope="module")
def _served() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def _login(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials and a region in the environment, and none of the machine's."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "example",
        "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def aws(_served: str, monkeypatch: pytest.MonkeyPatch) -> "SecretsManagerClient":
    """An admin's client of an AWS with no secrets."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", _served)
    client: SecretsManagerClient = boto3.client("secretsmanager", region_name=REGION)
    for each in client.list_secrets(IncludePlannedDeletion=True)["SecretList"]:
        client.delete_secret(SecretId=each["ARN"], ForceDeleteWithoutRecovery=True)
    return client


def delivered(secret: str = CANARY, *, number: int = 1) -> Outcome:
    return deliver("alchemer", a_bundle(secret, number=number), Address.parse(ADDRESS))


def refused() -> str:
    """Why it is not delivered; never with the secret in the words."""
    with pytest.raises(NotDelivered) as caught:
        delivered()
    assert CANARY not in repr(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def now(aws: "SecretsManagerClient") -> object:
    return json.loads(aws.get_secret_value(SecretId=SECRET)["SecretString"])


def versions(aws: "SecretsManagerClient") -> int:
    return len(aws.list_secret_version_ids(SecretId=SECRET, IncludeDeprecated=True)["Versions"])


def test_what_is_not_there_is_made_as_aws_has_it(aws: "SecretsManagerClient") -> None:
    """In the shape of AWS's own managed secret of a Databricks service principal."""
    assert delivered() == Outcome("alchemer/databricks in eu-central-1", changed=True)

    assert now(aws) == {
        "servicePrincipalId": "6391862435879442",
        "clientId": "5bd71bc8-7f2e-4a0c-9d61-0f4d8e1b2a37",
        "clientSecret": CANARY,
        "oauthSecretId": "sec-1",
    }


def test_the_account_stands_there_where_it_is_known(aws: "SecretsManagerClient") -> None:
    """AWS asks for it; a stack need not declare it."""
    bundle = a_bundle().model_copy(update={"account_id": "8c1f0f4e-5b1d-4f0e-9a63-2d7c5f8e1b42"})

    deliver("alchemer", bundle, Address.parse(ADDRESS))

    assert json.loads(aws.get_secret_value(SecretId=SECRET)["SecretString"])["accountId"] == bundle.account_id


def test_a_delivery_anew_writes_nothing(aws: "SecretsManagerClient") -> None:
    """Where nothing differs, there is no second version."""
    delivered()

    assert delivered() == Outcome("alchemer/databricks in eu-central-1", changed=False)
    assert versions(aws) == 1


def test_what_others_have_in_the_secret_stays(aws: "SecretsManagerClient") -> None:
    """Their keys; a rotation replaces ours, and the version before is kept by AWS."""
    aws.create_secret(Name=SECRET, SecretString=json.dumps({"theirs": [1, {"nested": None}]}))

    delivered()
    assert delivered("another", number=2).changed is True

    found = json.loads(aws.get_secret_value(SecretId=SECRET)["SecretString"])
    assert (found["theirs"], found["clientSecret"], found["oauthSecretId"]) == ([1, {"nested": None}], "another", "sec-2")
    before = json.loads(aws.get_secret_value(SecretId=SECRET, VersionStage="AWSPREVIOUS")["SecretString"])
    assert before["clientSecret"] == CANARY


def test_any_secret_arrives_as_it_is(aws: "SecretsManagerClient") -> None:
    """Quotes, line ends, nulls, emoji; and it is recognized when it comes again."""
    delivered(HOSTILE)

    assert json.loads(aws.get_secret_value(SecretId=SECRET)["SecretString"])["clientSecret"] == HOSTILE
    assert delivered(HOSTILE).changed is False


def test_a_secret_without_a_value_gets_one(aws: "SecretsManagerClient") -> None:
    """As another tool makes it, which leaves the value to us."""
    aws.create_secret(Name=SECRET)

    assert delivered().changed is True
    assert delivered().changed is False


def test_what_somebody_makes_meanwhile_stays(aws: "SecretsManagerClient", monkeypatch: pytest.MonkeyPatch) -> None:
    """Between our look, which found nothing, and our making it."""
    read = module._read

    def then_another_admin(client: "SecretsManagerClient", secret_id: str) -> str | None:
        found = read(client, secret_id)
        if found is None:
            aws.create_secret(Name=SECRET, SecretString='{"theirs": 1}')
        return found

    monkeypatch.setattr(module, "_read", then_another_admin)

    assert delivered().changed is True
    found = json.loads(aws.get_secret_value(SecretId=SECRET)["SecretString"])
    assert (found["theirs"], found["clientSecret"]) == (1, CANARY)


@pytest.mark.parametrize("theirs", [{"SecretString": "a password"}, {"SecretString": "[1]"}, {"SecretBinary": b"\x00\xff"}])
def test_a_value_of_somebody_else_is_not_overwritten(aws: "SecretsManagerClient", theirs: dict[str, object]) -> None:
    """Where no keys can be set beside it."""
    aws.create_secret(Name=SECRET, **theirs)  # type: ignore[arg-type]  # one of the two

    assert refused() == "what is in it is no JSON object, and somebody may read it; name another secret, or take it away first"
    assert versions(aws) == 1


def test_a_secret_scheduled_for_deletion_is_said(aws: "SecretsManagerClient") -> None:
    """It could be neither read nor made anew."""
    delivered()
    aws.delete_secret(SecretId=SECRET)

    assert refused() == "it is scheduled for deletion; run `aws secretsmanager restore-secret`, or name another"


def test_without_credentials_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each way to lack them has its own way out."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert refused() == "only a part of the credentials for AWS is there; set the rest"
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    assert refused() == "there are no credentials for AWS; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    monkeypatch.setenv("AWS_PROFILE", "nobody's")
    assert refused() == "there is no such profile as AWS_PROFILE names"


def test_a_missing_region_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """No address follows without one."""
    monkeypatch.delenv("AWS_REGION")

    assert refused() == "no region is named; set AWS_REGION, or one in the profile"


@pytest.mark.parametrize("url", ["http://secrets.acme.example", "http://10.0.0.1:4566"])
def test_a_secret_goes_to_no_address_where_others_read_along(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """An endpoint that somebody set for a test, and forgot."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)

    assert refused() == "AWS_ENDPOINT_URL leads to an address that is neither https nor this machine's own; a secret is not sent there"


def test_an_endpoint_that_is_no_address_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """boto3 raises a bare ValueError."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "nowhere")

    assert refused() == "AWS_REGION or AWS_ENDPOINT_URL leads to no address; see to them"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("AccessDeniedException", "AWS does not allow it; the identity needs secretsmanager:GetSecretValue"),
        ("UnrecognizedClientException", "AWS refuses the credentials; they are wrong or have ended"),
        ("ExpiredTokenException", "AWS refuses the credentials; they are wrong or have ended"),
        ("DecryptionFailure", "AWS cannot use the KMS key of the secret"),
        ("ValidationException", "AWS refuses it (ValidationException); try again later"),
    ],
)
def test_a_refusal_is_one_sentence(monkeypatch: pytest.MonkeyPatch, code: str, said: str) -> None:
    """Without AWS's own words, which repeat the value that they find faults with."""

    async def refuse(request: Request) -> JSONResponse:
        if request.headers["x-amz-target"].endswith("GetSecretValue"):
            return JSONResponse({"__type": "ResourceNotFoundException", "message": "can't find"}, 400)
        return JSONResponse({"__type": code, "message": f"Value {(await request.body()).decode()} failed"}, 400)

    with serving(Starlette(routes=[Route("/", refuse, methods=["POST"])])) as port:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        assert refused().startswith(said)


def test_an_aws_that_is_down_is_said_in_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens there."""
    with serving(Starlette()) as port:
        pass
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    began = time.monotonic()

    assert refused() == "AWS cannot be reached; see to AWS_REGION and the network"
    assert time.monotonic() - began < 10


def test_an_aws_that_does_not_answer_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes the request, and says nothing."""
    monkeypatch.setattr(module, "_PATIENCE", Config(read_timeout=0.2, retries={"mode": "standard", "max_attempts": 1}))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        began = time.monotonic()
        assert refused() == "AWS does not answer in time; try again later"
    assert time.monotonic() - began < 10


@pytest.mark.usefixtures("aws")
def test_no_log_holds_the_secret(caplog: pytest.LogCaptureFixture) -> None:
    """boto3 logs whole requests and answers at DEBUG."""
    caplog.set_level(logging.DEBUG)

    delivered()
    delivered()

    assert caplog.records
    assert CANARY not in caplog.text
