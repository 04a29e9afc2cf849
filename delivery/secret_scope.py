"""A secret scope of the integration's own workspace, with a key for each value: notebooks and jobs read them by `dbutils.secrets`."""

from base64 import b64decode
from collections.abc import Callable
from functools import partial
from typing import TypeVar
from urllib.parse import urlsplit

import requests
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import BadRequest, NotFound, PermissionDenied
from databricks.sdk.errors.base import DatabricksError

from checks.clients import RETRY_TIMEOUT_S, from_environment
from checks.troubles import StillInTrouble, enduring
from delivery.guard import require_safe
from delivery.outcome import NotDelivered, Outcome
from delivery.values import secret_of
from model.bundle import AuthenticationBundle
from model.delivery import Address

T = TypeVar("T")


def deliver(name: str, bundle: AuthenticationBundle, address: Address) -> Outcome:
    """Puts the keys that differ. The scope must be there: who may read it, nobody but its owner can say."""
    (scope,) = address.parts
    values = {
        f"{name}-client-id": bundle.client_id,
        f"{name}-client-secret": secret_of(bundle),
        f"{name}-workspace-url": bundle.workspace_url,
    }
    host = bundle.workspace_url
    require_safe(host, named_by="the workspace's URL")
    # Whoever delivers has asked whether the workspace may get credentials. (model.hosts.require_trusted)
    admin = from_environment(host, trusted_hosts=[urlsplit(host).hostname or ""])
    if not admin:
        raise NotDelivered(f"nobody is logged in at {host}; set the DATABRICKS_ variables of a login that may write the scope")
    try:
        return _delivered(admin, scope, values)
    except StillInTrouble:
        raise NotDelivered("the workspace is in trouble, or does not answer; try again later") from None
    except (DatabricksError, requests.RequestException) as error:
        raise NotDelivered(_refused(error, scope)) from None


def _delivered(admin: WorkspaceClient, scope: str, values: dict[str, str]) -> Outcome:
    where = f"{', '.join(values)} in the scope {scope}"
    try:
        there = {key: _patiently(partial(_read, admin, scope, key)) for key in values}
    except (PermissionDenied, BadRequest):
        # WRITE is enough to put. And some workspaces show values to notebooks alone. (databricks-sdk: SecretsAPI.get_secret)
        _put(admin, scope, values)
        return Outcome(where, changed=None)
    new = {key: value for key, value in values.items() if there[key] != value.encode()}
    _put(admin, scope, new)
    return Outcome(where, changed=bool(new))


def _read(admin: WorkspaceClient, scope: str, key: str) -> bytes | None:
    try:
        return b64decode(admin.secrets.get_secret(scope, key).value or "")
    except NotFound:
        # Where it is the scope that is not there, the put says so.
        return None


def _put(admin: WorkspaceClient, scope: str, values: dict[str, str]) -> None:
    for key, value in values.items():
        _patiently(partial(admin.secrets.put_secret, scope, key, string_value=value))


def _patiently(call: Callable[[], T]) -> T:
    return enduring("the scope", call, limit_s=RETRY_TIMEOUT_S)


def _refused(error: Exception, scope: str) -> str:
    """Why, without the workspace's own words: a request that it finds faults with may be in them."""
    code = error.error_code if isinstance(error, DatabricksError) else type(error).__name__
    match error:
        case NotFound():
            return f"there is no scope {scope} in the workspace; make it with `databricks secrets create-scope {scope}`"
        case PermissionDenied():
            return f"the login may not write the scope {scope}; let one who manages it give WRITE with `databricks secrets put-acl {scope}`"
        case BadRequest() if code == "BAD_REQUEST":
            # (databricks-sdk: SecretsAPI.put_secret)
            return f"the scope {scope} is backed by an Azure Key Vault, which is written to by azure:VAULT/SECRET alone"
    return f"the workspace refuses it ({code}); see to the scope {scope}, and try again"
