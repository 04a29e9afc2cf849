"""What the sandbox does wrong on request. Faults are in memory alone: a restart ends them."""

import asyncio
import re
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from random import Random
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, field_validator, model_validator

from sandbox.errors import Json, ScimError

SCIM = "/api/2.0/preview/scim/v2/"
SPENT_KEPT = 100
Area = Literal["permissions", "unity_catalog", "secret_scopes", "assignments", "groups", "logins"]


class Fault(BaseModel):
    """One thing to do wrong for requests that match: `skip` of them pass first, then `times` of them are met."""

    model_config = ConfigDict(extra="forbid")

    method: str = "*"
    path: str = ".*"
    status: int | None = Field(default=None, ge=400, le=599)
    error_code: str = "INJECTED_FAULT"
    message: str = "The sandbox was told to fail here."
    retry_after: int | None = Field(default=None, ge=0)
    chance: float | None = Field(default=None, gt=0, le=1)
    times: int | None = Field(default=None, ge=1)
    skip: int = Field(default=0, ge=0)
    when: Literal["before", "after"] = "before"
    delay_ms: int = Field(default=0, ge=0)
    cut: bool | Literal["before", "after", "middle"] = False
    reset: bool = False
    hold: bool = False
    _pattern: re.Pattern[str] = PrivateAttr()
    _draws: Random = PrivateAttr()
    _met: int = PrivateAttr(default=0)

    @field_validator("path")
    @classmethod
    def _is_a_pattern(cls, path: str) -> str:
        try:
            re.compile(path)
        except re.error as reason:
            raise ValueError(f"not a regular expression: {reason}") from reason
        return path

    @model_validator(mode="after")
    def _means_one_thing(self) -> Self:
        if self.cut and self.status is not None:
            raise ValueError("a connection that is cut has no status; leave one of cut and status out")
        if self.reset and not self.cut:
            raise ValueError("reset says how a connection is cut; give cut too")
        if self.hold and (self.cut or self.status is not None):
            raise ValueError("what is held is answered as usual in the end; leave status and cut out")
        if isinstance(self.cut, str):
            when: Literal["before", "after"] = "before" if self.cut == "before" else "after"
            if "when" in self.model_fields_set and self.when != when:
                raise ValueError(f"cut: {self.cut} comes {when} the work; leave when out")
            self.when = when
        elif self.cut:
            self.cut = self.when
        if self.times is None and self.chance is None:
            self.times = 1
        self._pattern = re.compile(self.path)
        return self

    def begin(self, draws: Random) -> None:
        self._draws = draws

    def matches(self, method: str, path: str) -> bool:
        return self.method.upper() in ("*", method) and self._pattern.search(path) is not None

    def is_drawn(self) -> bool:
        """Asked for each request that matches, so that the n-th of them always meets the same draw."""
        return self.chance is None or self._draws.random() < self.chance

    def is_due(self) -> bool:
        if self.skip:
            self.skip -= 1
            return False
        self._met += 1
        if self.times is not None:
            self.times -= 1
        return True

    @property
    def is_spent(self) -> bool:
        return self.times == 0

    def as_json(self) -> Json:
        """With what is left of `skip` and `times`, and how many requests were met."""
        return {**self.model_dump(), "met": self._met}


