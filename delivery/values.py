"""What is delivered, in the shapes that consumers read it in."""

from typing import TypeVar

from delivery.outcome import NotDelivered
from model.bundle import AuthenticationBundle
from model.clock import rfc3339

T = TypeVar("T")


def as_map(bundle: AuthenticationBundle) -> dict[str, str]:
    """For a store of one value for each secret: what a client needs, and which secret it is."""
    return {
        "client_id": bundle.client_id,
        "client_secret": secret_of(bundle),
        "workspace_url": bundle.workspace_url,
        "token_endpoint": bundle.token_endpoint,
        "secret_id": with_a_secret(bundle.secret_id),
        "expires_at": rfc3339(with_a_secret(bundle.expires_at)),
    }


def as_environment(bundle: AuthenticationBundle) -> dict[str, str]:
    """For what becomes environment variables: those that every Databricks client reads."""
    return {
        "DATABRICKS_HOST": bundle.workspace_url,
        "DATABRICKS_CLIENT_ID": bundle.client_id,
        "DATABRICKS_CLIENT_SECRET": secret_of(bundle),
    }


def secret_of(bundle: AuthenticationBundle) -> str:
    return with_a_secret(bundle.client_secret).get_secret_value()


def with_a_secret(value: T | None) -> T:
    """What every bundle with a secret has.

    Raises:
        NotDelivered: it is one of an integration that logs in by federation.
    """
    if value is None:
        raise NotDelivered("it logs in by federation and has no secret, so there is nothing to deliver")
    return value
