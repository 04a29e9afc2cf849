"""AWS Secrets Manager: one secret, in the shape that AWS itself gives to the secret of a Databricks service principal.

PutSecretValue knows no condition: what somebody else writes to the same secret between our reading and our writing is then its
previous version, and not its current one.
"""

import os
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    ReadTimeoutError,
    SSLError,
    SSOError,
    TokenRetrievalError,
)

from delivery.guard import quieten, require_safe
from delivery.json_text import merged
from delivery.outcome import NotDelivered, Outcome
from delivery.values import secret_of, with_a_secret
from model.bundle import AuthenticationBundle
from model.delivery import Address

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

_PATIENCE = Config(connect_timeout=5, read_timeout=15, retries={"mode": "standard", "max_attempts": 3})

_CREDENTIALS = "AWS refuses the credentials; they are wrong or have ended"
_LOGIN = "the login at AWS fails, or has ended; log in again, with `aws sso login` for instance"
_NOBODY = "AWS cannot be reached; see to AWS_REGION and the network"
_KEY = "AWS cannot use the KMS key of the secret; see to the key and to who may use it"
_REFUSALS = {
    "AccessDeniedException": (
        "AWS does not allow it; the identity needs secretsmanager:GetSecretValue, CreateSecret and PutSecretValue on the secret, "
        "and its KMS key where it has one of its own"
    ),
    "UnrecognizedClientException": _CREDENTIALS,
    "InvalidClientTokenId": _CREDENTIALS,
    "InvalidSignatureException": _CREDENTIALS,
    "SignatureDoesNotMatch": _CREDENTIALS,
    "ExpiredTokenException": _CREDENTIALS,
    "ExpiredToken": _CREDENTIALS,
    "DecryptionFailure": _KEY,
    "EncryptionFailure": _KEY,
}
"""By AWS's code. Its own words are not repeated: a request that it finds faults with may be in them."""
_WITHOUT_AN_ANSWER: dict[type[BotoCoreError], str] = {
    NoCredentialsError: "there are no credentials for AWS; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    PartialCredentialsError: "only a part of the credentials for AWS is there; set the rest",
    NoRegionError: "no region is named; set AWS_REGION, or one in the profile",
    ProfileNotFound: "there is no such profile as AWS_PROFILE names",
    CredentialRetrievalError: _LOGIN,
    SSOError: _LOGIN,
    TokenRetrievalError: _LOGIN,
    ConnectTimeoutError: _NOBODY,
    EndpointConnectionError: _NOBODY,
    ReadTimeoutError: "AWS does not answer in time; try again later",
    SSLError: "AWS's certificate is not trusted; AWS_CA_BUNDLE says whose is",
}


def deliver(name: str, bundle: AuthenticationBundle, address: Address) -> Outcome:
    """Sets the bundle's keys in the secret, which is made where it is not there."""
    (secret_id,) = address.parts
    values = _as_aws_has_them(bundle)
    quieten("botocore")
    try:
        return _delivered(_client(), secret_id, values, description=f"Databricks service principal of {name}")
    except ClientError as error:
        raise NotDelivered(_refused(error)) from None
    except BotoCoreError as error:
        why = next((why for kind, why in _WITHOUT_AN_ANSWER.items() if isinstance(error, kind)), None)
        raise NotDelivered(
            why or f"AWS was not asked, or did not answer ({type(error).__name__}); see to the login and the network"
        ) from None


def _client() -> "SecretsManagerClient":
    try:
        # boto3 alone of all AWS's clients does not know AWS_REGION. A session of our own: the default one is not for threads.
        session = boto3.Session(region_name=os.environ.get("AWS_REGION") or None)
        client: SecretsManagerClient = session.client("secretsmanager", config=_PATIENCE)
    except ValueError:
        raise NotDelivered("AWS_REGION or AWS_ENDPOINT_URL leads to no address; see to them") from None
    require_safe(client.meta.endpoint_url, named_by="AWS_ENDPOINT_URL")
    return client


def _delivered(client: "SecretsManagerClient", secret_id: str, values: dict[str, str], *, description: str) -> Outcome:
    where = f"{secret_id} in {client.meta.region_name}"
    there = _read(client, secret_id)
    if there is None:
        try:
            client.create_secret(Name=secret_id, SecretString=merged(None, values), Description=description)
            return Outcome(where, changed=True)
        except client.exceptions.ResourceExistsException:
            # Somebody made it meanwhile, or made it without a value.
            there = _read(client, secret_id)
    text = merged(there, values)
    if text != there:
        client.put_secret_value(SecretId=secret_id, SecretString=text)
    return Outcome(where, changed=text != there)


def _read(client: "SecretsManagerClient", secret_id: str) -> str | None:
    """The text in it, which is empty where it holds bytes; None where it is not there, or has no value yet."""
    try:
        return client.get_secret_value(SecretId=secret_id).get("SecretString", "")
    except client.exceptions.ResourceNotFoundException:
        return None


def _as_aws_has_them(bundle: AuthenticationBundle) -> dict[str, str]:
    """As AWS's managed external secret of the type DatabricksSPSecret has them."""
    account = {"accountId": bundle.account_id} if bundle.account_id else {}
    return {
        **account,
        "servicePrincipalId": bundle.service_principal_id,
        "clientId": bundle.client_id,
        "clientSecret": secret_of(bundle),
        "oauthSecretId": with_a_secret(bundle.secret_id),
    }


def _refused(error: ClientError) -> str:
    said = error.response.get("Error", {})
    code = said.get("Code", "an unknown error")
    if code == "InvalidRequestException" and "delet" in said.get("Message", ""):
        return "it is scheduled for deletion; run `aws secretsmanager restore-secret`, or name another"
    return _REFUSALS.get(code, f"AWS refuses it ({code}); try again later")
