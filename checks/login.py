"""The SDK's logins, with what they lack: an end to the wait for a token, and a new one in the place of one that is refused."""

import threading
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future
from functools import wraps
from typing import Any, TypeVar

import requests
from databricks.sdk.core import ApiClient, Config
from databricks.sdk.credentials_provider import CredentialsProvider, CredentialsStrategy, DefaultCredentials, OAuthCredentialsProvider
from databricks.sdk.errors import Unauthenticated
from databricks.sdk.oauth import Token

from checks.sdk import REQUEST_TIMEOUT_S, metadata, without_settings
from checks.staying import logging_in
from checks.troubles import LoginUnanswered, trouble_of
from model.faults import BrickpassError, WorkspaceUnreachable
from model.hosts import require_trusted

T = TypeVar("T")
Send = Callable[..., object]

LOGIN_TIMEOUT_S: float = REQUEST_TIMEOUT_S

# The SDK's names of the logins that send what they were given.
_WITHOUT_TOKEN = {"basic", "pat"}
# How a token endpoint says no (RFC 6749, 4.1.2.1 and 5.2); the SDK begins its sentence with that word. (api-facts: 1.2)
_REFUSALS = {
    "access_denied",
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_scope",
    "unauthorized_client",
    "unsupported_grant_type",
}
# "invalid_request: Temporarily throttled, too many requests" (terraform-provider-databricks#2042, #2127)
_THROTTLED = "throttled"


class LoginRefused(BrickpassError):
    """The workspace does not take the credentials."""


class Login(CredentialsStrategy):
    """Logs in whichever way the settings say, as the SDK does by itself.

    Its errors are our own, so that the SDK neither repeats them nor takes them for faults of the settings:
    `LoginRefused`; `LoginUnanswered`, which may be tried again; `WorkspaceUnreachable`, where there is no workspace; `UntrustedHost`.
    """

    def __init__(self, host: str, trusted_hosts: Collection[str] = ()) -> None:
        require_trusted(host, trusted_hosts)
        self.host_says = metadata(host)
        self.number = 1
        """How many logins there were with this one."""
        self._host = host
        self._trusted_hosts = trusted_hosts
        self._ways = DefaultCredentials()
        self._provider: CredentialsProvider | None = None
        self._lock = threading.Lock()

    def auth_type(self) -> str:
        return self._ways.auth_type()

    def __call__(self, cfg: Config) -> CredentialsProvider:
        self._config = cfg
        self._begun()
        return self._headers

    def anew(self, *, after: int) -> None:
        """Forgets the token of a login, if nobody did so since."""
        with self._lock:
            if self.number == after:
                self.number, self._provider = after + 1, None

    def _begun(self) -> CredentialsProvider:
        with self._lock:
            if self._provider is None:
                self._provider = self._begin()
            return self._provider

    def _begin(self) -> CredentialsProvider:
        try:
            with logging_in(self._trusted_hosts):
                provider = self._ways(self._config)
            return _InTime(provider, self._trusted_hosts, without_token=self._ways.auth_type() in _WITHOUT_TOKEN)
        except ValueError as error:
            causes = list(_causes(error))
            if any(isinstance(cause, requests.exceptions.MissingSchema) for cause in causes):
                # The SDK did not learn where to log in, though the host may have told us.
                raise self._unanswered() if self.host_says.get("oidc_endpoint") else self._no_workspace() from None
            if any(trouble_of(cause) for cause in causes):
                raise self._unanswered() from None
            raise

    def _headers(self) -> dict[str, str]:
        number, provider = self.number, self._begun()
        try:
            return provider()
        except TimeoutError:
            # Whoever waits for the token keeps all others from it. (`databricks.sdk.oauth.Refreshable`)
            self.anew(after=number)
            raise LoginUnanswered(f"{self._host} did not answer the login in {LOGIN_TIMEOUT_S:g} s; try again later") from None
        except (requests.RequestException, LookupError, NotImplementedError):
            # The last two are what the SDK raises for an answer that is no token, such as a proxy's page.
            raise self._unanswered() from None
        except ValueError as error:
            said = without_settings(str(error))
            if said.partition(":")[0] in _REFUSALS and _THROTTLED not in said.lower():
                raise LoginRefused(said) from None
            raise LoginUnanswered(f"{self._host} could not answer the login ({said[:200]}); try again later") from None

    def _unanswered(self) -> LoginUnanswered:
        return LoginUnanswered(f"{self._host} broke off the login; try again")

    def _no_workspace(self) -> WorkspaceUnreachable:
        return WorkspaceUnreachable(f"{self._host} does not say how to log in; is it the address of a Databricks workspace?")


class _InTime:
    """A login that has an end: TimeoutError where its token takes longer. The SDK's requests for one have no limit of their own."""

    def __init__(self, provider: CredentialsProvider, trusted_hosts: Collection[str], *, without_token: bool) -> None:
        self._provider = provider
        self._trusted_hosts = trusted_hosts
        self._without_token = without_token
        self._token = Token("")
        """The one that was fetched last, as far as the SDK shows it. While it is valid, nobody waits for another."""

    def __call__(self) -> dict[str, str]:
        if self._without_token or self._token.valid:
            return self._asked()
        return _within(LOGIN_TIMEOUT_S, self._fetched)

    def _fetched(self) -> dict[str, str]:
        headers = self._asked()
        if isinstance(self._provider, OAuthCredentialsProvider):
            self._token = self._provider.oauth_token()
        return headers

    def _asked(self) -> dict[str, str]:
        with logging_in(self._trusted_hosts):
            return self._provider()


def forgetting(send: Send, login: Login) -> Send:
    """The same way to send a request, which forgets a login whose token is refused: the next request logs in anew."""

    @wraps(send)
    def do(*args: Any, **options: Any) -> object:  # noqa: ANN401 - the SDK's own
        number = login.number
        try:
            return send(*args, **options)
        except Unauthenticated:
            login.anew(after=number)
            raise

    return do


def renewing(api: ApiClient, login: Login) -> ApiClient:
    """The same client, which logs in anew, once for a request, where its token is refused: no SDK does. (api-facts: 1.5)"""
    send = forgetting(api.do, login)

    @wraps(send)
    def do(*args: Any, **options: Any) -> object:  # noqa: ANN401 - the SDK's own
        try:
            return send(*args, **options)
        except Unauthenticated:
            # Refused before anything was done, so that this repeats nothing.
            return send(*args, **options)

    api.do = do  # type: ignore[method-assign]  # the SDK's clients make their own `ApiClient`, and take none
    return api


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__cause__


def _within(seconds: float, call: Callable[[], T]) -> T:
    """What a call comes to; TimeoutError where it takes longer."""
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(call())
        except BaseException as error:  # noqa: BLE001 - whatever it is, it belongs to who called
            outcome.set_exception(error)

    # No pool: at the end of the process nobody must wait for it.
    threading.Thread(target=run, daemon=True, name="login").start()
    return outcome.result(seconds)
