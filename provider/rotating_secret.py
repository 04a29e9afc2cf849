"""An OAuth secret with a life cycle: replaced before it ends, while the one before still works."""

import asyncio
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from databricks.sdk.errors.base import DatabricksError
from pydantic import SecretStr

from model.clock import instant, now, rfc3339
from model.faults import BrickpassError
from model.identity import external_id_of, is_marked, marked_lifetime, shortened
from model.schedule import SecretSchedule
from provider.declared import Guarded
from provider.doubles import Doubles
from provider.engine_log import EngineLog
from provider.errors import sentence
from provider.grant import new_revision
from provider.handler import Created, Difference, Handler
from provider.patience import Patience
from provider.secrets_api import MOST_SECRETS, NewSecret, Secret, SecretsApi
from provider.wire import UNKNOWN, Plain, Wire
from provider.workspace import Unanswered

ATTEMPTS = 6
# How long a request whose answer was lost may still be on its way to where secrets are made.
LATE_S = 3.0
# This machine's clock and the workspace's are never quite the same: a secret that ends so much too early is as good.
CLOCKS_APART = timedelta(hours=1)


class NoSecret(BrickpassError):
    """A new secret could not be made."""


class SecretInputs(Guarded):
    principal_id: str
    """The numeric SCIM id."""
    application_id: str
    """The client id."""
    period: int
    rotate_every: int
    """Seconds."""
    overlap: int
    """Seconds."""
    anchor: str
    generation: int

    @property
    def schedule(self) -> SecretSchedule:
        return SecretSchedule(
            rotate_every=timedelta(seconds=self.rotate_every),
            overlap=timedelta(seconds=self.overlap),
            anchor=instant(self.anchor),
            generation=self.generation,
        )

    @property
    def must_last_until(self) -> datetime:
        """The end of the overlap after this period: who rotates in time never needs the secret longer."""
        schedule = self.schedule
        return schedule.rotates_at(self.period) + schedule.overlap - shortened(schedule.lifetime)


class PreviousSecret(Wire):
    secret_id: str
    client_secret: SecretStr
    expires_at: str


class SecretState(SecretInputs):
    secret_id: str
    client_secret: SecretStr
    issued_at: str
    expires_at: str
    rotates_at: str
    previous: PreviousSecret | None = None
    to_end: tuple[str, ...] = ()
    """Secrets of ours that are still to be ended, after a run that could not."""
    gone: bool = False
    """A refresh found that somebody ended the secret."""
    not_rotated: str = ""
    """Why a secret that was due for replacement is still the same. It works, so the bundle stays; the verification fails."""
    revision: str

    @property
    def still_works(self) -> bool:
        return not self.gone and instant(self.expires_at) > now()

    def needs_another(self, new: SecretInputs) -> bool:
        """Whether the secret must be replaced, and not only its schedule changed."""
        if self.gone or (new.period, new.generation) != (self.period, self.generation):
            return True
        return instant(self.expires_at) + min(CLOCKS_APART, new.schedule.overlap / 2) < new.must_last_until


