"""Google Secret Manager: a secret of JSON text, which gets a new version where something in it differs.

Earlier versions stay as they are, and enabled: who reads `latest` has the new one at once, and the Databricks secret in an earlier one
ends by itself.
"""

import google.cloud.secretmanager_v1 as secretmanager
from google.api_core.exceptions import GoogleAPICallError, GoogleAPIError, RetryError
from google.api_core.retry import Retry
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError, RefreshError

from delivery.guard import quieten
from delivery.json_text import merged
from delivery.outcome import NotDelivered, Outcome
from delivery.values import as_map
from model.bundle import AuthenticationBundle
from model.delivery import Address

TIMEOUT_S = 15.0

# All of it can be repeated: a version too many holds what the one before it does.
_PATIENCE = Retry(initial=0.5, maximum=5, timeout=TIMEOUT_S)

_REFUSED = "Google refuses the credentials; they are wrong or have ended"
_ELSEWHERE = "its organization decides where secrets are kept (constraints/gcp.resourceLocations); make it, with its locations"
_REFUSALS = {
    "SERVICE_DISABLED": "the project does not use Secret Manager; enable secretmanager.googleapis.com in it",
    "UNAUTHENTICATED": _REFUSED,
    "PERMISSION_DENIED": (
        "the credentials may not, or there is no such project; they need secretmanager.versions.access and versions.add, "
        "and secrets.create where the secret is not there"
    ),
    "NOT_FOUND": "there is no such project",
    "RESOURCE_EXHAUSTED": "Google takes no more requests for now; try again later",
}
"""By Google's reason or status. Its own words are not repeated: the request that they speak of holds the secret."""


class _Secret:
    """One secret of a project."""

    def __init__(self, client: secretmanager.SecretManagerServiceClient, address: Address) -> None:
        project, self._id = address.parts
        self._client = client
        self._project = f"projects/{project}"
        self._path = f"{self._project}/secrets/{self._id}"

    def latest(self) -> secretmanager.AccessSecretVersionResponse | None:
        """The version that is read where none is named; None where there is none."""
        try:
            return self._client.access_secret_version(name=f"{self._path}/versions/latest", retry=_PATIENCE, timeout=TIMEOUT_S)
        except GoogleAPICallError as error:
            match _status(error):
                case "NOT_FOUND":
                    return None
                case "FAILED_PRECONDITION":
                    raise NotDelivered("its latest version is disabled or destroyed; enable it, or add one that is {}") from None
            raise

    def add(self, text: str) -> str:
        """Adds a version, to a secret that is made where it is not there; its name."""
        payload = secretmanager.SecretPayload(data=text.encode())
        try:
            return self._client.add_secret_version(parent=self._path, payload=payload, retry=_PATIENCE, timeout=TIMEOUT_S).name
        except GoogleAPICallError as error:
            if _status(error) != "NOT_FOUND":
                raise
            self._make()
        return self._client.add_secret_version(parent=self._path, payload=payload, retry=_PATIENCE, timeout=TIMEOUT_S).name

    def _make(self) -> None:
        automatic = secretmanager.Replication(automatic=secretmanager.Replication.Automatic())
        secret = secretmanager.Secret(replication=automatic)
        try:
            self._client.create_secret(parent=self._project, secret_id=self._id, secret=secret, retry=_PATIENCE, timeout=TIMEOUT_S)
        except GoogleAPICallError as error:
            match _status(error):
                case "ALREADY_EXISTS":
                    # Somebody else made it meanwhile.
                    return
                case "FAILED_PRECONDITION":
                    raise NotDelivered(_ELSEWHERE) from None
            raise


def deliver(name: str, bundle: AuthenticationBundle, address: Address) -> Outcome:
    """Sets the bundle's keys in the secret."""
    del name
    values = as_map(bundle)
    quieten("google.cloud.secretmanager_v1")
    try:
        # Not by gRPC, which has ways of its own to a proxy, and trusts others than REQUESTS_CA_BUNDLE says.
        with secretmanager.SecretManagerServiceClient(transport="rest") as client:
            secret = _Secret(client, address)
            latest = secret.latest()
            text = merged(latest.payload.data if latest else None, values)
            if latest and text.encode() == latest.payload.data:
                return Outcome(latest.name, changed=False)
            return Outcome(secret.add(text), changed=True)
    except (GoogleAPIError, GoogleAuthError, OSError) as error:
        raise NotDelivered(_meaning(error)) from None


def _meaning(error: Exception) -> str:
    if isinstance(error, RetryError) and error.cause:
        error = error.cause
    match error:
        case DefaultCredentialsError():
            return "there are no credentials for Google; set GOOGLE_APPLICATION_CREDENTIALS, or run `gcloud auth application-default login`"
        case RefreshError():
            return _REFUSED
        case GoogleAPICallError():
            known = _REFUSALS.get(error.reason or "") or _REFUSALS.get(_status(error))
            return known or f"Google answers with status {error.code} ({_status(error) or 'without a reason'}); try again later"
    return "Google cannot be reached, or does not answer in time; try again later"


def _status(error: GoogleAPICallError) -> str:
    """Google's word for it, which is more exact than HTTP's number."""
    try:
        return str(error.response.json()["error"]["status"])
    except (AttributeError, ValueError, LookupError, TypeError):
        return ""
