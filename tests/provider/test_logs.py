"""What is logged where everything is: the SDK alone would write whole answers, a new secret among them."""

import asyncio
import logging
from collections.abc import Callable

import pytest
from databricks.sdk.service.workspace import AclPermission
from pydantic import SecretStr

from checks.clients import Credentials, client, from_environment
from provider.workspace import Workspace
from tests.harness import Newcomer, Sandbox

Makes = Callable[[Sandbox, str], str]
"""Makes a secret of a principal, and says which."""


def _by_the_provider(sandbox: Sandbox, principal_id: str) -> str:
    async def made() -> str:
        workspace = Workspace(sandbox.host)
        await workspace.do("GET", "/api/2.0/preview/scim/v2/Me")
        _debug()
        answer = await workspace.do("POST", f"/api/2.0/accounts/servicePrincipals/{principal_id}/credentials/secrets", once=True)
        return str(answer["secret"])

    return asyncio.run(made())


def _by_the_providers_sdk(sandbox: Sandbox, principal_id: str) -> str:
    async def made() -> str:
        admin = await Workspace(sandbox.host).sdk()
        _debug()
        return str(admin.service_principal_secrets_proxy.create(principal_id).secret)

    return asyncio.run(made())


def _by_a_command(sandbox: Sandbox, principal_id: str) -> str:
    admin = from_environment(sandbox.host)
    assert admin
    _debug()
    return str(admin.service_principal_secrets_proxy.create(principal_id).secret)


def _debug() -> None:
    """Whoever looks for a fault turns this on whenever they like."""
    logging.getLogger("databricks.sdk").setLevel(logging.DEBUG)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> pytest.LogCaptureFixture:
    """As talkative as all can be made."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "databricks.sdk")
    monkeypatch.setenv("DATABRICKS_DEBUG_HEADERS", "true")
    monkeypatch.setenv("DATABRICKS_DEBUG_TRUNCATE_BYTES", "100000")
    return caplog


@pytest.mark.parametrize("makes", [_by_the_provider, _by_the_providers_sdk, _by_a_command])
def test_no_log_holds_a_new_secret_or_who_made_it(
    as_admin: Sandbox, newcomer: Newcomer, log: pytest.LogCaptureFixture, makes: Makes
) -> None:
    """Neither the answer, nor the admin's secret, nor a token."""
    secret = makes(as_admin, newcomer.id)

    assert secret.startswith("dose")
    # So that it is known that somebody wrote.
    assert f"/servicePrincipals/{newcomer.id}/credentials/secrets" in log.text
    for kept in (secret, as_admin.admin_credentials[1], "Bearer", "eyJ"):
        assert kept not in log.text


def test_no_log_holds_a_bundles_secret(as_admin: Sandbox, newcomer: Newcomer, log: pytest.LogCaptureFixture) -> None:
    """Nor what it puts into a secret scope."""
    as_admin.admin.secrets.create_scope("of-the-newcomer")
    as_admin.admin.secrets.put_acl("of-the-newcomer", newcomer.application_id, AclPermission.WRITE)
    log.clear()

    logged_in = client(Credentials(as_admin.host, newcomer.application_id, SecretStr(newcomer.secret)))
    _debug()
    logged_in.secrets.put_secret("of-the-newcomer", "alchemer", string_value="dose-canary")

    assert "/api/2.0/secrets/put" in log.text
    for kept in (newcomer.secret, "dose-canary", "Bearer", "eyJ"):
        assert kept not in log.text