class RotatingSecret(Handler[SecretInputs, SecretState]):
    """Costs three requests to create, two or three to rotate, one to read, and one for each secret to delete; more after a lost answer."""

    resource_type = "brickpass:index:RotatingSecret"
    inputs, state = SecretInputs, SecretState
    replaces = frozenset({"principalId"})
    outputs = frozenset({"secretId", "clientSecret", "issuedAt", "expiresAt", "rotatesAt", "previous", "notRotated", "revision"})

    def __init__(self, secrets: SecretsApi, doubles: Doubles, patience: Patience, log: EngineLog) -> None:
        self._secrets = secrets
        self._doubles = doubles
        self._patience = patience
        self._log = log

    def diff(self, old: Mapping[str, Plain], new: Mapping[str, Plain]) -> list[Difference]:
        changes = super().diff(old, new)
        if UNKNOWN not in new.values() and not changes:
            state, inputs = SecretState.model_validate(old), SecretInputs.model_validate(new)
            if state.needs_another(inputs):
                return [Difference("secretId")]
            return [Difference("toEnd")] if state.to_end else []
        return changes

    def unknown_after_update(self, old: SecretState, new: SecretInputs | None) -> frozenset[str]:
        return self.outputs if new is None or old.needs_another(new) else frozenset({"rotatesAt"})

    async def create(self, new: SecretInputs, *, urn: str) -> Created[SecretState]:
        live, _ = await asyncio.gather(self._secrets.live(new.principal_id), self._doubles.remove(new.principal_id, urn=urn))
        await self._warn_of_unknown(live, (), urn=urn)
        secret = await self._make(new, live, urn=urn)
        return Created(secret.id, _state(new, secret))

    async def update(self, resource_id: str, old: SecretState, new: SecretInputs, *, urn: str) -> SecretState:
        del resource_id
        if not old.needs_another(new):
            return await self._end_old(_rescheduled(old, new), urn=urn)
        try:
            live = await self._secrets.live(new.principal_id)
            await self._warn_near_the_limit(old, live, urn=urn)
            await self._warn_of_unknown(live, _ours(old), urn=urn)
            secret = await self._make(new, live, urn=urn)
        except Exception as error:
            said = sentence(error)
            if said is None or not old.still_works:
                raise
            return old.model_copy(update={"not_rotated": said, "revision": new_revision()})
        return await self._end_old(_rotated(old, new, secret), urn=urn)

    async def read(self, resource_id: str, old: SecretState) -> SecretState | None:
        del resource_id
        live = {secret.id for secret in await self._secrets.live(old.principal_id)}
        previous = old.previous if old.previous and old.previous.secret_id in live else None
        to_end = tuple(secret_id for secret_id in old.to_end if secret_id in live)
        gone = old.secret_id not in live
        if gone and previous is None and not to_end:
            return None
        # While another secret of ours lives, the resource stays: forgotten, that one would never be ended.
        return old.model_copy(update={"previous": previous, "to_end": to_end, "gone": gone})

    async def delete(self, resource_id: str, old: SecretState, *, urn: str) -> None:
        del resource_id, urn
        await asyncio.gather(*(self._secrets.end(old.principal_id, secret_id) for secret_id in _ours(old)))

    async def _make(self, new: SecretInputs, before: list[Secret], *, urn: str) -> NewSecret:
        """A new secret, and no second one: after a lost answer, the secret that nobody knows is ended before the next attempt, or, where
        the workspace makes it late, after it.
        """
        lifetime = marked_lifetime(new.schedule.lifetime, external_id_of(urn))
        last: Exception | None = None
        for attempt in range(ATTEMPTS):
            try:
                made = await self._patience.until_visible(lambda: self._secrets.make(new.principal_id, lifetime), urn=urn)
            except Unanswered as error:
                last = error
                await self._end_lost(new, before, urn=urn)
            except DatabricksError as error:
                raise await self._explained(new, error) from error
            else:
                if last:
                    await self._end_late(new, [secret.id for secret in before] + [made.id], urn=urn)
                return made
            await self._log.status(urn, "waiting: the workspace is busy")
            await asyncio.sleep(min(2**attempt, 10))
        raise NoSecret(f"No secret could be made for service principal {new.application_id}: {last}. Run the same command again.")

    async def _end_unknown(self, new: SecretInputs, known: Collection[str], *, urn: str) -> None:
        """Ends what these attempts made and nobody knows: it was not there before, and bears our mark. Any other is a person's."""
        for secret in _marked(await self._secrets.live(new.principal_id), urn):
            if secret.id not in known:
                await self._secrets.end(new.principal_id, secret.id)

    async def _end_late(self, new: SecretInputs, known: Collection[str], *, urn: str) -> None:
        """What cannot be looked for is no reason to lose the new secret: later runs, and `recover`, name what is left."""
        await self._log.status(urn, "waiting: an answer was lost, and what it was about may come late")
        await asyncio.sleep(LATE_S)
        try:
            await self._end_unknown(new, known, urn=urn)
        except Exception as error:  # noqa: BLE001 - whatever it is, the new secret is only known here
            await self._log.warning(
                urn,
                f"the new secret works, but whether a second one was made, whose answer was lost, could not be seen. {_said(error)}; "
                "`brickpass recover` tells",
            )

    async def _end_lost(self, new: SecretInputs, before: list[Secret], *, urn: str) -> None:
        try:
            await self._end_unknown(new, [secret.id for secret in before], urn=urn)
        except Exception as error:
            if (said := sentence(error)) is None:
                raise
            raise NoSecret(
                f"A secret for service principal {new.application_id} may have been made whose answer was lost, and the workspace does "
                f"not say ({said.rstrip('.')}). Run `brickpass recover`, which ends it, and `pulumi up`."
            ) from error

    async def _explained(self, new: SecretInputs, error: DatabricksError) -> Exception:
        live = await self._secrets.live(new.principal_id)
        if len(live) < MOST_SECRETS:
            return error
        return NoSecret(
            f"Service principal {new.application_id} has {len(live)} secrets, as many as Databricks allows. End one that nobody uses: "
            + ", ".join(f"{secret.id} ({_end(secret)})" for secret in live)
        )

    async def _warn_near_the_limit(self, old: SecretState, live: list[Secret], *, urn: str) -> None:
        strange = [secret.id for secret in live if secret.id not in _ours(old)]
        if strange and len(live) + 1 >= MOST_SECRETS:
            await self._log.warning(
                urn,
                f"service principal {old.application_id} has {len(live)} secrets of at most {MOST_SECRETS}; not made by this stack, "
                f"and left alone: {', '.join(strange)}",
            )

    async def _warn_of_unknown(self, live: list[Secret], known: Collection[str], *, urn: str) -> None:
        """A killed run may have made them; or a state that was lost knew them, and somebody uses them. So they are not ended here."""
        if unknown := [secret.id for secret in _marked(live, urn) if secret.id not in known]:
            await self._log.warning(
                urn,
                f"this stack made secrets that its state does not know, and that work: {', '.join(unknown)}; "
                "`brickpass recover` tells what they are",
            )

    async def _end_old(self, state: SecretState, *, urn: str) -> SecretState:
        """Ends what is left of older secrets. One that cannot be ended is tried again by the next run: the new one works."""
        left = []
        for secret_id in state.to_end:
            try:
                await self._secrets.end(state.principal_id, secret_id)
            except Exception as error:  # noqa: BLE001 - whatever it is, the new secret is only known here
                await self._log.warning(urn, f"the new secret works, but the old secret {secret_id} could not be ended. {_said(error)}")
                left.append(secret_id)
        return state.model_copy(update={"to_end": tuple(left)})


