"""What is delivered, in the shapes that consumers read it in."""

from delivery.outcome import NotDelivered
from model.bundle import AuthenticationBundle
from model.clock import rfc3339


def as_map(bundle: AuthenticationBundle) -> dict[str, str]:
    """For a store of one value for each secret: what a client needs, and which secret it is."""
    return {
        "client_id": bundle.client_id,
        "client_secret": secret_of(bundle),
        "workspace_url": bundle.workspace_url,
        "token_endpoint": bundle.token_endpoint,
        "secret_id": bundle.secret_id or "",
        "expires_at": rfc3339(bundle.expires_at) if bundle.expires_at else "",
    }


def as_environment(bundle: AuthenticationBundle) -> dict[str, str]:
    """For what becomes environment variables: those that every Databricks client reads."""
    return {
        "DATABRICKS_HOST": bundle.workspace_url,
        "DATABRICKS_CLIENT_ID": bundle.client_id,
        "DATABRICKS_CLIENT_SECRET": secret_of(bundle),
    }


def secret_of(bundle: AuthenticationBundle) -> str:
    if not bundle.client_secret:
        raise NotDelivered("it logs in without a secret, so there is nothing to deliver")
    return bundle.client_secret.get_secret_value()
