"""An integration without any secret: it logs in with the tokens of an identity provider that Databricks trusts for it."""

import os
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from databricks.sdk import WorkspaceClient

from tests.end_to_end.harness import ALCHEMER, Stack
from tests.end_to_end.test_in_an_account import account, in_account
from tests.issuer import Issuer, running_issuer

LOADER = "loader"


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with running_issuer() as running:
        yield running


def trusting(issuer: Issuer, *subjects: str, **said: object) -> dict[str, Any]:
    return {**ALCHEMER, "federation": [{"oidc": {"issuer": issuer.url, "subject": each, **said}} for each in subjects]}


def policies_of(stack: Stack, client_id: str) -> dict[str, str | None]:
    """The subjects that log in as a principal, each with its policy."""
    [principal_id] = in_account(stack.sandbox, client_id)
    listed = stack.sandbox.account.service_principal_federation_policy.list(int(principal_id))
    return {policy.oidc_policy.subject or "": policy.uid for policy in listed if policy.oidc_policy}


def whom_it_logs_in(bundle: dict[str, Any], token: str) -> str | None:
    """What a consumer does with what the bundle says, and nothing else."""
    [login] = bundle["federation"]
    given = {
        "DATABRICKS_HOST": bundle["workspace_url"],
        "DATABRICKS_CLIENT_ID": bundle["client_id"],
        "DATABRICKS_AUTH_TYPE": login["auth_type"],
        "DATABRICKS_OIDC_TOKEN": token,
    }
    without = {name: value for name, value in os.environ.items() if not name.startswith("DATABRICKS_")}
    with patch.dict(os.environ, without | given, clear=True):
        return WorkspaceClient().current_user.me().user_name


def test_a_secret_gives_way_to_federation_and_comes_back(stack: Stack, issuer: Issuer) -> None:
    """With one Client ID throughout: each `pulumi up` ends the one and makes the other, which works; but none where the other fails."""
    sandbox = stack.sandbox
    stack.declare({"alchemer": ALCHEMER}, account=account(sandbox))
    stack.up()
    before = stack.bundles()["alchemer"]

    stack.declare({"alchemer": trusting(issuer, LOADER)}, account=account(sandbox))
    # The official provider asks again after a lost answer, and finds its own policy there.
    sandbox.fail(method="POST", path="/federationPolicies", status=503, when="after")
    failed = stack.try_up()
    meanwhile = sandbox.login(before["client_id"], before["client_secret"]).status_code
    recovered = stack.run("brickpass", "recover", "--yes", "--stack", "test")
    stack.up()
    bundle = stack.bundles()["alchemer"]
    audience = bundle["federation"][0]["audience"]
    issuer.subject = LOADER
    name = whom_it_logs_in(bundle, issuer.token(audience))
    with pytest.raises(ValueError, match="invalid_grant"):
        whom_it_logs_in(bundle, issuer.token(audience, sub="somebody else"))

    stack.declare({"alchemer": ALCHEMER}, account=account(sandbox))
    stack.up()

    assert failed.exit_code != 0
    assert "already exists" in failed.text
    assert recovered.exit_code == 0, recovered.text
    assert meanwhile == 200
    assert name == before["client_id"]
    assert bundle == {
        **before,
        **dict.fromkeys(("client_secret", "secret_id", "issued_at", "expires_at", "rotates_at")),
        "federation": [
            {"auth_type": "env-oidc", "issuer": issuer.url, "subject": LOADER, "subject_claim": "sub", "audience": before["account_id"]}
        ],
    }
    assert sandbox.login(before["client_id"], before["client_secret"]).status_code == 401
    assert stack.bundles()["alchemer"]["client_id"] == before["client_id"]
    assert stack.logs_in("alchemer")
    assert policies_of(stack, before["client_id"]) == {}


def test_an_adopted_principal_keeps_its_policies_through_a_mistake_and_loses_them_in_a_destroy(stack: Stack, issuer: Issuer) -> None:
    """Where the stack protects, a key that dropped out takes none; in another order they are the same; a destroy leaves the principal."""
    sandbox = stack.sandbox
    made = sandbox.account.service_principals.create(display_name="elsewhere")
    client_id = made.application_id or ""
    said = {"adopt": "elsewhere", "role": "USER"}
    inside = sandbox.newcomer("inside", entitlements=())
    bare = {"bare": trusting(issuer, "d") | {"adopt": "inside", "grants": {}}}
    stack.declare({"alchemer": trusting(issuer, "a", "b") | said} | bare, account=account(sandbox), protect=True)
    stack.up()

    stack.declare({}, account=account(sandbox), protect=True)
    dropped = stack.try_up()
    kept, kept_bare = policies_of(stack, client_id), policies_of(stack, inside.application_id)
    stack.declare({"alchemer": trusting(issuer, "c", "b", "a") | said} | bare, account=account(sandbox))
    stack.up()
    after = policies_of(stack, client_id)
    stack.destroy()

    assert dropped.exit_code != 0
    assert (sorted(kept), sorted(kept_bare)) == (["a", "b"], ["d"])
    assert after == kept | {"c": after["c"]}
    assert in_account(sandbox, client_id) == [made.id]
    assert policies_of(stack, client_id) == {}
