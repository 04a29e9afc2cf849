"""Which workspace the stack is for: the stack file says it, or the environment, or a profile of the Databricks tools."""

import configparser
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from components.resources import Account
from model.config import StackConfig
from model.faults import BrickpassError
from model.hosts import account_console, trust_problem
from model.stackfile import StackFile


@dataclass(frozen=True)
class Workspace:
    """Where an integration's credentials are good."""

    host: str
    account_id: str | None
    """Where the stack declares its account."""


class NoHost(BrickpassError):
    """No workspace is named anywhere."""


class WrongHost(BrickpassError):
    """What is named cannot be a workspace's address."""


def host_of(file: StackFile, trusted_hosts: Collection[str]) -> str:
    """The workspace's URL.

    Raises:
        NoHost: with the three ways to say it.
        WrongHost: what the environment or the profile says is no workspace's address, or that of a host which is not trusted.
    """
    if file.host:
        return file.host
    for source, named in (("DATABRICKS_HOST", os.environ.get("DATABRICKS_HOST")), ("the profile", _host_of_profile())):
        if named:
            # The Databricks tools take a name without a scheme.
            host = (named if "://" in named else f"https://{named}").rstrip("/")
            if problem := trust_problem(host, trusted_hosts):
                raise WrongHost(f"the host of {source}: {problem}")
            return host
    raise NoHost(
        f"{file.place(())}: no workspace is named; write databricks:host: https://dbc-1234.cloud.databricks.com below config:, "
        "or set DATABRICKS_HOST, or choose a profile by DATABRICKS_CONFIG_PROFILE"
    )


def account_of(config: StackConfig, file: StackFile, host: str) -> Account | None:
    """The account that the stack declares, and its console's address, which follows from the workspace's in each cloud.

    Raises:
        NoHost: it does not follow from this one.
    """
    if config.account is None:
        return None
    console = config.account.host or account_console(host)
    if console is None:
        raise NoHost(
            f"{file.place(('account',))}: the account console's address does not follow from {host}; write it as host: below account:"
        )
    return Account(config.account.id, console)


def _host_of_profile() -> str | None:
    # The file and the names are those of the Databricks CLI and SDKs.
    profile = os.environ.get("DATABRICKS_CONFIG_PROFILE")
    profiles = configparser.ConfigParser(interpolation=None)
    if profile is None or not profiles.read(Path(os.environ.get("DATABRICKS_CONFIG_FILE", "~/.databrickscfg")).expanduser()):
        return None
    return profiles.get(profile, "host", fallback=None)
