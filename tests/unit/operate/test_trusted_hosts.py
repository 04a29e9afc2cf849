"""No command sends a credential to the host that a state names, unless the stack file trusted that host when it was written."""

import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import pytest

from checks.check import Check
from checks.clients import Credentials
from delivery import secret_scope
from operate import verify
from operate.__main__ import main
from operate.exits import MISUSE
from operate.recovery import principals

HOST = "https://databricks.acme.example"
NAMED = "databricks.acme.example"
DELIVER = ("deliver", "alchemer", "--to", "secret-scope:cx-vendors")
COMMANDS = (("verify",), ("bundle", "alchemer", "--reveal"), DELIVER, ("recover", "--yes"), ("revoke", "alchemer", "--yes"))

Elsewhere = Callable[..., None]


@pytest.fixture
def elsewhere(state: dict[str, Any], engine: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Elsewhere:
    """A stack whose workspace answers at another name, with an admin's login at hand."""

    def deployed(*trusted: str) -> None:
        provider = next(each for each in state["deployment"]["resources"] if each["type"] == "pulumi:providers:brickpass")
        provider["inputs"] |= {"host": HOST, "trustedHosts": list(trusted)}
        engine(state)
        monkeypatch.setenv("PULUMI_BACKEND_URL", tmp_path.as_uri())
        monkeypatch.setenv("DATABRICKS_CLIENT_ID", "admin")
        monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", "dose-admin")

    return deployed


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Collection[str]]:
    """Which hosts each login is told to trust, where none comes about."""
    told: list[Collection[str]] = []

    def admin(host: str, *, account_id: str | None = None, trusted_hosts: Collection[str]) -> None:
        del account_id
        assert host == HOST
        told.append(trusted_hosts)

    def prove(bundle: Credentials, *_: object, **__: object) -> list[Check]:
        told.append(bundle.trusted_hosts)
        return []

    for module in (verify, principals, secret_scope):
        monkeypatch.setattr(module, "from_environment", admin)
    monkeypatch.setattr(verify, "prove", prove)
    return told


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["brickpass", *words])
    with pytest.raises(SystemExit) as left:
        main()
    return int(left.value.code or 0)


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_an_untrusted_host_of_a_state_gets_nothing(
    elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    """Neither is a secret shown for it; one sentence says what to write into the stack file."""
    elsewhere()
    monkeypatch.setattr("requests.sessions.Session.request", lambda *_, **__: pytest.fail("a request was made"))

    assert run(monkeypatch, *words) == MISUSE

    said = capsys.readouterr()
    assert f'"{HOST}" is no address of Databricks' in said.err
    assert f"write brickpass:trusted_hosts: [{NAMED}] into the stack file" in said.err
    assert "dose" not in said.out + said.err


@pytest.mark.parametrize(
    ("words", "logins"),
    [(("verify",), 2), (DELIVER, 1), (("recover", "--yes"), 1), (("revoke", "alchemer", "--yes"), 1)],
    ids=["verify", "deliver", "recover", "revoke"],
)
def test_a_host_that_the_stack_file_named_is_trusted(
    elsewhere: Elsewhere, told: list[Collection[str]], monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], logins: int
) -> None:
    """Each login is told so, the admin's and the bundle's."""
    elsewhere(NAMED)

    run(monkeypatch, *words)

    assert [list(each) for each in told] == [[NAMED]] * logins
