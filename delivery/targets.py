"""The targets: each a module with `deliver(name, bundle, address)`, which is loaded when something is delivered there."""

from importlib import import_module

from delivery.outcome import NotDelivered, Outcome
from model.bundle import AuthenticationBundle
from model.delivery import Address
from model.faults import BrickpassError

MODULES = {
    "secret-scope": "delivery.secret_scope",
    "vault": "delivery.vault",
    "aws": "delivery.aws",
    "azure": "delivery.azure",
    "google": "delivery.google",
    "github": "delivery.github",
    "kubernetes": "delivery.kubernetes",
}
"""By kind of target, which is also the name of the extra that brings its library."""


def deliver(name: str, bundle: AuthenticationBundle, address: Address) -> Outcome:
    """Puts an integration's bundle where its consumer reads it; what somebody else has there stays.

    Raises:
        NotDelivered: with one sentence.
    """
    try:
        module = import_module(MODULES[address.kind])
    except ImportError as error:
        needed = error.name or "a library"
        raise NotDelivered(f"it needs {needed}, which is not installed; run `pip install 'brickpass[{address.kind}]'`") from None
    try:
        outcome: Outcome = module.deliver(name, bundle, address)
    except BrickpassError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a library says of it may hold what it was given, the secret too
        kind = f"{type(error).__module__}.{type(error).__qualname__}"
        raise NotDelivered(f"an error that was not foreseen ({kind}), whose words may hold the secret; report it") from None
    return outcome
