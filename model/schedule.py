"""When a secret is replaced, and for how long the one before it still works."""

import hashlib
import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from model.clock import TIME, instant
from model.durations import Duration, spelled
from model.vocabulary import one_word

LONGEST_LIFETIME = timedelta(days=730)  # api-facts: 4.1

# A Monday.
FIRST_PERIOD = datetime(2026, 1, 5, tzinfo=UTC)


def _anchor(value: object) -> datetime:
    return instant(value.isoformat() if isinstance(value, date) else one_word(value))


def _generation(value: object) -> int:
    if not re.fullmatch("[1-9][0-9]{0,8}", one_word(value)):
        raise ValueError(f'"{value}" is not a whole number from 1 on')
    return int(str(value))


_ANCHOR = {"type": "string", "pattern": f"^{TIME}$"}
_GENERATION = {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 999_999_999}, {"type": "string", "pattern": "^[1-9][0-9]{0,8}$"}]}


class SecretSchedule(BaseModel):
    """The `secret:` part of an integration. All its dates follow from `anchor`, so they are known years ahead."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rotate_every: Duration = Field(default=timedelta(days=90), description="A new secret is made this often.", examples=["90d"])
    overlap: Duration = Field(default=timedelta(days=14), description="How long the secret before it still works.", examples=["14d"])
    anchor: Annotated[datetime, BeforeValidator(_anchor), WithJsonSchema(_ANCHOR)] = Field(
        # No default for editors and the reference to show: `of` has the one that counts.
        default_factory=lambda: FIRST_PERIOD,
        description="A moment at which a period begins; the others follow from it. Without it, each integration has days of its own.",
        examples=["2027-01-04", "2027-01-04T06:00:00Z"],
    )
    generation: Annotated[int, BeforeValidator(_generation), WithJsonSchema(_GENERATION)] = Field(
        default=1, description="Raise it to have a new secret at the next `pulumi up`.", examples=[2]
    )

    @model_validator(mode="after")
    def _at_most_two_secrets_live(self) -> Self:
        # A longer overlap would keep three alive, and Databricks allows five for all rotations and accidents together.
        if self.overlap >= self.rotate_every:
            raise ValueError(f"overlap ({spelled(self.overlap)}) must be shorter than rotate_every ({spelled(self.rotate_every)})")
        if self.lifetime > LONGEST_LIFETIME:
            raise ValueError(
                f"rotate_every and overlap are {spelled(self.lifetime)} together, "
                f"but Databricks lets a secret live {spelled(LONGEST_LIFETIME)} at most; shorten one of them"
            )
        return self

    def of(self, client_id: str) -> Self:
        """The schedule of one principal: where no anchor is declared, it is shifted by whole days (hours, where it is short), so that
        many integrations of a stack, and of a fleet, do not all rotate on one.
        """
        if "anchor" in self.model_fields_set:
            return self
        step = timedelta(days=1) if self.rotate_every >= timedelta(weeks=1) else timedelta(hours=1)
        shift = int.from_bytes(hashlib.sha256(client_id.encode()).digest()[:8]) % (self.rotate_every // step)
        return self.model_copy(update={"anchor": FIRST_PERIOD + shift * step})

    @property
    def lifetime(self) -> timedelta:
        return self.rotate_every + self.overlap

    def period(self, now: datetime) -> int:
        """The number of the period that `now` is in. A change of it is what makes `pulumi up` rotate."""
        return (now - self.anchor) // self.rotate_every

    def starts(self, period: int) -> datetime:
        return self.anchor + period * self.rotate_every

    def rotates_at(self, period: int) -> datetime:
        """When the secret of this period is replaced."""
        return self.starts(period + 1)
