"""An OAuth secret with a life cycle: replaced before it ends, while the one before still works."""

import asyncio
from collections.abc import Collection, Mapping, Sequence

from provider.doubles import Doubles
from provider.engine_log import EngineLog
from provider.errors import sentence
from provider.grant import new_revision
from provider.handler import Created, Difference, Handler
from provider.secret_maker import SecretMaker, marked
from provider.secret_state import SecretInputs, SecretState
from provider.secrets_api import MOST_SECRETS, Secret, SecretsApi
from provider.wire import UNKNOWN, Plain


class RotatingSecret(Handler[SecretInputs, SecretState]):
    """Costs three requests to create, two or three to rotate, one to read, and one for each secret to delete; more after a lost answer."""

    resource_type = "brickpass:index:RotatingSecret"
    inputs, state = SecretInputs, SecretState
    replaces = frozenset({"principalId"})
    outputs = frozenset({"secretId", "clientSecret", "issuedAt", "expiresAt", "rotatesAt", "earlier", "notRotated", "revision"})

    def __init__(self, secrets: SecretsApi, maker: SecretMaker, doubles: Doubles, log: EngineLog) -> None:
        self._secrets = secrets
        self._maker = maker
        self._doubles = doubles
        self._log = log

    def diff(self, old: Mapping[str, Plain], new: Mapping[str, Plain]) -> list[Difference]:
        changes = super().diff(old, new)
        if UNKNOWN not in new.values() and not changes:
            state, inputs = SecretState.model_validate(old), SecretInputs.model_validate(new)
            if state.why_another(inputs):
                return [Difference("secretId")]
            return [Difference("earlier")] if state.over else [Difference("notRotated")] if state.not_rotated else []
        return changes

    def unknown_after_update(self, old: SecretState, new: SecretInputs | None) -> frozenset[str]:
        return self.outputs if new is None or old.why_another(new) else frozenset({"rotatesAt", "earlier"})

    async def foretell(self, old: SecretState, new: SecretInputs, *, urn: str) -> None:
        """Whoever reads a preview, or the log of a run, is told what rotates and why, and how long the secret before still works."""
        if why := old.why_another(new):
            before = old.replaced(new)
            works = f"; the secret before works until {before[0].works_until}" if before and before[0].secret_id == old.secret_id else ""
            await self._log.info(urn, f"{new.integration} gets another secret, since {why}{works}")

    async def create(self, new: SecretInputs, *, urn: str) -> Created[SecretState]:
        live, _ = await asyncio.gather(self._secrets.live(new.principal_id), self._doubles.remove(new.principal_id, urn=urn))
        await self._warn_of_unknown(live, (), urn=urn)
        secret = await self._maker.make(new, live, urn=urn)
        return Created(secret.id, SecretState.of(new, secret))

    async def update(self, resource_id: str, old: SecretState, new: SecretInputs, *, urn: str) -> SecretState:
        del resource_id
        if not old.why_another(new):
            return await self._end_what_is_over(old.rescheduled(new), urn=urn)
        kept = old
        try:
            live = await self._secrets.live(new.principal_id)
            kept = old.among({secret.id for secret in live})
            await self.foretell(kept, new, urn=urn)
            await self._warn_near_the_limit(kept, live, urn=urn)
            await self._warn_of_unknown(live, kept.all_ids, urn=urn)
            kept = await self._with_room(kept, live, urn=urn)
            secret = await self._maker.make(new, live, urn=urn)
        except Exception as error:
            said = sentence(error)
            if said is None or not kept.still_works:
                raise
            return kept.model_copy(update={"not_rotated": said, "revision": new_revision()})
        rotated = SecretState.of(new, secret, earlier=kept.replaced(new), to_end=kept.to_end)
        return await self._end_what_is_over(rotated, urn=urn)

    async def read(self, resource_id: str, old: SecretState) -> SecretState | None:
        del resource_id
        live = {secret.id for secret in await self._secrets.live(old.principal_id)}
        found = old.among(live)
        # While another secret of ours lives, the resource stays: forgotten, that one would never be ended.
        return None if found.gone and not (found.earlier or found.to_end) else found

    async def delete(self, resource_id: str, old: SecretState, *, urn: str) -> None:
        del resource_id, urn
        await asyncio.gather(*(self._secrets.end(old.principal_id, secret_id) for secret_id in old.all_ids))

    async def _with_room(self, old: SecretState, live: Sequence[Secret], *, urn: str) -> SecretState:
        """Without the oldest of ours, where there would be as many as Databricks allows, and none free for the next rotation.

        The newest of the earlier ones keeps its overlap all the same: rather no rotation than a consumer that cannot log in.
        """
        if len(live) + 1 < MOST_SECRETS or not (old.earlier and (len(old.earlier) > 1 or old.earlier[-1].is_over)):
            return old
        oldest = old.earlier[-1]
        if not oldest.is_over:
            await self._log.warning(
                urn,
                f"{old.integration} has {len(live)} secrets of at most {MOST_SECRETS}, so the oldest, {oldest.secret_id}, is ended "
                f"before its overlap is over on {oldest.works_until}",
            )
        await self._secrets.end(old.principal_id, oldest.secret_id)
        return old.without(frozenset({oldest.secret_id}))

    async def _end_what_is_over(self, state: SecretState, *, urn: str) -> SecretState:
        """One that cannot be ended is tried again by the next run: the new one works."""
        ended = set()
        for secret_id in state.over:
            try:
                await self._secrets.end(state.principal_id, secret_id)
                ended.add(secret_id)
            except Exception as error:  # noqa: BLE001 - whatever it is, the new secret is only known here
                said = sentence(error) or repr(error)
                await self._log.warning(urn, f"the new secret works, but the old secret {secret_id} could not be ended. {said}")
        return state.without(frozenset(ended))

    async def _warn_near_the_limit(self, old: SecretState, live: Sequence[Secret], *, urn: str) -> None:
        strange = [secret.id for secret in live if secret.id not in old.all_ids]
        if strange and len(live) + 1 >= MOST_SECRETS:
            await self._log.warning(
                urn,
                f"service principal {old.application_id} has {len(live)} secrets of at most {MOST_SECRETS}; not made by this stack, "
                f"and left alone: {', '.join(strange)}",
            )

    async def _warn_of_unknown(self, live: Sequence[Secret], known: Collection[str], *, urn: str) -> None:
        """A killed run may have made them; or a state that was lost knew them, and somebody uses them. So they are not ended here."""
        if unknown := [secret.id for secret in marked(live, urn) if secret.id not in known]:
            await self._log.warning(
                urn,
                f"this stack made secrets that its state does not know, and that work: {', '.join(unknown)}; "
                "`brickpass recover` tells what they are",
            )
