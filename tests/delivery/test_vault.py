"""Vault: what a delivery writes there, what it leaves alone, and what it says where it cannot."""

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from delivery import vault as module
from delivery.outcome import NotDelivered, Outcome
from delivery.targets import deliver
from delivery.values import as_map
from model.delivery import Address
from tests.delivery.internet import Internet
from tests.delivery.serving import CANARY, HOSTILE, a_bundle, serving
from tests.delivery.vault_server import ROOT, Vault, Version

ADDRESS = "vault:secret/alchemer"
PATH = "secret/alchemer"


@pytest.fixture(autouse=True)
def _nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No Vault and no token of the machine; one may also lie in the home of who runs this."""
    for name in ("VAULT_ADDR", "VAULT_NAMESPACE", "VAULT_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> Iterator[Vault]:
    """A Vault, and an environment that knows it."""
    vault = Vault()
    monkeypatch.setenv("VAULT_TOKEN", ROOT)
    with serving(vault.app) as port:
        monkeypatch.setenv("VAULT_ADDR", f"http://127.0.0.1:{port}")
        yield vault


def delivered(secret: str = CANARY, to: str = ADDRESS) -> Outcome:
    return deliver("alchemer", a_bundle(secret), Address.parse(to))


def refused(to: str = ADDRESS) -> str:
    """Why it is not delivered; never with the secret in the words."""
    with pytest.raises(NotDelivered) as caught:
        delivered(to=to)
    assert CANARY not in repr(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_is_not_there_is_made(vault: Vault) -> None:
    """With what a client needs, and which secret it is."""
    assert delivered() == Outcome("secret/alchemer, version 1", changed=True)

    assert vault.now(PATH) == as_map(a_bundle())
    assert vault.now(PATH)["client_secret"] == CANARY


def test_a_delivery_anew_writes_nothing(vault: Vault) -> None:
    """Where nothing differs, there is no second version."""
    delivered()

    assert delivered() == Outcome("secret/alchemer, version 1", changed=False)
    assert len(vault.secrets[PATH]) == 1


def test_what_others_have_in_the_secret_stays(vault: Vault) -> None:
    """Their keys, whatever is in them; and a rotation replaces ours."""
    vault.put(PATH, theirs={"nested": [1, 2.5, None]}, client_secret="old")

    assert delivered() == Outcome("secret/alchemer, version 2", changed=True)

    assert vault.now(PATH) == {"theirs": {"nested": [1, 2.5, None]}, **as_map(a_bundle())}


def test_any_secret_arrives_as_it_is(vault: Vault) -> None:
    """Quotes, line ends, nulls, emoji; and it is recognized when it comes again."""
    delivered(HOSTILE)

    assert vault.now(PATH)["client_secret"] == HOSTILE
    assert delivered(HOSTILE).changed is False


def test_what_somebody_writes_meanwhile_stays(vault: Vault) -> None:
    """A write that lost the race reads again, and adds to what the other one wrote."""
    calls = iter([True])

    def another_admin(path: str) -> None:
        if next(calls, False):
            vault.put(path, theirs="new")

    vault.meanwhile = another_admin

    assert delivered() == Outcome("secret/alchemer, version 2", changed=True)
    assert vault.now(PATH)["theirs"] == "new"


def test_a_race_that_is_always_lost_has_an_end(vault: Vault) -> None:
    """And nothing of what the other one wrote is lost."""
    vault.meanwhile = lambda path: vault.put(path, theirs="new")

    assert refused() == "somebody else writes secret/alchemer all the time; try again"
    assert vault.now(PATH) == {"theirs": "new"}
    assert len(vault.secrets[PATH]) == module.TRIES


@pytest.mark.parametrize("gone", [Version({}, deleted=True), Version({}, destroyed=True)], ids=["deleted", "destroyed"])
def test_a_secret_that_was_deleted_gets_a_new_version(vault: Vault, gone: Version) -> None:
    """Its versions count on."""
    vault.secrets[PATH] = [gone]

    assert delivered() == Outcome("secret/alchemer, version 2", changed=True)
    assert vault.now(PATH) == as_map(a_bundle())


def test_a_mount_may_have_slashes_in_its_name(vault: Vault) -> None:
    """Vault says where the mount ends and the path begins."""
    vault.engines = {"team/kv/": "2"}

    assert delivered(to="vault:team/kv/apps/alchemer") == Outcome("team/kv/apps/alchemer, version 1", changed=True)
    assert vault.now("team/kv/apps/alchemer") == as_map(a_bundle())


def test_a_version_1_engine_gets_nothing(vault: Vault) -> None:
    """It would take the write, put it at another path, and keep nothing of what others have."""
    vault.engines = {"secret/": "1"}

    assert refused() == "Vault's engine at secret/ is not of KV version 2, which alone keeps what others write"
    assert vault.secrets == {}


def test_a_vault_that_tells_nothing_of_its_mounts_will_do(vault: Vault) -> None:
    """Its answer is a help and no promise."""
    vault.knows_mounts = False

    assert delivered().changed is True


def test_a_missing_engine_is_said(vault: Vault) -> None:
    """With what to do."""
    vault.knows_mounts = False

    assert refused("vault:nope/alchemer") == "Vault has no secrets engine at nope/; make one of KV version 2, or see to VAULT_NAMESPACE"


def test_a_namespace_is_taken_from_the_environment(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Vault's own command does it."""
    vault.namespace = "teams/cx"
    assert "the token" in refused()

    monkeypatch.setenv("VAULT_NAMESPACE", "teams/cx")
    assert delivered().changed is True


