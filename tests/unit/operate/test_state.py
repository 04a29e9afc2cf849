"""From the engine's state to what is deployed."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model.faults import StackUnreadable, WrongUse
from model.grants import ObjectGrant, SecurablePrivileges
from operate.state import deployed, integrations_in, plain


def test_an_integration_is_found_with_all_that_belongs_to_it(state: dict[str, Any]) -> None:
    """Host, credentials and grants come from the component's children and their provider."""
    (alchemer,) = integrations_in(state)

    assert (alchemer.name, alchemer.host, alchemer.active) == ("alchemer", "https://dbc-1234.cloud.databricks.com", True)
    assert alchemer.client_secret
    assert alchemer.client_secret.get_secret_value() == "dose00000000000000000000000000000000"
    assert {(grant.kind, grant.name, grant.level) for grant in alchemer.grants if isinstance(grant, ObjectGrant)} == {
        ("warehouses", "bi-serverless", "CAN_USE"),
        ("clusters", "shared-analytics", "CAN_RESTART"),
        ("jobs", "nightly-survey-load", "CAN_MANAGE_RUN"),
    }
    assert {(grant.full_name, grant.privileges) for grant in alchemer.grants if isinstance(grant, SecurablePrivileges)} == {
        ("main", ("USE_CATALOG",)),
        ("main.surveys", ("MODIFY", "SELECT", "USE_SCHEMA")),
    }


def test_the_groups_that_it_is_declared_to_be_in_come_along(state: dict[str, Any]) -> None:
    """From what the component was given; a state from before there were any has none."""
    assert integrations_in(state)[0].memberships == ()
    component = next(each for each in state["deployment"]["resources"] if each["type"] == "brickpass:index:Integration")
    component["inputs"] = {"memberships": ["admins", "cx-analytics"]}

    assert integrations_in(state)[0].memberships == ("admins", "cx-analytics")


def test_a_securable_keeps_the_name_that_the_api_has_for_it(state: dict[str, Any]) -> None:
    """A metastore is asked for by its id."""
    grant = next(each for each in state["deployment"]["resources"] if each["type"] == "brickpass:index:SecurableGrant")
    grant["outputs"] |= {"kind": "metastore", "fullName": "acme", "securableId": "0f1c", "privileges": ["CREATE_CATALOG"]}

    (found,) = [each for each in integrations_in(state)[0].grants if each.kind == "metastore"]

    assert isinstance(found, SecurablePrivileges)
    assert found.api_name == "0f1c"


def test_its_bundle_is_what_the_stack_hands_out(state: dict[str, Any]) -> None:
    """Read from the secret itself, since a failed run may leave the stack's output behind."""
    (alchemer,) = integrations_in(state)
    handed_out = plain(state["deployment"]["resources"][0]["outputs"]["bundles"])["alchemer"]

    assert alchemer.bundle
    assert alchemer.bundle.revealed() == {
        **handed_out,
        "service_principal_id": "8161551568659383",
        "account_id": None,
        "federation": [],
    }


def test_its_bundle_names_the_account_that_the_stack_declares(state: dict[str, Any]) -> None:
    """The provider was told of it."""
    provider = next(each for each in state["deployment"]["resources"] if each["type"] == "pulumi:providers:brickpass")
    provider["inputs"]["accountId"] = "8c1f0f4e-5b1d-4f0e-9a63-2d7c5f8e1b42"

    bundle = integrations_in(state)[0].bundle

    assert bundle
    assert bundle.account_id == "8c1f0f4e-5b1d-4f0e-9a63-2d7c5f8e1b42"


@pytest.mark.parametrize(
    ("now", "changed", "sentence"),
    [
        ("2027-03-08T09:00:51Z", {}, "the secret of alchemer ended on 2027-03-08T09:00:51Z; `pulumi up` makes a new one"),
        ("2027-01-01", {"gone": True}, "somebody ended the secret of alchemer; `pulumi up` makes a new one"),
        ("2027-01-01", {"clientSecret": None}, "alchemer has no secret yet: its deployment did not come to it; `pulumi up` finishes it"),
    ],
)
def test_a_secret_that_logs_nobody_in_is_not_handed_on(
    state: dict[str, Any], monkeypatch: pytest.MonkeyPatch, now: str, changed: dict[str, object], sentence: str
) -> None:
    """Whoever wants it is told why, and what makes a new one."""
    monkeypatch.setenv("BRICKPASS_NOW", now)
    secret = next(each for each in state["deployment"]["resources"] if each["type"] == "brickpass:index:RotatingSecret")
    secret["outputs"] |= changed

    with pytest.raises(WrongUse) as refused:
        integrations_in(state)[0].live_bundle()

    assert str(refused.value) == sentence