def _ours(state: SecretState) -> list[str]:
    return [state.secret_id, *([state.previous.secret_id] if state.previous else []), *state.to_end]


def _marked(live: list[Secret], urn: str) -> list[Secret]:
    """Those that were made for the integration of this resource."""
    return [secret for secret in live if secret.lifetime and is_marked(secret.lifetime, external_id_of(urn))]


def _end(secret: Secret) -> str:
    return f"expires {rfc3339(secret.expires_at)}" if secret.expires_at else "its end is not known"


def _said(error: Exception) -> str:
    return sentence(error) or repr(error)


def _state(new: SecretInputs, secret: NewSecret, *, previous: PreviousSecret | None = None, to_end: tuple[str, ...] = ()) -> SecretState:
    return SecretState(
        **new.model_dump(),
        secret_id=secret.id,
        client_secret=secret.value,
        issued_at=rfc3339(secret.made_at),
        expires_at=rfc3339(secret.expires_at),
        rotates_at=rfc3339(new.schedule.rotates_at(new.period)),
        previous=previous,
        to_end=to_end,
        revision=new_revision(),
    )


def _rotated(old: SecretState, new: SecretInputs, secret: NewSecret) -> SecretState:
    """The secret before stays until its lifetime ends; the one before that is to be ended now."""
    if old.gone:
        return _state(new, secret, previous=old.previous, to_end=old.to_end)
    before = PreviousSecret(secret_id=old.secret_id, client_secret=old.client_secret, expires_at=old.expires_at)
    to_end = (*old.to_end, *([old.previous.secret_id] if old.previous else []))
    return _state(new, secret, previous=before, to_end=to_end)


def _rescheduled(old: SecretState, new: SecretInputs) -> SecretState:
    return old.model_copy(update=new.model_dump() | {"rotates_at": rfc3339(new.schedule.rotates_at(new.period)), "not_rotated": ""})
