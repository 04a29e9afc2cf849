"""The one place that makes a client from a bundle's credentials, as the integration itself would."""

import logging
import os
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata

import requests
from databricks.sdk import WorkspaceClient
from databricks.sdk.config import Config, ConfigAttribute
from pydantic import SecretStr

from model.faults import BrickpassError, WorkspaceUnreachable, WrongUse

PRODUCT = "brickpass"
REQUEST_TIMEOUT_S = 60
RETRY_TIMEOUT_S = 30
PROBE_TIMEOUT_S = 10


@dataclass(frozen=True)
class Credentials:
    """What a bundle consists of at least."""

    host: str
    client_id: str
    client_secret: SecretStr


class LoginRefused(BrickpassError):
    """The workspace does not take the credentials."""


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
    _quieten()
    _reach(credentials.host)
    try:
        config = _OwnConfig(
            host=credentials.host,
            client_id=credentials.client_id,
            client_secret=credentials.client_secret.get_secret_value(),
            auth_type="oauth-m2m",
            http_timeout_seconds=REQUEST_TIMEOUT_S,
            retry_timeout_seconds=RETRY_TIMEOUT_S,
            product=PRODUCT,
            product_version=metadata.version(PRODUCT),
        )
        # The token is fetched now, so that a refusal is the login's and no other check's.
        config.authenticate()
    except requests.RequestException as error:
        raise WorkspaceUnreachable(_unreachable(credentials.host, error)) from None
    except ValueError as error:
        raise LoginRefused(without_settings(str(error)).removeprefix("oauth-m2m auth: ")) from None
    return WorkspaceClient(config=config)


def from_environment(host: str) -> WorkspaceClient | None:
    """The admin whom DATABRICKS_* variables name for this very workspace, if they do: it can read entries back."""
    if _bare(os.environ.get("DATABRICKS_HOST", "")) != _bare(host):
        return None
    _quieten()
    _reach(host)
    try:
        config = Config(
            http_timeout_seconds=REQUEST_TIMEOUT_S,
            retry_timeout_seconds=RETRY_TIMEOUT_S,
            product=PRODUCT,
            product_version=metadata.version(PRODUCT),
        )
        config.authenticate()
    except ValueError as error:
        said = without_settings(str(error))
        raise WrongUse(
            f"the DATABRICKS_ variables do not log in at {host} ({said}); mend them, or unset DATABRICKS_HOST to do without"
        ) from None
    return WorkspaceClient(config=config)


def _bare(host: str) -> str:
    return host.rstrip("/").removeprefix("https://").casefold()


def without_settings(message: str) -> str:
    """The workspace's own words: the SDK puts its settings behind each refusal. (api-facts: 1.5)"""
    return message.split(". Config: ", maxsplit=1)[0].strip()


def _reach(host: str) -> None:
    # The SDK tries an address where nobody answers for minutes, and fetches tokens without any limit of time.
    try:
        requests.get(f"{host}/.well-known/databricks-config", timeout=PROBE_TIMEOUT_S)
    except requests.RequestException as error:
        raise WorkspaceUnreachable(_unreachable(host, error)) from None


def _unreachable(host: str, error: requests.RequestException) -> str:
    why = "it took too long" if isinstance(error, requests.Timeout) else "the connection failed"
    return f"nobody answers at {host} ({why}); check the address, the network, and that the workspace runs"


def _quieten() -> None:
    # At DEBUG the SDK logs whole answers, a new OAuth secret among them, since its mask does not know that field.
    log = logging.getLogger("databricks.sdk")
    if log.getEffectiveLevel() < logging.INFO:
        log.setLevel(logging.INFO)