def test_an_integration_that_is_over_hands_nothing_on(state: dict[str, Any]) -> None:
    """It lost its secret on purpose."""
    component = next(each for each in state["deployment"]["resources"] if each["type"] == "brickpass:index:Integration")
    component["inputs"] = {"endedOn": "2027-03-31"}

    with pytest.raises(WrongUse, match="alchemer was over on 2027-03-31, and has no secret any more; give it a later `until`"):
        integrations_in(state)[0].live_bundle()


def test_what_is_said_of_an_integration_comes_along(state: dict[str, Any]) -> None:
    """Which product it is, what for, and whose; a state from before that was stated has nothing of it."""
    before = integrations_in(state)[0]
    component = next(each for each in state["deployment"]["resources"] if each["type"] == "brickpass:index:Integration")
    component["inputs"] = {"consumer": "alchemer", "purpose": "Survey responses", "owner": "cx@acme.example"}

    after = integrations_in(state)[0]

    assert (before.consumer, before.purpose, before.owner) == (None, None, None)
    assert (after.consumer, after.purpose, after.owner) == ("alchemer", "Survey responses", "cx@acme.example")


def test_a_deployed_secret_is_masked(state: dict[str, Any]) -> None:
    """What is read from the state can be printed without harm."""
    assert "dose" not in repr(integrations_in(state))


def test_what_the_engine_is_about_to_delete_is_not_deployed(state: dict[str, Any]) -> None:
    """A resource that is replaced, and marked to be deleted, does not shadow the one in its place."""
    resources = state["deployment"]["resources"]
    secret = next(each for each in resources if each["type"] == "brickpass:index:RotatingSecret")
    old = secret | {"delete": True, "outputs": secret["outputs"] | {"applicationId": "the one before"}}
    resources.insert(resources.index(secret), old)

    (alchemer,) = integrations_in(state)

    assert alchemer.client_id == secret["outputs"]["applicationId"]


def test_an_unfinished_integration_has_no_secret(state: dict[str, Any]) -> None:
    """Where the deployment failed before the secret, the principal is still known."""
    resources = state["deployment"]["resources"]
    resources[:] = [each for each in resources if each["type"] != "brickpass:index:RotatingSecret"]

    (alchemer,) = integrations_in(state)

    assert alchemer.client_id
    assert alchemer.client_secret is None


def test_an_empty_stack_has_no_integrations() -> None:
    """A stack that was never deployed is shown without a deployment."""
    assert integrations_in({"version": 3, "deployment": None}) == integrations_in({"deployment": {}}) == []


def test_a_stack_is_asked_for_by_name(engine: Callable[..., Path], state: dict[str, Any]) -> None:
    """The engine is called once, with the stack where one is named."""
    called = engine(state)

    assert len(deployed("acme-prod")) == 1
    assert called.read_text(encoding="utf-8").split() == [
        "stack",
        "export",
        "--show-secrets",
        "--non-interactive",
        "--color",
        "never",
        *("--stack", "acme-prod"),
    ]


def test_what_the_engine_refuses_is_one_sentence(engine: Callable[..., Path]) -> None:
    """The error's first words are kept; its prefix, and a warning above it, are not."""
    engine(error="warning: A new version of Pulumi is available.\nerror: no stack named 'nope' found\nand more\n")

    with pytest.raises(StackUnreadable) as raised:
        deployed("nope")
    assert str(raised.value) == "pulumi does not show the stack: no stack named 'nope' found"


def test_without_an_engine_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nobody sees a FileNotFoundError."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("pulumi") is None

    with pytest.raises(StackUnreadable, match="there is no pulumi on PATH"):
        deployed(None)
