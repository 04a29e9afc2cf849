"""What a state tells of deliveries, and what `brickpass verify` says of it."""

from typing import Any

import pytest

from operate.state import Delivery, integrations_in
from operate.verify import _delivered

ADDRESS = "vault:secret/alchemer"
AT, UNTIL = "2026-12-01T00:00:00Z", "2026-12-15T00:00:00Z"


def of_type(state: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in state["deployment"]["resources"] if each["type"] == f"brickpass:index:{name}")
    return found


def told(state: dict[str, Any], *, secret_id: str | None) -> Delivery:
    """Of an address that is declared, and to which this secret was delivered if any was."""
    component = of_type(state, "Integration")
    component.setdefault("inputs", {})["deliver"] = [ADDRESS]
    if secret_id:
        outputs = {"address": ADDRESS, "secretId": secret_id, "deliveredAt": AT}
        recorded = {"type": "brickpass:index:Delivery", "urn": "urn", "parent": component["urn"], "outputs": outputs}
        state["deployment"]["resources"].append(recorded)
    (integration,) = integrations_in(state)
    (delivery,) = integration.deliveries
    return delivery


def test_the_live_secret_was_delivered(state: dict[str, Any]) -> None:
    """That is known from the state alone, and said to be."""
    check = _delivered(told(state, secret_id=of_type(state, "RotatingSecret")["outputs"]["secretId"]))

    assert (check.target, check.verdict.value, check.detail) == (
        ADDRESS,
        "not_tried",
        f"delivered at {AT}; the target was not asked for it",
    )


@pytest.mark.parametrize(
    ("secret_id", "said"),
    [
        (None, "the live secret was not delivered there;"),
        ("earlier", f"the live secret was not delivered there, only one before it, which works until {UNTIL};"),
        ("ended", "the live secret was not delivered there, only one before it, which works no more;"),
    ],
)
def test_the_live_secret_was_not_delivered(state: dict[str, Any], secret_id: str | None, said: str) -> None:
    """The consumer's own may still work, and it is said for how long."""
    earlier = {"secretId": "earlier", "issuedAt": AT, "expiresAt": UNTIL, "worksUntil": UNTIL}
    of_type(state, "RotatingSecret")["outputs"]["earlier"] = [earlier]

    check = _delivered(told(state, secret_id=secret_id))

    assert not check.ok
    assert check.detail.startswith(said)


def test_what_is_not_declared_is_not_asked_for(state: dict[str, Any]) -> None:
    """An integration without `deliver` has no deliveries."""
    assert integrations_in(state)[0].deliveries == ()
