"""`Delivery`: what it brings where, when it does not, and what it says of it. A secret scope of the sandbox is its target."""

import base64
import json
import time
from collections.abc import Mapping
from types import MappingProxyType

import pytest
from pydantic import SecretStr

from delivery.outcome import NotDelivered, Outcome
from provider import bundle_delivery
from provider.bundle_delivery import Delivery, DeliveryInputs, DeliveryState
from provider.handler import UpstreamFailed
from provider.wire import UNKNOWN, Plain, plain_map, properties
from tests.harness import Newcomer, Sandbox
from tests.provider.conftest import Drive, Engine, Provider

URN = "urn:pulumi:test::brickpass::brickpass:index:Delivery::alchemer-secret-scope:cx-vendors"
SCOPE = "cx-vendors"
FIRST, SECOND = "dose-first-canary", "dose-second-canary"


def id_of(secret: str) -> str:
    return secret.removeprefix("dose-")


def wanted(
    sandbox: Sandbox, *, secret: str = FIRST, integration: str = "alchemer", earlier: Mapping[str, str] = MappingProxyType({})
) -> DeliveryInputs:
    bundle = {
        "client_id": "5bd71bc8-7f2e-4a0c-9d61-0f4d8e1b2a37",
        "client_secret": secret,
        "workspace_url": sandbox.host,
        "token_endpoint": f"{sandbox.host}/oidc/v1/token",
        "service_principal_id": "7000000000000042",
        "secret_id": id_of(secret),
        "issued_at": "2097-01-01T00:00:00Z",
        "expires_at": "2097-04-15T00:00:00Z",
        "rotates_at": "2097-04-01T00:00:00Z",
    }
    return DeliveryInputs.model_validate(
        {
            "integration": integration,
            "address": f"secret-scope:{SCOPE}",
            "secret_id": bundle["secret_id"],
            "expires_at": bundle["expires_at"],
            "bundle": json.dumps(bundle),
            "verified_at": "2097-01-01T00:00:00Z",
            "earlier": dict(earlier),
        }
    )


def handler(provider: Provider) -> Delivery:
    return Delivery(provider.workspace, provider.log)


def delivered(drive: Drive, new: DeliveryInputs) -> DeliveryState:
    return drive(lambda provider: handler(provider).create(new, urn=URN)).state


def delivered_anew(drive: Drive, old: DeliveryState, new: DeliveryInputs) -> DeliveryState:
    return drive(lambda provider: handler(provider).update("", old, new, urn=URN))


def held(sandbox: Sandbox, key: str) -> str:
    return base64.b64decode(sandbox.admin.secrets.get_secret(SCOPE, key).value or "").decode()


def written(drive: Drive) -> list[str]:
    return [asked for asked in drive.asked() if asked.startswith(("PUT", "PATCH", "DELETE")) or asked.endswith("/secrets/put")]


def changes(drive: Drive, old: DeliveryState, **changed: Plain) -> list[str]:
    """The properties of which a diff says that they differ, where these inputs do."""
    before = plain_map(properties(old))

    async def compared(provider: Provider) -> list[str]:
        return [each.property for each in handler(provider).diff(before, before | {"verifiedAt": "later"} | changed)]

    return drive(compared)


def test_a_bundle_is_brought_where_its_consumer_reads_it(sandbox: Sandbox, drive: Drive, engine: tuple[Engine, str]) -> None:
    """Under the integration's name, beside what is there; the user hears where, and the state has no word of it in clear."""
    before = {secret.key for secret in sandbox.admin.secrets.list_secrets(SCOPE)}

    state = delivered(drive, wanted(sandbox))

    assert held(sandbox, "alchemer-client-secret") == FIRST
    assert held(sandbox, "alchemer-client-id") == "5bd71bc8-7f2e-4a0c-9d61-0f4d8e1b2a37"
    assert before < {secret.key for secret in sandbox.admin.secrets.list_secrets(SCOPE)}
    assert engine[0].heard == [f"delivered to {state.where}"]
    assert [name for name, value in properties(state).items() if value.is_secret] == ["bundle"]
    assert FIRST not in repr(state)


def test_what_is_there_already_is_not_written_again(sandbox: Sandbox, drive: Drive, engine: tuple[Engine, str]) -> None:
    """A run that was killed before it could record the delivery costs its target nothing."""
    delivered(drive, wanted(sandbox))

    state = delivered(drive, wanted(sandbox))

    assert written(drive) == []
    assert engine[0].heard[-1] == f"{state.where} had it already"


def test_a_new_secret_is_delivered_over_the_old_one(sandbox: Sandbox, drive: Drive) -> None:
    """In place, so that its consumer finds it where it looks."""
    before = delivered(drive, wanted(sandbox))

    after = delivered_anew(drive, before, wanted(sandbox, secret=SECOND))

    assert held(sandbox, "alchemer-client-secret") == SECOND
    assert (before.secret_id, after.secret_id) == (id_of(FIRST), id_of(SECOND))