def test_a_wrong_token_is_said(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not a policy that lacks something."""
    monkeypatch.setenv("VAULT_TOKEN", "hvs.wrong")

    assert refused() == "Vault refuses the token; it is wrong or has ended: set another VAULT_TOKEN, or run `vault login`"
    assert vault.secrets == {}


@pytest.mark.parametrize("may", [{"read"}, {"create", "update"}], ids=["read only", "write only"])
def test_a_policy_that_lacks_something_is_said(vault: Vault, may: set[str]) -> None:
    """By the path that the policy has to name: without reading it, what others have there could not be kept."""
    vault.policies[ROOT] = frozenset(may)

    assert refused().endswith("its policy lacks create, read and update on secret/data/alchemer")
    assert not any(vault.secrets.values())


def test_without_an_address_or_a_token_nothing_is_asked(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """Vault's client would take an address of its own."""
    monkeypatch.delenv("VAULT_TOKEN")
    assert refused() == "there is no token for Vault; set VAULT_TOKEN, or run `vault login`"
    monkeypatch.delenv("VAULT_ADDR")
    assert refused() == "there is no VAULT_ADDR in the environment; set it to Vault's address"
    assert vault.requests == []


@pytest.mark.parametrize(
    "url", ["http://vault.acme.example:8200", "vault.acme.example", "ftp://127.0.0.1", "http://[::1", "http://me:pw@10.0.0.1"]
)
def test_a_secret_goes_to_no_address_where_others_read_along(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Neither https nor this machine's own; what else stands in such an address is not repeated."""
    monkeypatch.setenv("VAULT_ADDR", url)
    monkeypatch.setenv("VAULT_TOKEN", ROOT)

    assert refused() == "VAULT_ADDR leads to an address that is neither https nor this machine's own; a secret is not sent there"


def test_a_redirect_leads_to_no_such_address_either(vault: Vault) -> None:
    """A standby node sends its callers on."""
    vault.redirect = "http://vault.acme.example:8200"

    assert refused().startswith("VAULT_ADDR, or a redirect from there, leads to an address that is neither https")


def test_a_standby_node_is_followed_to_the_active_one(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Vault's own command does it."""
    standby = Vault(redirect=os.environ["VAULT_ADDR"])
    with serving(standby.app) as port:
        monkeypatch.setenv("VAULT_ADDR", f"http://127.0.0.1:{port}")
        assert delivered().changed is True
    assert vault.now(PATH) == as_map(a_bundle())


def test_vault_is_spoken_to_over_https(internet: Internet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With a certificate that the machine trusts, or VAULT_CACERT does; and with no other."""
    vault = Vault()
    internet.serve(vault.app, "vault.acme.example")
    monkeypatch.setenv("VAULT_ADDR", "https://vault.acme.example")
    monkeypatch.setenv("VAULT_TOKEN", ROOT)
    certificate = internet.certificate
    assert delivered().changed is True

    internet.trust_others(tmp_path)
    assert refused() == "Vault's certificate is not trusted; VAULT_CACERT says whose is"

    # Vault's client reads the variable when it is loaded.
    monkeypatch.setattr("hvac.v1.VAULT_CACERT", str(certificate))
    assert delivered().changed is False


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, "Vault answers with an error (InvalidRequest); try again later"),
        (412, "Vault answers with an error (UnexpectedError); try again later"),
        (429, "Vault takes no more requests for now; try again later"),
        (500, "Vault answers with an error (InternalServerError); try again later"),
        (503, "Vault is sealed or not available; unseal it, or try again later"),
    ],
)
def test_a_vault_in_trouble_is_one_sentence(vault: Vault, status: int, said: str) -> None:
    """Without its own words, in which all that was sent may be."""
    vault.failing = status

    assert refused() == said


def test_an_error_that_repeats_the_secret_is_not_repeated(vault: Vault) -> None:
    """The write is answered with all that was in it."""

    def fail(_path: str) -> None:
        vault.failing = 500

    vault.meanwhile = fail

    assert refused() == "Vault answers with an error (InternalServerError); try again later"


def test_what_is_no_vault_gets_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of a proxy, with whatever status."""
    sent: list[str] = []

    async def page(request: Request) -> PlainTextResponse:
        sent.append(request.method)
        return PlainTextResponse("<html>Please log in</html>", int(request.headers["x-vault-namespace"]))

    monkeypatch.setenv("VAULT_TOKEN", ROOT)
    with serving(Starlette(routes=[Route("/{path:path}", page, methods=["GET", "POST"])])) as port:
        monkeypatch.setenv("VAULT_ADDR", f"http://127.0.0.1:{port}")
        for status in ("200", "404"):
            monkeypatch.setenv("VAULT_NAMESPACE", status)
            assert refused() == "what answers there is not Vault; see to VAULT_ADDR"
    assert set(sent) == {"GET"}


def test_a_token_that_cannot_be_sent_is_said(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one that was read from a file with its line end."""
    monkeypatch.setenv("VAULT_TOKEN", f"{ROOT}\n")

    assert refused() == "VAULT_TOKEN or VAULT_NAMESPACE holds what no header may, such as a line end; set it anew"
    assert vault.requests == []


def test_a_vault_that_does_not_answer_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes the request, and says nothing."""
    monkeypatch.setattr(module, "TIMEOUT_S", 0.2)
    monkeypatch.setenv("VAULT_TOKEN", ROOT)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("VAULT_ADDR", f"http://127.0.0.1:{silent.getsockname()[1]}")
        began = time.monotonic()
        assert refused() == "Vault does not answer in time; try again later"
    assert time.monotonic() - began < 10


def test_a_vault_that_is_down_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens there."""
    monkeypatch.setenv("VAULT_TOKEN", ROOT)
    with serving(Vault().app) as port:
        pass
    monkeypatch.setenv("VAULT_ADDR", f"http://127.0.0.1:{port}")
    began = time.monotonic()

    assert refused() == "Vault cannot be reached; see to VAULT_ADDR and the network"
    assert time.monotonic() - began < 5
