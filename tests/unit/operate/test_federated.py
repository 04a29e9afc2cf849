"""An integration that logs in by federation, as commands find it in a state."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checks.check import Check
from checks.clients import Credentials
from model.faults import WrongUse
from operate import verify as module
from operate.exits import GOOD
from operate.state import POLICY, PRINCIPAL, SECRET, Deployed, integrations_in
from tests.unit.operate.test_verify import run

State = dict[str, Any]
LOGIN = {"auth_type": "env-oidc", "issuer": "https://idp", "subject": "loader", "subject_claim": "sub", "audience": "acme"}


def in_the_place_of_the_secret(state: State, *, made: bool = True, own: bool = True) -> State:
    """As `federation:` deploys it; `made` says whether its policy came about, `own` whether the principal is its own."""
    resources = state["deployment"]["resources"]
    component = next(each for each in resources if each["type"] == "brickpass:index:Integration")
    component["inputs"] = {"federation": [LOGIN]}
    resources[:] = [each for each in resources if each["type"] != SECRET and (own or each["type"] != PRINCIPAL)]
    if made:
        oidc = {"issuer": "https://idp", "subject": "loader", "subjectClaim": "sub", "audiences": ["acme"]}
        outputs = {"policyId": "brickpass-oidc-1", "servicePrincipalId": 7531902468024680, "oidcPolicy": oidc}
        urn = component["urn"]
        resources.append({"urn": f"{urn}-p", "type": POLICY, "custom": True, "id": "id", "parent": urn, "outputs": outputs})
    return state


def deployed(state: State) -> Deployed:
    [integration] = integrations_in(state)
    return integration


@pytest.mark.parametrize("own", [True, False], ids=["its own principal", "an adopted one"])
def test_its_bundle_says_how_to_log_in(state: State, *, own: bool) -> None:
    """Whose principal it is, it has a Client ID and a numeric id, and no secret."""
    before = deployed(state)

    bundle = deployed(in_the_place_of_the_secret(state, own=own)).live_bundle()

    assert (bundle.client_id, bundle.service_principal_id) == (before.client_id, "7531902468024680")
    assert [login.model_dump() for login in bundle.federation] == [LOGIN]
    assert bundle.client_secret is None


def test_one_whose_policy_was_not_made_logs_in_nowhere(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever wants its bundle hears so, and `brickpass verify` fails."""
    integration = deployed(in_the_place_of_the_secret(state, made=False))
    monkeypatch.setattr(module, "deployed", lambda _: [integration])
    monkeypatch.setattr(module, "from_environment", lambda *_, **__: None)

    found = module.verify([], stack=None)

    assert found.exit_code == 1
    assert found.table.rows[0][-1] == "its deployment did not come to a federation; `pulumi up` finishes it"
    with pytest.raises(WrongUse, match="alchemer cannot log in yet: its deployment did not come to its federation"):
        integration.live_bundle()


@pytest.fixture
def proven(monkeypatch: pytest.MonkeyPatch) -> list[Credentials]:
    """What each proof is made with; how is the checks' to test."""
    tried: list[Credentials] = []

    def prove(bundle: Credentials, *_: object, **__: object) -> list[Check]:
        tried.append(bundle)
        return []

    monkeypatch.setattr(module, "prove", prove)
    monkeypatch.setattr(module, "from_environment", lambda *_, **__: None)
    return tried


@pytest.fixture
def token_file(tmp_path: Path) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"iss": "https://idp", "sub": "loader", "aud": "acme"}).encode()).decode().rstrip("=")
    file = tmp_path / "token"
    file.write_text(f"e30.{claims}.c2ln")
    return str(file)


def test_a_token_in_a_file_is_tried(
    monkeypatch: pytest.MonkeyPatch, state: State, engine: Callable[..., Path], proven: list[Credentials], token_file: str
) -> None:
    """Beside what is declared, with which a refusal is compared."""
    engine(in_the_place_of_the_secret(state))

    assert run(monkeypatch, "verify", "alchemer", "--oidc-token-file", token_file) == GOOD

    [tried] = proven
    assert tried.can_log_in
    assert dict(tried.settings) == {"auth_type": "file-oidc", "oidc_token_filepath": token_file}
    assert [login.subject for login in tried.federation] == ["loader"]


def test_without_a_token_nobody_logs_in(state: State, engine: Callable[..., Path], proven: list[Credentials]) -> None:
    """The admin is asked instead."""
    engine(in_the_place_of_the_secret(state))

    module.verify([], stack=None)

    assert [tried.can_log_in for tried in proven] == [False]


@pytest.mark.parametrize(("names", "federated"), [([], True), (["alchemer"], False)], ids=["of nobody", "of one with a secret"])
def test_a_token_must_be_somebodys(
    state: State, engine: Callable[..., Path], token_file: str, names: list[str], *, federated: bool
) -> None:
    """Of one integration, which logs in by federation."""
    engine(in_the_place_of_the_secret(state) if federated else state)

    with pytest.raises(WrongUse, match="--oidc-token-file has the token of one integration that logs in by federation; name that one"):
        module.verify(names, stack=None, oidc_token_file=token_file)