@pytest.mark.parametrize(
    ("earlier", "works"),
    [
        ({id_of(FIRST): "2097-02-15T00:00:00Z"}, "works until 2097-02-15T00:00:00Z"),
        ({id_of(FIRST): "2026-02-15T00:00:00Z"}, "works no more"),
        ({}, "works no more"),
    ],
    ids=["in its overlap", "after its overlap", "ended"],
)
def test_what_could_not_be_delivered_is_one_sentence(sandbox: Sandbox, drive: Drive, earlier: dict[str, str], works: str) -> None:
    """With the place, the reason, and until when what is there works; and no value of the bundle."""
    before = delivered(drive, wanted(sandbox))
    sandbox.admin.secrets.delete_scope(SCOPE)

    with pytest.raises(NotDelivered) as raised:
        delivered_anew(drive, before, wanted(sandbox, secret=SECOND, earlier=earlier))

    said = str(raised.value)
    assert said.startswith("alchemer was not delivered to secret-scope:cx-vendors: there is no scope cx-vendors in the workspace; ")
    assert said.endswith(f". The next `pulumi up` tries again. What was delivered there before {works}.")
    assert "\n" not in said
    assert "dose" not in said


def test_the_same_secret_works_as_long_as_it_lasts(sandbox: Sandbox, drive: Drive) -> None:
    """Where it was to be delivered anew for another reason than its rotation."""
    state = delivered(drive, wanted(sandbox))

    assert wanted(sandbox, integration="surveys").until_when(state) == "What was delivered there before works until 2097-04-15T00:00:00Z."


def test_a_target_that_does_not_answer_holds_no_run_up(sandbox: Sandbox, drive: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stack would stay locked, and all other secrets would wait."""

    def never(*_: object) -> Outcome:
        time.sleep(1)
        return Outcome("nowhere", changed=True)

    monkeypatch.setattr(bundle_delivery, "LIMIT_S", 0.1)
    monkeypatch.setattr(bundle_delivery, "deliver", never)

    with pytest.raises(NotDelivered, match=r"no answer came in 0\.1 s"):
        delivered(drive, wanted(sandbox))


def test_only_another_bundle_is_a_reason_to_deliver(sandbox: Sandbox, drive: Drive) -> None:
    """A new proof alone is none; that a secret is not known yet is one, since another will be."""
    state = delivered(drive, wanted(sandbox))

    assert changes(drive, state) == []
    assert changes(drive, state, verifiedAt=UNKNOWN, earlier={"1": "2097-02-15T00:00:00Z"}) == []
    assert changes(drive, state, secretId="another") == ["secretId"]
    assert changes(drive, state, secretId=UNKNOWN, bundle=UNKNOWN) == ["secretId", "bundle"]


def test_what_was_never_proven_is_not_delivered(sandbox: Sandbox, drive: Drive) -> None:
    """A first proof that failed hands nothing out."""
    with pytest.raises(UpstreamFailed, match=f"alchemer is not delivered to secret-scope:{SCOPE}, since its proof failed; see there"):
        delivered(drive, wanted(sandbox).model_copy(update={"verified_at": None}))

    assert written(drive) == []


def test_a_rotation_is_delivered_where_it_logs_in_though_the_proof_failed(
    sandbox: Sandbox, newcomer: Newcomer, drive: Drive, engine: tuple[Engine, str]
) -> None:
    """A grant that is lost must not cost the consumer the others, once the secret before has ended; one that cannot log in is no good."""
    before = delivered(drive, wanted(sandbox))
    rotated = wanted(sandbox, secret=newcomer.secret)
    bundle = json.loads(rotated.bundle.get_secret_value()) | {"client_id": newcomer.application_id}
    unproven = rotated.model_copy(update={"bundle": SecretStr(json.dumps(bundle)), "verified_at": None})

    with pytest.raises(NotDelivered, match=r"alchemer is not delivered to secret-scope:cx-vendors: .*Client authentication failed"):
        delivered_anew(drive, before, wanted(sandbox, secret=SECOND).model_copy(update={"verified_at": None}))
    refused = held(sandbox, "alchemer-client-secret")
    delivered_anew(drive, before, unproven)

    assert changes(drive, before, verifiedAt=None, secretId="another") == ["secretId"]
    assert refused == FIRST
    assert held(sandbox, "alchemer-client-secret") == newcomer.secret
    assert "its proof failed, but the new secret logs in" in engine[0].heard[-2]


def test_a_renaming_says_what_the_former_name_leaves(sandbox: Sandbox, drive: Drive, engine: tuple[Engine, str]) -> None:
    """In a scope the keys bear the name, so that a consumer must be told of the new ones."""
    before = delivered(drive, wanted(sandbox))

    after = delivered_anew(drive, before, wanted(sandbox, integration="surveys"))

    assert held(sandbox, "surveys-client-secret") == held(sandbox, "alchemer-client-secret") == FIRST
    assert engine[0].heard[-1] == (
        f"what was delivered to {before.where} stays there, is not kept up any more, and ends by 2097-04-15T00:00:00Z; "
        f"let its consumer read {after.where}"
    )


def test_a_refresh_and_a_removal_ask_no_target(sandbox: Sandbox, drive: Drive, engine: tuple[Engine, str]) -> None:
    """What was delivered stays, and a line says so."""
    state = delivered(drive, wanted(sandbox))

    async def read_and_deleted(provider: Provider) -> DeliveryState | None:
        found = await handler(provider).read("", state)
        await handler(provider).delete("", state, urn=URN)
        return found

    assert drive(read_and_deleted) == state
    assert drive.asked() == []
    assert held(sandbox, "alchemer-client-secret") == FIRST
    assert engine[0].heard[-1] == f"what was delivered to {state.where} stays there; its secret ends by 2097-04-15T00:00:00Z at the latest"
