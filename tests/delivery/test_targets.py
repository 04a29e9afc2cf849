"""What all targets share: the table of them, the shapes of what is delivered, and that no error holds a value of it."""

import sys
import traceback
from types import ModuleType
from typing import NoReturn

import pytest

from delivery.guard import require_safe
from delivery.outcome import NotDelivered
from delivery.targets import MODULES, deliver
from delivery.values import as_environment, as_map
from model.delivery import TARGET_KINDS, Address
from model.federation import FederatedLogin
from tests.delivery.serving import CANARY, a_bundle

ADDRESS = Address.parse("vault:secret/alchemer")


def test_each_kind_of_target_has_a_module() -> None:
    """The two tables name the same kinds."""
    assert list(MODULES) == list(TARGET_KINDS)


@pytest.mark.parametrize(
    ("address", "library"),
    [
        ("vault:secret/alchemer", "hvac"),
        ("aws:alchemer", "boto3"),
        ("azure:acme-vault/alchemer", "azure.identity"),
        ("google:acme-data/alchemer", "google.cloud.secretmanager_v1"),
        ("github:acme/surveys", "nacl.encoding"),
        ("kubernetes:surveys/alchemer", "kubernetes.client"),
    ],
)
def test_a_library_that_is_not_there_is_said_with_what_brings_it(monkeypatch: pytest.MonkeyPatch, address: str, library: str) -> None:
    """Each target is an extra of its own, of its own name."""
    kind = Address.parse(address).kind
    monkeypatch.delitem(sys.modules, MODULES[kind], raising=False)
    for module in [name for name in sys.modules if name == library or name.startswith(f"{library}.")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, library, None)

    with pytest.raises(NotDelivered) as caught:
        deliver("alchemer", a_bundle(), Address.parse(address))

    assert str(caught.value) == f"it needs {library}, which is not installed; run `pip install 'brickpass[{kind}]'`"


def test_an_error_that_nobody_foresaw_keeps_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Libraries put what they were given into what they raise; not even a traceback shows it."""

    class Careless(ModuleType):
        def deliver(self, *given: object) -> NoReturn:
            raise ValueError(f"cannot write {CANARY} of {given}")

    monkeypatch.setitem(sys.modules, "delivery.vault", Careless("delivery.vault"))

    with pytest.raises(NotDelivered) as caught:
        deliver("alchemer", a_bundle(), ADDRESS)

    assert str(caught.value) == "an error that was not foreseen (builtins.ValueError), whose words may hold the secret; report it"
    assert CANARY not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "url", ["https://vault.acme.example", "http://127.0.0.1:8200", "http://localhost", "http://[::1]:8200", "HTTPS://vault.acme.example"]
)
def test_https_and_this_machine_are_safe(url: str) -> None:
    """Nobody reads along there."""
    require_safe(url, named_by="it")


@pytest.mark.parametrize(
    "url",
    [
        "http://vault.acme.example",
        "http://127.0.0.1.acme.example",
        "http://0.0.0.0",
        "ftp://localhost",
        "https://",
        "localhost",
        "",
        "http://[x",
    ],
)
def test_all_else_is_not(url: str) -> None:
    """What somebody may read on the way, and what is no address."""
    with pytest.raises(NotDelivered, match="it leads to an address that is neither https nor this machine's own"):
        require_safe(url, named_by="it")


def test_the_shapes_hold_what_a_client_needs() -> None:
    """A map for stores of one value, and the variables that every Databricks client reads."""
    assert as_map(a_bundle()) == {
        "client_id": "5bd71bc8-7f2e-4a0c-9d61-0f4d8e1b2a37",
        "client_secret": CANARY,
        "workspace_url": "https://dbc-1.cloud.databricks.com",
        "token_endpoint": "https://dbc-1.cloud.databricks.com/oidc/v1/token",
        "secret_id": "sec-1",
        "expires_at": "2027-02-13T00:00:00Z",
    }
    assert as_environment(a_bundle()) == {
        "DATABRICKS_HOST": "https://dbc-1.cloud.databricks.com",
        "DATABRICKS_CLIENT_ID": "5bd71bc8-7f2e-4a0c-9d61-0f4d8e1b2a37",
        "DATABRICKS_CLIENT_SECRET": CANARY,
    }


def test_without_a_secret_there_is_nothing_to_deliver() -> None:
    """In no shape: who logs in by federation needs none."""
    github = FederatedLogin(auth_type="github-oidc", issuer="https://token.actions.githubusercontent.com", subject="repo:a/b", audience="1")
    nothing = dict.fromkeys(("client_secret", "secret_id", "issued_at", "expires_at", "rotates_at"))
    bundle = a_bundle().model_copy(update={**nothing, "federation": (github,)})

    for shape in (as_map, as_environment):
        with pytest.raises(NotDelivered, match="it logs in by federation and has no secret, so there is nothing to deliver"):
            shape(bundle)
