"""The secrets of an integration, as the state has them: until when each works, and when the next one is made. Not their values."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Annotated, Any, Self, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel

from model.clock import instant
from model.schedule import SecretSchedule

Moment: TypeAlias = Annotated[datetime, BeforeValidator(instant)]


class Secret(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=to_camel, populate_by_name=True)

    secret_id: str
    issued_at: Moment
    expires_at: Moment


class EarlierSecret(Secret):
    """One that was replaced, and works on for whoever has not heard of it."""

    works_until: Moment
    """The end of its overlap, or its own. The first run after it ends what has not ended by itself."""

    def ends_at(self, moment: datetime) -> datetime:
        """What its owner must reckon with: after the overlap any run may end it, and none need come."""
        return self.works_until if self.works_until > moment else self.expires_at


class Secrets(Secret):
    """All of one integration: what it is itself, is the one in the bundle."""

    rotates_at: Moment
    rotate_every: int
    """Seconds."""
    overlap: int
    """Seconds."""
    anchor: Moment
    earlier: tuple[EarlierSecret, ...] = ()
    to_end: tuple[str, ...] = ()
    """What the next run ends."""
    gone: bool = False
    """A refresh found that somebody ended it."""
    not_rotated: str = ""
    """Why it is still the same, though it was to be replaced."""

    @classmethod
    def of(cls, outputs: Mapping[str, Any]) -> Self | None:
        """None where the deployment did not come to a secret."""
        return cls.model_validate(outputs) if outputs.get("secretId") else None

    @property
    def ids(self) -> tuple[str, ...]:
        """All that the state knows, the newest first."""
        return (self.secret_id, *(each.secret_id for each in self.earlier), *self.to_end)

    def works_at(self, moment: datetime) -> bool:
        return not self.gone and self.expires_at > moment

    def earlier_at(self, moment: datetime) -> list[EarlierSecret]:
        """Those that work on."""
        return [each for each in self.earlier if each.expires_at > moment]

    def rotations(self, moment: datetime) -> Iterator[tuple[int, datetime]]:
        """All that are ahead, without an end: the number of each period, and when it begins."""
        schedule = SecretSchedule(
            rotate_every=timedelta(seconds=self.rotate_every), overlap=timedelta(seconds=self.overlap), anchor=self.anchor
        )
        return ((period, schedule.starts(period)) for period in count(schedule.period(moment) + 1))
