from datetime import UTC, datetime, timedelta

import pytest
from databricks.sdk.errors import BadRequest, NotFound, PermissionDenied

from tests.harness import Newcomer, Sandbox


def test_a_deleted_secret_logs_nobody_in(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Deletion hits the next login at once; the other secret works on."""
    secrets = sandbox.admin.service_principal_secrets_proxy
    second = secrets.create(newcomer.id)
    first = next(one for one in secrets.list(newcomer.id) if one.id != second.id)
    assert first.id

    secrets.delete(newcomer.id, first.id)

    assert sandbox.login(newcomer.application_id, newcomer.secret).status_code == 401
    assert sandbox.login(newcomer.application_id, second.secret or "").status_code == 200


def test_issued_tokens_outlive_their_secret(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """A token lives on to the end of its hour when its secret is deleted."""
    with sandbox.http_as(newcomer) as http:
        secret = next(iter(sandbox.admin.service_principal_secrets_proxy.list(newcomer.id)))
        sandbox.admin.service_principal_secrets_proxy.delete(newcomer.id, secret.id or "")

        assert http.get("/api/2.0/preview/scim/v2/Me").status_code == 200


def test_a_secret_expires_by_the_sandboxs_clock(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Past its lifetime a secret neither logs in nor is listed."""
    made = sandbox.admin.service_principal_secrets_proxy.create(newcomer.id, lifetime="86400s")
    assert made.expire_time
    later = datetime.now(UTC) + timedelta(days=2)

    sandbox.set_clock(later.isoformat())
    sandbox.renew()

    assert sandbox.login(newcomer.application_id, made.secret or "").status_code == 401
    assert made.id not in {one.id for one in sandbox.admin.service_principal_secrets_proxy.list(newcomer.id)}


def test_a_secret_lasts_as_long_as_asked(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """`expire_time` is the lifetime after `create_time`, and two years when none is given."""
    made = sandbox.admin.service_principal_secrets_proxy.create(newcomer.id, lifetime="7776000s")
    default = sandbox.admin.service_principal_secrets_proxy.create(newcomer.id)

    for secret, days in ((made, 90), (default, 730)):
        assert secret.create_time
        assert secret.expire_time
        assert datetime.fromisoformat(secret.expire_time) - datetime.fromisoformat(secret.create_time) == timedelta(days=days)


@pytest.mark.parametrize("lifetime", ["90d", "3600", "0s", "-5s", "63072001s"])
def test_other_lifetimes_are_refused(sandbox: Sandbox, newcomer: Newcomer, lifetime: str) -> None:
    """Whole seconds with an s, up to two years, and nothing else."""
    with pytest.raises(BadRequest, match="lifetime must be between"):
        sandbox.admin.service_principal_secrets_proxy.create(newcomer.id, lifetime=lifetime)


def test_a_list_holds_no_secret(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """A secret is shown once, when it is made."""
    listed = sandbox.http.get(f"/api/2.0/accounts/servicePrincipals/{newcomer.id}/credentials/secrets")

    assert newcomer.secret not in listed.text
    assert [sorted(one) for one in listed.json()["secrets"]] == [
        ["create_time", "expire_time", "id", "secret_hash", "status", "update_time"]
    ]


def test_the_sixth_secret_is_refused(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Five live secrets are the limit, and the refusal is a 400, which no client repeats."""
    for _ in range(4):
        sandbox.admin.service_principal_secrets_proxy.create(newcomer.id)

    answer = sandbox.http.post(f"/api/2.0/accounts/servicePrincipals/{newcomer.id}/credentials/secrets", json={})

    assert answer.status_code == 400
    assert len(list(sandbox.admin.service_principal_secrets_proxy.list(newcomer.id))) == 5


def test_expired_secrets_make_room(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """The limit counts live secrets only."""
    for _ in range(4):
        sandbox.admin.service_principal_secrets_proxy.create(newcomer.id, lifetime="3600s")
    sandbox.set_clock((datetime.now(UTC) + timedelta(hours=2)).isoformat())
    sandbox.renew()

    sandbox.admin.service_principal_secrets_proxy.create(newcomer.id)

    assert len(list(sandbox.admin.service_principal_secrets_proxy.list(newcomer.id))) == 2


def test_the_account_sees_the_same_secrets(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """The workspace's proxy and the account's path are two ways to one list."""
    made = sandbox.account.service_principal_secrets.create(newcomer.id)

    assert made.id in {one.id for one in sandbox.admin.service_principal_secrets_proxy.list(newcomer.id)}
    assert sandbox.login(newcomer.application_id, made.secret or "").status_code == 200
    sandbox.account.service_principal_secrets.delete(newcomer.id, made.id or "")
    assert sandbox.login(newcomer.application_id, made.secret or "").status_code == 401


def test_what_is_not_there_is_not_found(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """An unknown principal, an unknown secret, and a secret of another principal are all NotFound."""
    other = sandbox.newcomer("other")
    theirs = next(iter(sandbox.admin.service_principal_secrets_proxy.list(other.id)))
    for principal, secret in (("1234567890123456", "x"), (newcomer.id, "x"), (newcomer.id, theirs.id or "")):
        with pytest.raises(NotFound):
            sandbox.admin.service_principal_secrets_proxy.delete(principal, secret)


def test_only_admins_reach_secrets(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """A principal cannot make itself a secret."""
    with pytest.raises(PermissionDenied):
        list(sandbox.client_of(newcomer).service_principal_secrets_proxy.list(newcomer.id))
