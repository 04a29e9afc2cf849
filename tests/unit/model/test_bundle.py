"""The authentication bundle."""

import json
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr, ValidationError

from model.bundle import AuthenticationBundle, Warehouse, token_endpoint
from model.federation import FederatedLogin

BUNDLE = AuthenticationBundle(
    client_id="5bd71bc8-0f3c-4f0a-8f54-1d2f6a3d9a11",
    client_secret=SecretStr("dose0123456789"),
    workspace_url="https://dbc-1234.cloud.databricks.com",
    token_endpoint=token_endpoint("https://dbc-1234.cloud.databricks.com/"),
    service_principal_id="7000000000000042",
    secret_id="s-1",
    issued_at=datetime(2027, 1, 1, tzinfo=UTC),
    expires_at=datetime(2027, 4, 15, tzinfo=UTC),
    rotates_at=datetime(2027, 4, 1, tzinfo=UTC),
    warehouses=(Warehouse.at("https://dbc-1234.cloud.databricks.com", id="4c5d6e7f80912a3b", name="bi-serverless"),),
)


def test_a_bundle_shows_its_secret_only_when_asked() -> None:
    """Neither `repr`, nor `str`, nor its JSON holds the secret; `revealed` does."""
    assert "dose" not in repr(BUNDLE) + str(BUNDLE) + BUNDLE.model_dump_json() + str(BUNDLE.model_dump())
    assert BUNDLE.revealed()["client_secret"] == "dose0123456789"


def test_a_revealed_bundle_is_plain_json() -> None:
    """The stack's output holds times as the API spells them, and where drivers find each warehouse."""
    revealed = json.loads(json.dumps(BUNDLE.revealed()))

    assert revealed["expires_at"] == "2027-04-15T00:00:00Z"
    assert revealed["token_endpoint"] == "https://dbc-1234.cloud.databricks.com/oidc/v1/token"
    assert revealed["warehouses"] == [
        {
            "id": "4c5d6e7f80912a3b",
            "name": "bi-serverless",
            "http_path": "/sql/1.0/warehouses/4c5d6e7f80912a3b",
            "jdbc_url": "jdbc:databricks://dbc-1234.cloud.databricks.com:443/default;transportMode=http;ssl=1;"
            "AuthMech=11;Auth_Flow=1;httpPath=/sql/1.0/warehouses/4c5d6e7f80912a3b",
        }
    ]


def test_a_warehouse_of_a_local_workspace_is_found_at_its_port() -> None:
    """Without TLS the URL says so, and keeps the port."""
    assert "127.0.0.1:41233/default;transportMode=http;ssl=0" in Warehouse.at("http://127.0.0.1:41233", id="a", name="b").jdbc_url


def test_a_bundle_without_a_secret_says_how_to_log_in_instead() -> None:
    """As plain JSON too, in which what is said of a secret is null."""
    login = FederatedLogin(auth_type="github-oidc", issuer="https://idp", subject="repo:a/b:environment:prod", audience="an account")
    nothing = dict.fromkeys(("client_secret", "secret_id", "issued_at", "expires_at", "rotates_at"))

    revealed = json.loads(json.dumps(BUNDLE.model_copy(update={**nothing, "federation": (login,)}).revealed()))

    assert {name: revealed[name] for name in nothing} == nothing
    assert revealed["federation"] == [
        {
            "auth_type": "github-oidc",
            "issuer": "https://idp",
            "subject": "repo:a/b:environment:prod",
            "subject_claim": "sub",
            "audience": "an account",
        }
    ]


@pytest.mark.parametrize("without", [("client_secret",), ("expires_at",), ("client_secret", "secret_id"), ()], ids=str)
def test_a_bundle_logs_in_in_one_way_and_wholly(without: tuple[str, ...]) -> None:
    """A secret without its end, nothing to log in with, or two ways at once: none of them is anybody's bundle."""
    login = {"auth_type": "env-oidc", "issuer": "https://idp", "subject": "x", "audience": "y"}
    said = BUNDLE.model_dump(exclude=set(without)) | ({} if without else {"federation": [login]})

    with pytest.raises(ValidationError, match="a bundle has either a secret, with its id and all its moments, or federation"):
        AuthenticationBundle.model_validate(said)
