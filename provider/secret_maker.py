"""Makes a secret, and no second one: what an attempt made whose answer was lost, nobody can know, so it is ended."""

import asyncio
from collections.abc import Collection, Sequence

from databricks.sdk.errors.base import DatabricksError

from model.clock import rfc3339
from model.faults import BrickpassError
from model.identity import external_id_of, is_marked, marked_lifetime
from provider.engine_log import EngineLog
from provider.errors import sentence
from provider.patience import Patience
from provider.secret_state import SecretInputs
from provider.secrets_api import MOST_SECRETS, NewSecret, Secret, SecretsApi
from provider.workspace import Unanswered

ATTEMPTS = 6
# How long a request whose answer was lost may still be on its way to where secrets are made.
LATE_S = 3.0


class NoSecret(BrickpassError):
    """A new secret could not be made."""


class SecretMaker:
    def __init__(self, secrets: SecretsApi, patience: Patience, log: EngineLog) -> None:
        self._secrets = secrets
        self._patience = patience
        self._log = log

    async def make(self, new: SecretInputs, before: Sequence[Secret], *, urn: str) -> NewSecret:
        """A new secret; `before` are those that there are. After a lost answer, the secret that nobody knows is ended before the next
        attempt, or, where the workspace makes it late, after it.

        Raises:
            NoSecret: the workspace did not answer, or there are as many as it allows.
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
        for secret in marked(await self._secrets.live(new.principal_id), urn):
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
                "the new secret works, but whether a second one was made, whose answer was lost, could not be seen. "
                f"{sentence(error) or repr(error)}; `brickpass recover` tells",
            )

    async def _end_lost(self, new: SecretInputs, before: Sequence[Secret], *, urn: str) -> None:
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


def marked(live: Sequence[Secret], urn: str) -> list[Secret]:
    """Those that were made for the integration of this resource."""
    return [secret for secret in live if secret.lifetime and is_marked(secret.lifetime, external_id_of(urn))]


def _end(secret: Secret) -> str:
    return f"expires {rfc3339(secret.expires_at)}" if secret.expires_at else "its end is not known"
