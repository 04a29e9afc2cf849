"""What is asked again: what the official plugin asks again, and no more. databricks-sdk for Python has other reasons. (api-facts: 2.3)"""

import re

import requests
from databricks.sdk.core import ApiClient, Config
from databricks.sdk.errors import TooManyRequests
from databricks.sdk.errors.base import DatabricksError

_BY_MESSAGE = re.compile(
    "UnknownWorkerEnvironmentException|does not have any associated worker environments|There is no worker environment with id"
    "|Unknown worker environment|ClusterNotReadyException|worker env .* not found|Timed out after |deadline exceeded"
    # SCIM's limit of requests at once, which may come as a 500. (databricks-sdk-go#721)
    "|REQUEST_LIMIT_EXCEEDED"
)
_NO_CONNECTION = re.compile("connection reset by peer|connection refused", re.IGNORECASE)
_BUSY_LOGIN = "unknown: unknown"


def client(config: Config) -> ApiClient:
    """As the SDK makes it, but for its reasons to ask again. Without being asked it repeats each 429 and 503, as Go's does."""
    made = ApiClient(config)
    made._api_client._is_retryable = reason_to_repeat  # type: ignore[method-assign] # noqa: SLF001 - there is no setting for it
    return made


def reason_to_repeat(err: BaseException) -> str | None:
    """Why the official plugin would send the request again, whatever its method; None where it fails."""
    if isinstance(err, requests.ConnectTimeout):
        return "cannot connect"
    # A connection that is closed without an answer, or in the middle of one, is not among them.
    if isinstance(err, requests.ConnectionError) and (found := _NO_CONNECTION.search(str(err))):
        return found[0]
    if isinstance(err, TooManyRequests):
        return "too many requests"
    if isinstance(err, DatabricksError) and (found := _BY_MESSAGE.search(str(err))):
        return found[0]
    # A login that got no answer of OAuth: the SDK keeps no status of it, and repeats none. (api-facts: 1.2)
    if isinstance(err, ValueError) and str(err) == _BUSY_LOGIN:
        return "the token endpoint is busy"
    return None
