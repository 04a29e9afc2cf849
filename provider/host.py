"""The workspace's address: one stack belongs to one workspace, for good."""

import json
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from model.faults import WorkspaceUnreachable

REACH_TIMEOUT_S = 10


def changed_host(old: object, new: str) -> str | None:
    """Why a stack whose provider was made with host `old` may not go on with `new`; None where it is the same."""
    if not isinstance(old, str) or _same(old) == _same(new):
        return None
    return (
        f"This stack belongs to {old}; its config now says {new}. Nothing was asked or changed. A stack stays with its workspace, "
        f"since what was made in the old one would be forgotten: put {old} back, or make a new stack for {new}."
    )


def metadata(host: str) -> dict[str, object]:
    """What a host says of itself to anybody (api-facts: 1.1); empty where it says nothing.

    Raises:
        WorkspaceUnreachable: nobody answers. The SDK would go on trying for five minutes.
    """
    request = urllib.request.Request(f"{host}/.well-known/databricks-config")  # noqa: S310 - the scheme was checked with the config
    try:
        with urllib.request.urlopen(request, timeout=REACH_TIMEOUT_S) as answer:  # noqa: S310 - as above
            said = json.load(answer)
    except (urllib.error.HTTPError, json.JSONDecodeError):
        return {}
    except (OSError, ValueError) as error:
        raise WorkspaceUnreachable(_nobody(host, getattr(error, "reason", error))) from None
    return said if isinstance(said, dict) else {}


def _nobody(host: str, reason: object) -> str:
    local = urlsplit(host).hostname in {"127.0.0.1", "localhost", "::1"}
    hint = "If this is the sandbox, start it with `make up`." if local else "Check `databricks:host` and the network."
    return f"Nobody answers at {host} ({reason}). {hint}"


def _same(host: str) -> str:
    return host.rstrip("/").lower()
