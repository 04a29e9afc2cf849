"""A secret scope of the workspace: what a delivery puts there, what it leaves alone, and what it says where it cannot."""

from base64 import b64decode

import pytest
from databricks.sdk.service.workspace import AclPermission

from delivery import secret_scope as module
from delivery.outcome import NotDelivered, Outcome
from delivery.targets import deliver
from model.delivery import Address
from tests.delivery.serving import CANARY, HOSTILE, a_bundle
from tests.harness import Newcomer, Sandbox

SCOPE = "cx-vendors"
WHERE = f"alchemer-client-id, alchemer-client-secret, alchemer-workspace-url in the scope {SCOPE}"


@pytest.fixture(autouse=True)
def _login(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The admin's, in the environment."""
    log_in(sandbox, monkeypatch, *sandbox.admin_credentials)


def log_in(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, client_id: str, secret: str) -> None:
    monkeypatch.setenv("DATABRICKS_HOST", sandbox.host)
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", client_id)
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", secret)


def delivered(sandbox: Sandbox, secret: str = CANARY, scope: str = SCOPE) -> Outcome:
    return deliver("alchemer", a_bundle(secret, workspace_url=sandbox.host), Address.parse(f"secret-scope:{scope}"))


def refused(sandbox: Sandbox, scope: str = SCOPE) -> str:
    """Why it is not delivered; never with the secret in the words."""
    with pytest.raises(NotDelivered) as caught:
        delivered(sandbox, scope=scope)
    assert CANARY not in repr(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def read(sandbox: Sandbox, key: str) -> str:
    return b64decode(sandbox.admin.secrets.get_secret(SCOPE, key).value or "").decode()


def puts(sandbox: Sandbox) -> int:
    return sum(each["path"] == "/api/2.0/secrets/put" for each in sandbox.requests())


def test_a_scope_gets_a_key_for_each_value(sandbox: Sandbox) -> None:
    """Named after the integration, so that one scope serves many; what else is in it stays."""
    before = sandbox.admin.secrets.get_secret(SCOPE, "alchemer-api-key")

    assert delivered(sandbox) == Outcome(WHERE, changed=True)

    assert read(sandbox, "alchemer-client-id") == a_bundle().client_id
    assert read(sandbox, "alchemer-client-secret") == CANARY
    assert read(sandbox, "alchemer-workspace-url") == sandbox.host
    assert sandbox.admin.secrets.get_secret(SCOPE, "alchemer-api-key") == before


def test_a_delivery_anew_writes_nothing(sandbox: Sandbox) -> None:
    """And a rotation puts the secret alone."""
    delivered(sandbox)
    made = puts(sandbox)

    assert delivered(sandbox) == Outcome(WHERE, changed=False)
    assert puts(sandbox) == made
    assert delivered(sandbox, "another").changed is True
    assert puts(sandbox) == made + 1


def test_any_secret_arrives_as_it_is(sandbox: Sandbox) -> None:
    """Byte for byte; and it is recognized when it comes again."""
    delivered(sandbox, HOSTILE)

    assert read(sandbox, "alchemer-client-secret") == HOSTILE
    assert delivered(sandbox, HOSTILE).changed is False


def test_a_scope_that_is_not_there_is_said(sandbox: Sandbox) -> None:
    """It is not made, since who may read it would be nobody's decision."""
    assert refused(sandbox, "nope") == "there is no scope nope in the workspace; make it with `databricks secrets create-scope nope`"
    assert "nope" not in [each.name for each in sandbox.admin.secrets.list_scopes()]


def test_who_may_write_and_not_read_delivers_all_the_same(sandbox: Sandbox, newcomer: Newcomer, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in workspaces that show secrets to notebooks alone: what was there before is then not known."""
    sandbox.fail(method="GET", path="/secrets/get$", status=400, error_code="BAD_REQUEST", message="outside of a notebook", times=1)
    sandbox.admin.secrets.put_acl(SCOPE, newcomer.application_id, AclPermission.WRITE)
    log_in(sandbox, monkeypatch, newcomer.application_id, newcomer.secret)

    assert delivered(sandbox) == Outcome(WHERE, changed=None)
    assert read(sandbox, "alchemer-client-secret") == CANARY


def test_who_may_not_write_is_told_what_to_ask_for(sandbox: Sandbox, newcomer: Newcomer, monkeypatch: pytest.MonkeyPatch) -> None:
    """With READ, and with nothing."""
    log_in(sandbox, monkeypatch, newcomer.application_id, newcomer.secret)
    said = f"the login may not write the scope {SCOPE}; let one who manages it give WRITE with `databricks secrets put-acl {SCOPE}`"
    assert refused(sandbox) == said

    sandbox.admin.secrets.put_acl(SCOPE, newcomer.application_id, AclPermission.READ)
    assert refused(sandbox) == said


def test_a_scope_of_an_azure_key_vault_is_said(sandbox: Sandbox) -> None:
    """Databricks only reads there."""
    message = "Cannot write secrets to Azure KeyVault-backed scope"
    sandbox.fail(method="POST", path="/secrets/put$", status=400, error_code="BAD_REQUEST", message=message)

    assert refused(sandbox) == f"the scope {SCOPE} is backed by an Azure Key Vault, which is written to by azure:VAULT/SECRET alone"


def test_without_a_login_there_is_no_delivery(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's, or one of another workspace."""
    monkeypatch.setenv("DATABRICKS_HOST", "https://dbc-2.cloud.databricks.com")

    assert refused(sandbox).startswith(f"nobody is logged in at {sandbox.host}; set the DATABRICKS_ variables")


def test_a_secret_goes_to_no_address_where_others_read_along() -> None:
    """Whoever wrote it into the state."""
    with pytest.raises(NotDelivered, match="the workspace's URL leads to an address that is neither https nor this machine's own"):
        deliver("alchemer", a_bundle(workspace_url="http://dbc-1.acme.example"), Address.parse(f"secret-scope:{SCOPE}"))


def test_a_workspace_that_the_stack_file_trusts_gets_the_login(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it may was asked before; here nothing but its name is known."""
    asked: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(module, "from_environment", lambda host, *, trusted_hosts: asked.append((host, trusted_hosts)))

    with pytest.raises(NotDelivered, match=r"nobody is logged in at https://dbc\.acme\.example"):
        deliver("alchemer", a_bundle(workspace_url="https://dbc.acme.example"), Address.parse(f"secret-scope:{SCOPE}"))

    assert asked == [("https://dbc.acme.example", ["dbc.acme.example"])]


def test_a_refusal_that_repeats_the_secret_is_not_repeated(sandbox: Sandbox) -> None:
    """Neither a fault that the workspace finds, nor what it says in trouble."""
    sandbox.fail(method="POST", path="/secrets/put$", status=400, error_code="INVALID_PARAMETER_VALUE", message=f"{CANARY} is too short")

    assert refused(sandbox) == f"the workspace refuses it (INVALID_PARAMETER_VALUE); see to the scope {SCOPE}, and try again"


def test_a_moment_of_trouble_is_waited_for(sandbox: Sandbox) -> None:
    """A put is safe to repeat."""
    sandbox.fail(method="POST", path="/secrets/put$", status=500, times=1, when="after")

    assert delivered(sandbox).changed is True
    assert read(sandbox, "alchemer-client-secret") == CANARY


def test_trouble_without_end_is_one_sentence(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """In bounded time."""
    monkeypatch.setattr("delivery.secret_scope.RETRY_TIMEOUT_S", 1)
    sandbox.fail(method="POST", path="/secrets/put$", status=500, message=CANARY, times=100)

    assert refused(sandbox) == "the workspace is in trouble, or does not answer; try again later"
