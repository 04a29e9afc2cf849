"""What all our clients of a workspace have in common, the admin's and the integrations'."""

import logging
from importlib import metadata as packages
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import MaxRetryError

from checks.troubles import TROUBLES, StillInTrouble, enduring
from model.faults import WorkspaceUnreachable

PRODUCT = "brickpass"
REQUEST_TIMEOUT_S = 60
REACH_TIMEOUT_S = 10
REACH_LIMIT_S = 30.0


def settings() -> dict[str, Any]:
    """For the SDK's `Config`: how we are called, and how long a request may take."""
    _quieten()
    return {
        "product": PRODUCT,
        "product_version": packages.version(PRODUCT),
        "http_timeout_seconds": REQUEST_TIMEOUT_S,
        # Behind our backs nobody could say that it failed, or end it.
        "disable_async_token_refresh": True,
    }


def metadata(host: str) -> dict[str, Any]:
    """What a host says of itself to anybody (api-facts: 1.1); empty where it says nothing.

    Raises:
        WorkspaceUnreachable: nobody answers, or nothing but troubles. The SDK would go on trying for minutes.
    """
    try:
        return enduring(host, lambda: _said_by(host), limit_s=REACH_LIMIT_S)
    except StillInTrouble as error:
        raise WorkspaceUnreachable(str(error)) from None


def _said_by(host: str) -> dict[str, Any]:
    try:
        said = requests.get(f"{host}/.well-known/databricks-config", timeout=REACH_TIMEOUT_S)
    except requests.RequestException as error:
        if _broke_off(error):
            raise
        raise WorkspaceUnreachable(_nobody(host, error)) from None
    if said.status_code in TROUBLES:
        said.raise_for_status()
    try:
        known = said.json() if said.ok else {}
    except requests.JSONDecodeError:
        return {}
    return known if isinstance(known, dict) else {}


def _broke_off(error: requests.RequestException) -> bool:
    """Whether somebody was there: a connection that never came about has its tries counted in it."""
    connected = isinstance(error, requests.ConnectionError) and not any(isinstance(cause, MaxRetryError) for cause in error.args)
    return (connected and not isinstance(error, requests.Timeout)) or isinstance(error, requests.exceptions.ChunkedEncodingError)


def without_settings(message: str) -> str:
    """The workspace's own words: the SDK puts its settings behind each refusal. (api-facts: 1.5)"""
    return message.split(". Config: ", maxsplit=1)[0].strip()


def _nobody(host: str, error: requests.RequestException) -> str:
    why = "it took too long" if isinstance(error, requests.Timeout) else "the connection failed"
    local = urlsplit(host).hostname in {"127.0.0.1", "localhost", "::1"}
    hint = "if this is the sandbox, start it with `make up`" if local else "check the address, the network, and that the workspace runs"
    return f"nobody answers at {host} ({why}); {hint}"


def _quieten() -> None:
    # At DEBUG the SDK logs whole answers, a new OAuth secret among them, since its mask does not know that field. It is no matter of
    # levels, which whoever debugs may set again at any time.
    logging.getLogger("databricks.sdk").addFilter(_above_debug)


def _above_debug(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG
