"""The provider resource: whom the plugin talks to, and as whom."""

import json
import os
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import TypedDict, cast
from urllib.parse import urlsplit

from sandbox.loopback import on_loopback
from sandbox.plugin.properties import Failure, Properties
from sandbox.plugin.refusals import InvalidInputError

# Pulumi's names, and databricks-sdk's. Pulumi sends all that is not a string as JSON.
SETTINGS = {
    "host": "host",
    "authType": "auth_type",
    "clientId": "client_id",
    "clientSecret": "client_secret",
    "token": "token",
    "accountId": "account_id",
    "workspaceId": "workspace_id",
    "httpTimeoutSeconds": "http_timeout_seconds",
    "retryTimeoutSeconds": "retry_timeout_seconds",
    "rateLimit": "rate_limit",
    "debugTruncateBytes": "debug_truncate_bytes",
}
_NUMBERS = {"httpTimeoutSeconds", "retryTimeoutSeconds", "rateLimit", "debugTruncateBytes"}
# What the engine keeps among a provider's inputs for itself.
_ENGINES_OWN = {"version", "pluginDownloadURL", "__internal", "__defaults"}
_METADATA_TIMEOUT_S = 5


class Options(TypedDict, total=False):
    """What of databricks-sdk's configuration can be given."""

    auth_type: str
    client_id: str
    client_secret: str
    token: str
    account_id: str
    workspace_id: str
    http_timeout_seconds: int
    retry_timeout_seconds: int
    rate_limit: int
    debug_truncate_bytes: int


@dataclass(frozen=True)
class Settings:
    """A checked configuration: its host is on loopback."""

    host: str
    options: Options = field(repr=False)
    """All else that was given, under databricks-sdk's names. Whatever is not here comes from the environment."""


def faults(given: Properties) -> list[Failure]:
    """What is wrong with a provider's inputs, without asking anybody."""
    unknown = [name for name in given if name not in SETTINGS and name not in _ENGINES_OWN]
    failures = [Failure(name, f"The stand-in for the databricks plugin does not know the provider setting `{name}`.") for name in unknown]
    host = given.get("host")
    if isinstance(host, str) and (reason := refusal(host)):
        failures.append(Failure("host", reason))
    return failures


def settings_from(given: Properties) -> Settings:
    """The settings that a configured provider works by.

    Raises:
        InvalidInputError: with a sentence for the user.
    """
    if failures := faults(given):
        raise InvalidInputError(" ".join(failure.reason for failure in failures))
    host = str(given.get("host") or os.environ.get("DATABRICKS_HOST") or "")
    if reason := refusal(host):
        raise InvalidInputError(reason)
    options = {SETTINGS[name]: _option(name, str(value)) for name, value in given.items() if name in SETTINGS and name != "host" and value}
    return Settings(with_scheme(host), cast("Options", options))


def refusal(host: str) -> str | None:
    """Why the stand-in does not talk to this host, or None."""
    if not host:
        return "The databricks provider has no host: give it one, or set DATABRICKS_HOST."
    name = urlsplit(with_scheme(host)).hostname or ""
    if on_loopback(name):
        return None
    return (
        f"{host} is not on this machine, and this is only the stand-in for the official databricks plugin, which works on the local sandbox"
        " alone: install the official plugin (`pulumi plugin install resource databricks 1.118.0`) and use it for that workspace."
    )


def metadata_workspace_id(settings: Settings) -> str | None:
    """The workspace's id by its metadata, which the official plugin also asks first of all; None where there are none. (api-facts: 1.1)"""
    # No proxy stands between this machine and itself, whatever the environment says.
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"{settings.host}/.well-known/databricks-config", timeout=_METADATA_TIMEOUT_S) as answer:
            found = json.load(answer)
    except (urllib.error.URLError, OSError, ValueError):
        return None
    workspace_id = found.get("workspace_id") if isinstance(found, dict) else None
    return str(workspace_id) if workspace_id else None


def with_scheme(host: str) -> str:
    """The host as a URL without a path; clients put `https://` before a bare name. (api-facts: 1)"""
    url = urlsplit(host if "://" in host else f"https://{host}")
    return f"{url.scheme}://{url.netloc}"


def _option(name: str, value: str) -> str | int:
    if name not in _NUMBERS:
        return value
    try:
        return int(value)
    except ValueError:
        raise InvalidInputError(f"The databricks provider's `{name}` must be a whole number, not {value!r}.") from None
