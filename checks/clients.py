"""The one place that makes a client from a bundle's credentials, as the integration itself would."""

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from databricks.sdk import WorkspaceClient
from databricks.sdk.config import Config, ConfigAttribute
from pydantic import SecretStr

from checks.id_token import IdToken
from checks.login import Login, LoginRefused, renewing
from checks.sdk import settings, without_settings
from checks.staying import staying
from checks.troubles import StillInTrouble, enduring
from checks.waiting import TellingClock
from model.faults import WorkspaceUnreachable, WrongUse
from model.federation import FederatedLogin

RETRY_TIMEOUT_S = 30

# What the SDK says where the environment holds no login at all.
_NO_CREDENTIALS = "cannot configure default credentials"


@dataclass(frozen=True)
class Credentials:
    """What a bundle consists of at least: a secret, or how to log in without one, and then perhaps a token to do so with."""

    host: str
    client_id: str
    client_secret: SecretStr | None = None
    federation: tuple[FederatedLogin, ...] = ()
    id_token: IdToken | None = None
    trusted_hosts: Collection[str] = ()
    """Those that the stack names beside Databricks' own."""

    @property
    def can_log_in(self) -> bool:
        return bool(self.client_secret or self.id_token)

    @property
    def settings(self) -> Mapping[str, Any]:
        """The SDK's own, by which it logs in."""
        if self.client_secret:
            return {"client_secret": self.client_secret.get_secret_value(), "auth_type": "oauth-m2m"}
        return self.id_token.settings if self.id_token else {}


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
        WorkspaceUnreachable: where nobody answers, or where that may be tried again (`LoginUnanswered`).
        LoginRefused: with the workspace's own words.
        UntrustedHost: before anything is sent.
    """
    login = Login(credentials.host, credentials.trusted_hosts)
    config = _OwnConfig(
        host=credentials.host,
        client_id=credentials.client_id,
        **credentials.settings,
        **_settings(login),
    )
    # Fetches the token now, so that a refusal is the login's and no other check's.
    config.authenticate()
    return _client(config, login)


def from_environment(host: str, *, account_id: str | None = None, trusted_hosts: Collection[str] = ()) -> WorkspaceClient | None:
    """The admin whom DATABRICKS_* variables log in, unless they name another workspace: it can read entries back.

    With an account, `host` is its console, which the variables need not name.

    Raises:
        WorkspaceUnreachable: nobody answers.
        WrongUse: there are credentials, and the workspace refuses them.
        UntrustedHost: before anything is sent.
    """
    named = os.environ.get("DATABRICKS_HOST")
    if named and not account_id and _bare(named) != _bare(host):
        return None
    try:
        return enduring("the login", lambda: _logged_in(host, account_id, trusted_hosts), limit_s=RETRY_TIMEOUT_S)
    except StillInTrouble as error:
        raise WorkspaceUnreachable(str(error)) from None
    except (ValueError, LoginRefused) as error:
        said = without_settings(str(error))
        if _NO_CREDENTIALS in said:
            return None
        raise WrongUse(f"the DATABRICKS_ variables do not log in at {host} ({said}); mend them, or unset them to do without") from None


def _logged_in(host: str, account_id: str | None, trusted_hosts: Collection[str]) -> WorkspaceClient:
    login = Login(host, trusted_hosts)
    config = Config(host=host, account_id=account_id, **_settings(login))
    config.authenticate()
    return _client(config, login)


def _settings(login: Login) -> dict[str, Any]:
    return {"credentials_strategy": login, "clock": TellingClock(), "retry_timeout_seconds": RETRY_TIMEOUT_S, **settings()}


def _client(config: Config, login: Login) -> WorkspaceClient:
    client = WorkspaceClient(config=config)
    staying(renewing(client.api_client, login))
    return client


def _bare(host: str) -> str:
    return host.rstrip("/").removeprefix("https://").casefold()
