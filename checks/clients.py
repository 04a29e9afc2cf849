"""The one place that makes a client from a bundle's credentials, as the integration itself would."""

import os
from collections.abc import Iterable
from dataclasses import dataclass

import requests
from databricks.sdk import WorkspaceClient
from databricks.sdk.config import Config, ConfigAttribute
from pydantic import SecretStr

from checks.sdk import metadata, settings, without_settings
from model.faults import BrickpassError, WorkspaceUnreachable, WrongUse

RETRY_TIMEOUT_S = 30

# What the SDK says where the environment holds no login at all.
_NO_CREDENTIALS = "cannot configure default credentials"
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


@dataclass(frozen=True)
class Credentials:
    """What a bundle consists of at least."""

    host: str
    client_id: str
    client_secret: SecretStr


class LoginRefused(BrickpassError):
    """The workspace does not take the credentials."""


class LoginUnanswered(WorkspaceUnreachable):
    """The workspace neither took the credentials nor refused them: it was busy, or something stands before it."""


class _OwnConfig(Config):
    """Settings that hold what they are given and nothing else.

    The SDK fills what is missing from the environment and from profile files. There stand an admin's credentials, or a group to
    act as: a proof made with their help would prove nothing.
    """

    @classmethod
    def attributes(cls) -> Iterable[ConfigAttribute]:
        # The SDK looks for them in the class itself, and would find none in this one.
        return Config.attributes()

    def _load_from_env(self) -> None:
        pass

    def _known_file_config_loader(self) -> None:
        pass


def client(credentials: Credentials) -> WorkspaceClient:
    """A client that has logged in.

    Raises:
        WorkspaceUnreachable: where nobody answers.
        LoginRefused: with the workspace's own words.
    """
    metadata(credentials.host)
    try:
        # With all settings given, the SDK can only fail here where the host does not say how to log in.
        config = _OwnConfig(
            host=credentials.host,
            client_id=credentials.client_id,
            client_secret=credentials.client_secret.get_secret_value(),
            auth_type="oauth-m2m",
            retry_timeout_seconds=RETRY_TIMEOUT_S,
            **settings(),
        )
    except (ValueError, requests.RequestException):
        raise LoginUnanswered(f"{credentials.host} does not say how to log in; is it the address of a Databricks workspace?") from None
    _log_in(config)
    return WorkspaceClient(config=config)


def from_environment(host: str) -> WorkspaceClient | None:
    """The admin whom DATABRICKS_* variables log in, unless they name another workspace: it can read entries back.

    Raises:
        WorkspaceUnreachable: nobody answers.
        WrongUse: there are credentials, and the workspace refuses them.
    """
    named = os.environ.get("DATABRICKS_HOST")
    if named and _bare(named) != _bare(host):
        return None
    metadata(host)
    try:
        config = Config(host=host, retry_timeout_seconds=RETRY_TIMEOUT_S, **settings())
        _log_in(config)
    except (ValueError, LoginRefused) as error:
        said = without_settings(str(error))
        if _NO_CREDENTIALS in said:
            return None
        raise WrongUse(f"the DATABRICKS_ variables do not log in at {host} ({said}); mend them, or unset them to do without") from None
    return WorkspaceClient(config=config)


def _log_in(config: Config) -> None:
    """Fetches the token now, so that a refusal is the login's and no other check's."""
    try:
        config.authenticate()
    except (requests.RequestException, LookupError, NotImplementedError):
        # The last two are what the SDK raises for an answer that is no token, such as a proxy's page.
        raise LoginUnanswered(f"{config.host} broke off the login; try again") from None
    except ValueError as error:
        said = without_settings(str(error))
        if said.partition(":")[0] in _REFUSALS:
            raise LoginRefused(said) from None
        raise LoginUnanswered(f"{config.host} could not answer the login ({said[:200]}); try again later") from None


def _bare(host: str) -> str:
    return host.rstrip("/").removeprefix("https://").casefold()
