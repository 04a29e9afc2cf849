"""`brickpass deliver`, from the command line to what is in the target and the exit code."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from model.delivery import TARGET_KINDS
from operate import deliver as module
from operate.__main__ import main
from operate.exits import FOUND_SOMETHING, GOOD, MISUSE
from tests.delivery.serving import serving
from tests.delivery.vault_server import ROOT, Vault
from tests.unit.operate import handed_out

Engine = Callable[..., Path]
State = dict[str, Any]

SECRET = "dose00000000000000000000000000000000"


@pytest.fixture(autouse=True)
def vault(monkeypatch: pytest.MonkeyPatch) -> Iterator[Vault]:
    """A Vault, and an environment that knows it and nothing of any other target."""
    monkeypatch.setenv("BRICKPASS_NOW", "2026-12-01T00:00:00Z")
    monkeypatch.setenv("VAULT_TOKEN", ROOT)
    vault = Vault()
    with serving(vault.app) as port:
        monkeypatch.setenv("VAULT_ADDR", f"http://127.0.0.1:{port}")
        yield vault


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Runs the command: its exit code, and all that it says, in which the secret never is."""

    def run(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["brickpass", "deliver", *words])
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        assert SECRET not in out + err
        return int(left.value.code or 0), out or err

    return run


Run = Callable[..., tuple[int, str]]


def test_a_bundle_is_delivered_where_it_is_said(run: Run, engine: Engine, state: State, vault: Vault) -> None:
    """Where it is, and what became of it; done again, it changes nothing."""
    engine(state)

    code, shown = run("alchemer", "--to", "vault:secret/alchemer")

    assert code == GOOD
    assert vault.now("secret/alchemer")["client_secret"] == SECRET
    for told in ("vault:secret/alchemer", "written", "secret/alchemer, version 1", "alchemer: 1 written."):
        assert told in shown
    assert "alchemer: 1 unchanged." in run("alchemer", "--to", "vault:secret/alchemer")[1]


def test_where_one_fails_the_others_are_done(run: Run, engine: Engine, state: State, vault: Vault) -> None:
    """It is an exit code, and the JSON says which and why."""
    engine(state)
    vault.put("secret/b", theirs=1)

    code, shown = run("alchemer", "--json", "--to", "vault:nope/a", "--to", "vault:secret/b", "--to", "vault:secret/b")

    assert code == FOUND_SOMETHING
    assert json.loads(shown) == {
        "integration": "alchemer",
        "ok": False,
        "deliveries": [
            {
                "address": "vault:nope/a",
                "did": "failed",
                "where": None,
                "why": "Vault has no secrets engine at nope/; make one of KV version 2, or see to VAULT_NAMESPACE",
            },
            {"address": "vault:secret/b", "did": "written", "where": "secret/b, version 2", "why": None},
        ],
    }


def test_without_an_address_the_declared_ones_are_taken(run: Run, engine: Engine, state: State, vault: Vault) -> None:
    """As the stack file has them, and the last deployment knew them."""
    component = next(each for each in state["deployment"]["resources"] if each["type"] == "brickpass:index:Integration")
    component["inputs"] = {"deliver": ["vault:secret/a", "vault:secret/b"]}
    engine(state)

    assert "alchemer: 2 written." in run("alchemer")[1]
    assert sorted(vault.secrets) == ["secret/a", "secret/b"]


def test_without_any_address_it_is_wrong_use(run: Run, engine: Engine, state: State) -> None:
    """With how to say one."""
    engine(state)

    assert run("alchemer") == (MISUSE, "alchemer declares no address; say one with --to, such as --to vault:secret/alchemer\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("alchemer", "--to", "vult:secret/a"), 'did you mean "vault"?'),
        (("alchemer", "--to", "vault:secret"), "it is written vault:MOUNT/PATH, such as vault:secret/alchemer"),
        (("alchemist", "--to", "vault:secret/a"), 'did you mean "alchemer"?'),
    ],
)
def test_wrong_use_is_said_before_anything_is_delivered(
    run: Run, engine: Engine, state: State, vault: Vault, *, words: tuple[str, ...], said: str
) -> None:
    """An address among several, or a name, that there is not."""
    engine(state)

    code, shown = run(*words, "--to", "vault:secret/good")

    assert code == MISUSE
    assert said in shown
    assert vault.requests == []


def test_a_secret_that_is_of_no_use_is_not_delivered(
    run: Run, engine: Engine, state: State, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its consumer would fail with it, and have lost the one from before."""
    monkeypatch.setenv("BRICKPASS_NOW", "2027-03-08T09:00:51Z")
    engine(state)

    assert run("alchemer", "--to", "vault:secret/a") == (
        MISUSE,
        "the secret of alchemer ended on 2027-03-08T09:00:51Z; `pulumi up` makes a new one\n",
    )
    assert vault.requests == []


def test_an_integration_without_a_secret_has_nothing_to_deliver(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its consumer logs in with a token of its own."""
    monkeypatch.setattr(module, "deployed", lambda _: [handed_out.deployed(handed_out.bundle(federation=[handed_out.IN_GITHUB]))])

    assert run("alchemer", "--to", "vault:secret/a") == (
        MISUSE,
        "alchemer logs in by federation and has no secret, so there is nothing to deliver\n",
    )


def test_a_host_that_nobody_trusts_gets_nothing(run: Run, engine: Engine, state: State, vault: Vault) -> None:
    """Neither the admin's login nor, by way of whoever reads the bundle, its secret; the stack file says otherwise."""
    for each in state["deployment"]["resources"]:
        if each["type"] == "pulumi:providers:brickpass":
            each["inputs"]["host"] = "https://dbc.acme.example"
    engine(state)

    code, shown = run("alchemer", "--to", "vault:secret/a")

    assert code == MISUSE
    assert "write brickpass:trusted_hosts: [dbc.acme.example] into the stack file" in shown
    assert vault.requests == []


def test_the_help_has_all_addresses(run: Run) -> None:
    """One for each kind of target."""
    shown = " ".join(run("--help")[1].split())

    for kind in TARGET_KINDS.values():
        assert f"{kind.word}:{kind.form}" in shown
