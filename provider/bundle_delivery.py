"""A bundle where its consumer reads it, brought there by the deployment once it is proven.

(Named `delivery`, this module would hide the room of that name: the plugin's own folder comes first on its path.)
"""

import asyncio
from collections.abc import Mapping

from pydantic import SecretStr

from delivery.outcome import NotDelivered, Outcome
from delivery.targets import deliver
from model.bundle import AuthenticationBundle
from model.clock import instant, now, rfc3339
from model.delivery import Address
from model.faults import BrickpassError
from provider.engine_log import EngineLog
from provider.handler import Created, Difference, Handler, UpstreamFailed
from provider.wire import Plain, Wire
from provider.workspace import Workspace

LIMIT_S = 120.0
"""For how long a target may take: a run that waits for ever keeps the stack locked, and so all other secrets from rotating."""


class Delivered(Wire):
    integration: str
    address: str
    secret_id: str
    expires_at: str
    bundle: SecretStr
    """An `AuthenticationBundle` as JSON: whatever is in it, none of it can be read in the state."""


class DeliveryInputs(Delivered):
    """With what the state does without, since it is no reason to deliver anew."""

    verified_at: str | None = None
    """Of the proof before; nothing, where that failed."""
    earlier: dict[str, str] | None = None
    """The secrets before that still work: until when, by id."""

    def until_when(self, old: Delivered) -> str:
        """For how long whoever reads what is there can still log in, in a sentence."""
        until = old.expires_at if old.secret_id == self.secret_id else (self.earlier or {}).get(old.secret_id)
        lasts = until is not None and instant(until) > now()
        return f"What was delivered there before works {f'until {until}' if lasts else 'no more'}."


NO_REASONS = ("verifiedAt", "earlier")


class DeliveryState(Delivered):
    delivered_at: str
    where: str
    """What the target calls the place."""


class Delivery(Handler[DeliveryInputs, DeliveryState]):
    """Costs the workspace nothing, but for a secret scope in it; what it costs the target, that one's module says."""

    resource_type = "brickpass:index:Delivery"
    inputs, state = DeliveryInputs, DeliveryState
    replaces = frozenset[str]()
    outputs = frozenset({"deliveredAt", "where"})

    def __init__(self, workspace: Workspace, log: EngineLog) -> None:
        self._workspace = workspace
        self._log = log

    def diff(self, old: Mapping[str, Plain], new: Mapping[str, Plain]) -> list[Difference]:
        return [change for change in super().diff(old, new) if change.property not in NO_REASONS]

    async def create(self, new: DeliveryInputs, *, urn: str) -> Created[DeliveryState]:
        if new.verified_at is None:
            raise UpstreamFailed(f"{new.integration} is not delivered to {new.address}, since its proof failed; see there.")
        return Created(new.address, await self._delivered(new, urn=urn))

    async def update(self, resource_id: str, old: DeliveryState, new: DeliveryInputs, *, urn: str) -> DeliveryState:
        """Where the proof failed, a secret that logs in is delivered all the same: the one before ends, and a consumer that has lost
        one of its grants would lose the others with it.
        """
        del resource_id
        try:
            if new.verified_at is None:
                await asyncio.to_thread(self._log_in, new)
                await self._log.warning(urn, "its proof failed, but the new secret logs in, and the one before ends; so it is delivered")
            state = await self._delivered(new, urn=urn)
        except NotDelivered as error:
            raise NotDelivered(f"{error} {new.until_when(old)}") from None
        if state.where != old.where:
            await self._log.warning(
                urn,
                f"what was delivered to {old.where} stays there, is not kept up any more, and ends by {old.expires_at}; "
                f"let its consumer read {state.where}",
            )
        return state

    async def read(self, resource_id: str, old: DeliveryState) -> DeliveryState:
        """As it was recorded: a refresh asks no target, so that somebody who took a secret away there is not told on by it."""
        del resource_id
        return old

    async def delete(self, resource_id: str, old: DeliveryState, *, urn: str) -> None:
        """Takes nothing away: where the integration goes its secret ends with it, and where it stays somebody may still read it there."""
        del resource_id
        await self._log.info(urn, f"what was delivered to {old.where} stays there; its secret ends by {old.expires_at} at the latest")

    def _log_in(self, new: DeliveryInputs) -> None:
        from checks.clients import Credentials, client  # noqa: PLC0415 - it takes a second to import, and is rarely asked for

        bundle = AuthenticationBundle.model_validate_json(new.bundle.get_secret_value())
        try:
            client(Credentials(bundle.workspace_url, bundle.client_id, bundle.client_secret, trusted_hosts=self._workspace.trusted_hosts))
        except BrickpassError as error:
            raise NotDelivered(f"{new.integration} is not delivered to {new.address}: {str(error).rstrip('.')}.") from None

    async def _delivered(self, new: DeliveryInputs, *, urn: str) -> DeliveryState:
        outcome = await _brought(new)
        said = f"{outcome.where} had it already" if outcome.changed is False else f"delivered to {outcome.where}"
        await self._log.info(urn, said)
        known = new.model_dump(include=set(Delivered.model_fields))
        return DeliveryState(**known, delivered_at=rfc3339(now()), where=outcome.where)


async def _brought(new: DeliveryInputs) -> Outcome:
    bundle = AuthenticationBundle.model_validate_json(new.bundle.get_secret_value())
    try:
        return await asyncio.wait_for(asyncio.to_thread(deliver, new.integration, bundle, Address.parse(new.address)), LIMIT_S)
    except TimeoutError:
        reason = f"no answer came in {LIMIT_S:g} s"
    except BrickpassError as error:
        reason = str(error).rstrip(".")
    raise NotDelivered(f"{new.integration} was not delivered to {new.address}: {reason}. The next `pulumi up` tries again.")
