"""What the state has of a rotating secret, and when it says that another is due."""

from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Any, Self

from pydantic import SecretStr, model_validator

from model.clock import instant, now, rfc3339
from model.durations import spelled
from model.identity import shortened
from model.schedule import SecretSchedule
from provider.declared import Guarded
from provider.grant import new_revision
from provider.secrets_api import NewSecret
from provider.wire import Wire

# This machine's clock and the workspace's are never quite the same: a secret that ends so much too early is as good.
CLOCKS_APART = timedelta(hours=1)


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


class EarlierSecret(Wire):
    """One that was replaced, and works on for whoever has not heard of it."""

    secret_id: str
    client_secret: SecretStr
    issued_at: str
    expires_at: str
    works_until: str
    """The end of its overlap, or its own. The first run after it ends what has not ended by itself."""

    @property
    def is_over(self) -> bool:
        return instant(self.works_until) <= now()


class SecretState(SecretInputs):
    secret_id: str
    client_secret: SecretStr
    issued_at: str
    expires_at: str
    rotates_at: str
    earlier: tuple[EarlierSecret, ...] = ()
    """The newest first. One as a rule, more where another rotation came in between: each keeps the overlap that it was promised."""
    to_end: tuple[str, ...] = ()
    """What `brickpass recover` found and could not end."""
    gone: bool = False
    """A refresh found that somebody ended the secret."""
    not_rotated: str = ""
    """Why a secret that was due for replacement is still the same. It works, so the bundle stays; the verification fails."""
    revision: str

    @model_validator(mode="before")
    @classmethod
    def _with_the_one_before(cls, said: dict[str, Any]) -> dict[str, Any]:
        """As `previous` it stood in states of before there could be several; forgotten, it would never be ended."""
        if not (previous := said.get("previous")):
            return said
        return {**said, "earlier": [{"issuedAt": said["anchor"], "worksUntil": previous["expiresAt"], **previous}]}

    @classmethod
    def of(cls, new: SecretInputs, secret: NewSecret, *, earlier: tuple[EarlierSecret, ...] = (), to_end: tuple[str, ...] = ()) -> Self:
        return cls(
            **new.model_dump(),
            secret_id=secret.id,
            client_secret=secret.value,
            issued_at=rfc3339(secret.made_at),
            expires_at=rfc3339(secret.expires_at),
            rotates_at=rfc3339(new.schedule.rotates_at(new.period)),
            earlier=earlier,
            to_end=to_end,
            revision=new_revision(),
        )

    @property
    def still_works(self) -> bool:
        return not self.gone and instant(self.expires_at) > now()

    @property
    def over(self) -> tuple[str, ...]:
        """The secrets that are to be ended now."""
        return (*(each.secret_id for each in self.earlier if each.is_over), *self.to_end)

    @property
    def all_ids(self) -> tuple[str, ...]:
        """The newest first."""
        return (self.secret_id, *(each.secret_id for each in self.earlier), *self.to_end)

    def why_another(self, new: SecretInputs) -> str | None:
        """Why the secret must be replaced, and not only its schedule changed; None where it need not."""
        schedule, ends = new.schedule, instant(self.expires_at)
        if self.gone:
            return "somebody ended the one before in the workspace"
        if new.generation != self.generation:
            return f"generation {new.generation} is declared"
        if new.period != self.period:
            return f"a period of {spelled(schedule.rotate_every)} began on {rfc3339(schedule.starts(new.period))}"
        if ends + min(CLOCKS_APART, schedule.overlap / 2) < new.must_last_until:
            return f"the one before ends on {self.expires_at}, earlier than the overlap after the next rotation"
        return None

    def replaced(self, new: SecretInputs) -> tuple[EarlierSecret, ...]:
        """What is earlier once this is replaced: all that are not over, each with the overlap that was promised when it was replaced."""
        if self.gone:
            return self.earlier
        works_until = min(instant(self.expires_at), now() + new.schedule.overlap)
        known = self.model_dump(include={"secret_id", "client_secret", "issued_at", "expires_at"})
        return (EarlierSecret(**known, works_until=rfc3339(works_until)), *self.earlier)

    def rescheduled(self, new: SecretInputs) -> Self:
        """The same secret, on another schedule."""
        changed = new.model_dump() | {"rotates_at": rfc3339(new.schedule.rotates_at(new.period)), "not_rotated": ""}
        return self.model_copy(update=changed)

    def among(self, live: AbstractSet[str]) -> Self:
        """As it is where only these work."""
        return self.without(frozenset(self.all_ids) - live).model_copy(update={"gone": self.secret_id not in live})

    def without(self, ended: frozenset[str]) -> Self:
        """When these are not there any more."""
        return self.model_copy(
            update={
                "earlier": tuple(each for each in self.earlier if each.secret_id not in ended),
                "to_end": tuple(each for each in self.to_end if each not in ended),
            }
        )
