"""Decides whose request is next, so that what several clients do to each other can be tried in every order, and tried again.

The requests of the actors are held until they are chosen, one at a time. A choice is made only when each actor that still runs has a
request waiting, or has said that it is done: so it depends on the order that was given, and on nothing else.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import perf_counter

from sandbox.caller import Caller, Who
from sandbox.errors import InvalidParameterValueError, Json, SandboxError
from sandbox.permissions.rules import Permissions
from sandbox.state import State

RIVAL = "rival"


@dataclass(frozen=True)
class RivalStep:
    """What a person does to an access list in the web page: gives somebody a level, or takes an entry away. Nothing comes between."""

    request_type: str
    object_id: str
    who: Who
    level: str | None


@dataclass
class Taken:
    """One step as it was taken."""

    actor: str
    method: str
    path: str
    status: int = 0
    who: Who | None = None
    """Whose entry a rival's step was about."""
    level: str | None = None
    given: object = None
    """The entries that a request to an access list named."""
    began_ms: float = field(default_factory=lambda: perf_counter() * 1000)
    ended_ms: float = 0.0

    def as_json(self) -> Json:
        said: Json = {"actor": self.actor, "method": self.method, "path": self.path, "status": self.status}
        if self.who:
            said |= {"who": {self.who.kind: self.who.name}, "level": self.level}
        if self.given is not None:
            said["given"] = self.given
        return said | {"began_ms": round(self.began_ms, 3), "ended_ms": round(self.ended_ms, 3)}


class Schedule:
    """Without actors it holds nobody."""

    def __init__(self, state: State, permissions: Permissions) -> None:
        self._state = state
        self._permissions = permissions
        self._running: dict[str, None] = {}
        self._waiting: defaultdict[str, list[tuple[str, asyncio.Future[None]]]] = defaultdict(list)
        self.clear()

    def clear(self) -> None:
        """Ends the schedule, and lets all go that it held."""
        held = [going for waiting in self._waiting.values() for _, going in waiting]
        self._running.clear()
        self._waiting.clear()
        self._rival: deque[RivalStep] = deque()
        self._admin: Caller | None = None
        self._order: list[int] = []
        self._chosen = 0
        self._on: asyncio.Future[None] | None = None
        self.trace: list[Taken] = []
        for going in held:
            if not going.done():
                going.set_result(None)

    def begin(self, actors: Iterable[str], rival: Iterable[RivalStep], order: list[int], *, admin: Caller) -> None:
        """Args:
        actors: the application ids whose requests are held.
        rival: what the sandbox itself does, as `admin`, whenever it is chosen.
        order: numbers, of which each makes a choice: that of the candidates, in the order of `actors`, at this number modulo their number.
        """
        self.clear()
        self._running.update(dict.fromkeys(actors))
        self._rival.extend(rival)
        self._admin = admin
        self._order = order

    def done(self, actor: str) -> None:
        """The actor will ask for nothing more."""
        if actor not in self._running:
            raise InvalidParameterValueError(f"{actor} is not an actor of this schedule, or is done already.")
        del self._running[actor]
        self._choose()

    @asynccontextmanager
    async def turn(self, actor: str, method: str, path: str) -> AsyncIterator[Taken | None]:
        """Waits until this request is chosen; the next one is chosen after it. None for whoever is no actor, and need not wait."""
        if actor not in self._running:
            yield None
            return
        going: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[actor].append((f"{method} {path}", going))
        trace = self.trace
        self._choose()
        await going
        taken = Taken(actor, method, path)
        trace.append(taken)
        try:
            yield taken
        except SandboxError as refusal:
            taken.status = refusal.status
            raise
        finally:
            taken.ended_ms = perf_counter() * 1000
            # Unless another schedule began meanwhile.
            if self._on is going:
                self._on = None
                self._choose()

    def _choose(self) -> None:
        while self._on is None and all(self._waiting.get(actor) for actor in self._running):
            candidates = [*self._running, *([RIVAL] if self._rival else [])]
            if not candidates:
                return
            number = self._order[self._chosen] if self._chosen < len(self._order) else 0
            self._chosen += 1
            who = candidates[number % len(candidates)]
            if who == RIVAL:
                self._act(self._rival.popleft())
                continue
            # Where an actor asks for several things at once, always in the same order.
            self._waiting[who].sort(key=lambda each: each[0])
            _, going = self._waiting[who].pop(0)
            # Who waited may be gone: a client that was killed.
            if not going.done():
                self._on = going
                going.set_result(None)

    def _act(self, step: RivalStep) -> None:
        path = f"/api/2.0/permissions/{step.request_type}/{step.object_id}"
        taken = Taken(RIVAL, "PATCH" if step.level else "DELETE", path, who=step.who, level=step.level)
        self.trace.append(taken)
        try:
            if self._admin is None:
                raise RuntimeError("a schedule has an admin")
            with self._state.transaction():
                self._permissions.set_entry(self._admin, step.request_type, step.object_id, step.who, step.level)
            taken.status = 200
        except SandboxError as refusal:
            # As for a person: the page says no, and nothing was changed.
            taken.status = refusal.status
        taken.ended_ms = perf_counter() * 1000
