"""A bundle that is handed out, for those who read it back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from pydantic import SecretStr

from model.bundle import AuthenticationBundle, Warehouse, token_endpoint
from model.clock import rfc3339
from model.federation import FederatedLogin
from model.grants import Grant, ObjectGrant, SecurablePrivileges
from operate.formats.render import rendered
from operate.formats.values import Values
from operate.secrets import Secrets
from operate.state import Deployed, integrations_in

DAY = 24 * 3600
HOST = "https://dbc-1234.cloud.databricks.com"
CLIENT_ID = "5bd71bc8-0f3c-4f0a-8f54-1d2f6a3d9a11"
SECRET = "dose0123456789abcdef"
IN_GITHUB = FederatedLogin(
    auth_type="github-oidc", issuer="https://token.actions.githubusercontent.com", subject="repo:acme/etl:environment:prod", audience="8c1f"
)
IN_KUBERNETES = FederatedLogin(
    auth_type="file-oidc", issuer="https://oidc.acme.example", subject="system:serviceaccount:airflow:worker", audience="databricks-prod"
)


def warehouse(name: str = "bi-serverless", id: str = "eb9aabefa40dd179", host: str = HOST) -> Warehouse:  # noqa: A002 -- as the model has it
    return Warehouse.at(host, id=id, name=name)


def bundle(
    secret: str = SECRET,
    *,
    client_id: str = CLIENT_ID,
    host: str = HOST,
    warehouses: Sequence[Warehouse] | None = None,
    account_id: str | None = None,
    federation: Sequence[FederatedLogin] = (),
) -> AuthenticationBundle:
    life = {
        "client_secret": SecretStr(secret),
        "secret_id": "s-1",
        "issued_at": datetime(2026, 12, 31, tzinfo=UTC),
        "expires_at": datetime(2027, 4, 15, tzinfo=UTC),
        "rotates_at": datetime(2027, 4, 1, tzinfo=UTC),
    }
    return AuthenticationBundle(
        client_id=client_id,
        workspace_url=host,
        token_endpoint=token_endpoint(host),
        service_principal_id="8161551568659383",
        account_id=account_id,
        federation=tuple(federation),
        warehouses=tuple([warehouse(host=host)] if warehouses is None else warehouses),
        **({} if federation else life),
    )


def schema(full_name: str = "main.surveys") -> SecurablePrivileges:
    return SecurablePrivileges(kind="schemas", full_name=full_name, privileges=("SELECT", "USE_SCHEMA"), implied=("USE_SCHEMA",))


def deployed(handed_out: AuthenticationBundle, *, grants: Sequence[Grant] | None = None, name: str = "alchemer") -> Deployed:
    """As the state has it, and with nothing else than what a form may ask for."""
    urn = f"urn:pulumi:prod::brickpass::brickpass:index:Integration::{name}"
    [nothing] = integrations_in({"deployment": {"resources": [{"type": "brickpass:index:Integration", "urn": urn, "inputs": {}}]}})
    on_warehouses = [ObjectGrant(kind="warehouses", id=each.id, name=each.name, level="CAN_USE") for each in handed_out.warehouses]
    granted = (*on_warehouses, *([schema()] if grants is None else grants))
    known = replace(nothing, bundle=handed_out, secrets=secrets_of(handed_out), grants=granted)
    return replace(known, host=handed_out.workspace_url, client_id=handed_out.client_id)


def secrets_of(handed_out: AuthenticationBundle) -> Secrets | None:
    """Rotated each quarter, with an overlap of two weeks."""
    if not (handed_out.secret_id and handed_out.issued_at and handed_out.expires_at and handed_out.rotates_at):
        return None
    return Secrets(
        secret_id=handed_out.secret_id,
        issued_at=rfc3339(handed_out.issued_at),
        expires_at=rfc3339(handed_out.expires_at),
        rotates_at=rfc3339(handed_out.rotates_at),
        rotate_every=90 * DAY,
        overlap=14 * DAY,
        anchor=rfc3339(handed_out.rotates_at),
    )


def text(form: str, integration: Deployed, *, reveal: bool = True, warehouse: str | None = None, schema: str | None = None) -> str:
    return rendered(form, Values.of(integration, warehouse=warehouse, schema=schema, reveal=reveal))