class Conditions(BaseModel):
    """What all requests meet, until it is changed or cleared."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int | None = None
    latency_ms: int = Field(default=0, ge=0)
    latency_spread_ms: int = Field(default=0, ge=0)
    scim_at_once: int | None = Field(default=None, ge=1)
    scim_wraps_429: float = Field(default=0.0, ge=0, le=1)
    propagation_s: float = Field(default=0.0, ge=0)
    propagation_in: tuple[Area, ...] = ("permissions", "unity_catalog", "secret_scopes", "assignments", "groups")
    token_lifetime_s: int = Field(default=3600, ge=1)
    expire_tokens: bool = False
    workspace_id_in_metadata: bool = True


class FaultsGiven(Conditions):
    """What is posted: more faults, and the conditions that change."""

    faults: list[Fault] = []

    @model_validator(mode="after")
    def _can_be_replayed(self) -> Self:
        drawn = self.latency_spread_ms or 0 < self.scim_wraps_429 < 1 or any(fault.chance is not None for fault in self.faults)
        if drawn and self.seed is None:
            raise ValueError("chance, latency_spread_ms and scim_wraps_429 are drawn: give a seed with them, by which they can be replayed")
        return self


class Faults:
    def __init__(self) -> None:
        self._scim_in_flight = 0
        self._cleared = asyncio.Event()
        self.clear()

    def clear(self) -> None:
        """Ends all, and lets go what is held."""
        self._cleared.set()
        self._cleared = asyncio.Event()
        self.pending: list[Fault] = []
        self._spent: deque[Fault] = deque(maxlen=SPENT_KEPT)
        self._with_a_chance = 0
        self._latencies = self._wraps = Random()  # noqa: S311 - drawn from only once a seed was given
        self._good_tokens: set[str] | None = None
        self.conditions = Conditions()

    def set(self, given: FaultsGiven) -> None:
        named = given.model_fields_set - {"faults"}
        self.conditions = self.conditions.model_copy(update={name: getattr(given, name) for name in named})
        if given.seed is not None:
            self._latencies, self._wraps = _draws(given.seed, "latency"), _draws(given.seed, "scim")
        if "expire_tokens" in named:
            self._good_tokens = set() if given.expire_tokens else None
        for fault in given.faults:
            # By its number too, among its like: two faults of one chance would else meet the same requests.
            fault.begin(_draws(given.seed, f"fault {self._with_a_chance}"))
            self._with_a_chance += fault.chance is not None
            self.pending.append(fault)

    def take(self, method: str, path: str) -> Fault | None:
        """The first fault, in the order in which they were set, that is due for this request."""
        drawn = [fault for fault in self.pending if fault.matches(method, path) and fault.is_drawn()]
        due = next((fault for fault in drawn if fault.is_due()), None)
        if due and due.is_spent:
            self.pending.remove(due)
            self._spent.append(due)
        return due

    def latency_s(self) -> float:
        """Of the next request."""
        spread = self._latencies.uniform(0, self.conditions.latency_spread_ms) if self.conditions.latency_spread_ms else 0
        return (self.conditions.latency_ms + spread) / 1000

    @contextmanager
    def in_flight(self, path: str, workspace_id: str) -> Iterator[None]:
        """Counts the workspace's SCIM requests that are not answered yet, and refuses one too many (api-facts: 10.2)."""
        if not path.startswith(SCIM):
            yield
            return
        most = self.conditions.scim_at_once
        if most is not None and self._scim_in_flight >= most:
            # Behind some of its front ends the 429 comes out as a 500 (databricks-sdk-go#721).
            status = 500 if self._wraps.random() < self.conditions.scim_wraps_429 else 429
            raise ScimError(status, f"REQUEST_LIMIT_EXCEEDED: Workspace {workspace_id} exceeded the concurrent limit of {most} requests.")
        self._scim_in_flight += 1
        try:
            yield
        finally:
            self._scim_in_flight -= 1

    def has_propagated(self, area: Area, made_at: datetime, now: datetime) -> bool:
        if area not in self.conditions.propagation_in:
            return True
        return now >= made_at + timedelta(seconds=self.conditions.propagation_s)

    async def until_cleared(self) -> None:
        await self._cleared.wait()

    def token_made(self, token_id: str) -> None:
        if self._good_tokens is not None:
            self._good_tokens.add(token_id)

    def has_expired(self, token_id: str) -> bool:
        """Whether the token was made before all were told to have expired."""
        return self._good_tokens is not None and token_id not in self._good_tokens

    def as_json(self) -> Json:
        """All of it; of the faults that are over, the newest."""
        return {"faults": [fault.as_json() for fault in (*self._spent, *self.pending)], **self.conditions.model_dump(mode="json")}


def _draws(seed: int | None, what: str) -> Random:
    return Random(f"{seed} {what}")  # noqa: S311 - it has to be the same each time
