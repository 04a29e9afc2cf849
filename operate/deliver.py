"""`brickpass deliver`: puts an integration's bundle where its consumer reads it."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass

from checks.waiting import heard_by
from delivery.outcome import Outcome
from delivery.targets import deliver as to_target
from model.bundle import AuthenticationBundle
from model.delivery import Address
from model.faults import BrickpassError, WrongUse, printable
from operate.exits import FOUND_SOMETHING, GOOD
from operate.result import Result, Table
from operate.state import Deployed, chosen, deployed

AT_ONCE = 4


@dataclass(frozen=True)
class _Delivery:
    address: Address
    did: str
    where: str = ""
    why: str = ""
    """Where it failed."""


def deliver(name: str, to: Sequence[str], *, stack: str | None, progress: Callable[[str], None] = lambda _: None) -> Result:
    """Delivers to the addresses, or to those that the stack declares; where one fails, the others are done all the same."""
    addresses = _addresses(to)
    progress("reading the stack's state")
    [integration] = chosen(deployed(stack), [name])
    bundle = integration.live_bundle()
    if not bundle.client_secret:
        raise WrongUse(f"{name} logs in by federation and has no secret, so there is nothing to deliver")
    addresses = addresses or _declared(integration)
    progress(f"delivering to {', '.join(map(str, addresses))}")

    def delivered(address: Address) -> _Delivery:
        return _delivered(name, bundle, address)

    with heard_by(lambda reason, _: progress(f"waiting: {reason}")), ThreadPoolExecutor(AT_ONCE) as pool:
        # A thread has no context of its own, and with it nobody who hears what it waits for.
        running = [pool.submit(copy_context().run, delivered, address) for address in addresses]
        return _result(name, [each.result() for each in running])


def _addresses(to: Sequence[str]) -> list[Address]:
    try:
        return [Address.parse(each) for each in dict.fromkeys(to)]
    except ValueError as error:
        raise WrongUse(str(error)) from None


def _declared(integration: Deployed) -> list[Address]:
    if not integration.deliveries:
        raise WrongUse(f"{integration.name} declares no address; say one with --to, such as --to vault:secret/{integration.name}")
    return _addresses([each.address for each in integration.deliveries])


def _delivered(name: str, bundle: AuthenticationBundle, address: Address) -> _Delivery:
    try:
        outcome = to_target(name, bundle, address)
    except BrickpassError as error:
        return _Delivery(address, "failed", why=printable(str(error)))
    return _Delivery(address, _did(outcome), outcome.where)


def _did(outcome: Outcome) -> str:
    return "unchanged" if outcome.changed is False else "written"


def _result(name: str, deliveries: Sequence[_Delivery]) -> Result:
    failed = sum(each.did == "failed" for each in deliveries)
    return Result(
        data={
            "integration": name,
            "ok": not failed,
            "deliveries": [
                {"address": str(each.address), "did": each.did, "where": each.where or None, "why": each.why or None} for each in deliveries
            ],
        },
        table=Table(
            columns=("target", "became of it", "where, or why not"),
            rows=[(str(each.address), each.did, each.where or each.why) for each in deliveries],
        ),
        summary=_summary(name, deliveries, failed),
        exit_code=FOUND_SOMETHING if failed else GOOD,
    )


def _summary(name: str, deliveries: Sequence[_Delivery], failed: int) -> str:
    counted = ", ".join(
        f"{count} {did}" for did in ("written", "unchanged", "failed") if (count := sum(each.did == did for each in deliveries))
    )
    return f"{name}: {counted}." + (" Mend what failed, and run the same command again." if failed else "")
