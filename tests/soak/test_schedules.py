"""Two runs and a rival admin on the same access lists, in thousands of orders: who loses what."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

import provider.together
from model.grants import ObjectGrant
from model.kinds import OBJECT_KINDS
from provider.access_writer import Entry
from provider.declared import Declared
from provider.engine_log import EngineLog
from provider.restoring import Restoring
from provider.securable_writer import SecurableWriter
from provider.workspace import Workspace
from tests.harness import Sandbox
from tests.soak import scale
from tests.soak.actors import LEVELS, Batch, Login, Official, Ours, Run, Thing
from tests.soak.history import History, Levels, held

SCHEDULES = 10_000
ENOUGH = 500
"""Schedules among which some surely met a window."""
OWNER, OTHER_OWNER = "katya.ivanova@acme.example", "mei.tanaka@acme.example"
PEOPLE = ("users", "data-engineering", "ann.lee@acme.example", "bruno.costa@acme.example", "grace.kim@acme.example")


@dataclass(frozen=True)
class RivalStep:
    thing: int
    who: int
    level: int | None
    """Of the object's levels; -1 makes a person its owner."""


@dataclass(frozen=True)
class Case:
    """All that a schedule follows from; people, principals, objects and levels by number."""

    lists: Sequence[Mapping[int, int]]
    rival: Sequence[RivalStep]
    runs: Sequence[Sequence[tuple[int, Mapping[int, int | None]]]]
    """For each run what it does one after the other: on which object, to which of its principals, which level."""
    order: Sequence[int]


# Most often the same object, so that they meet.
THING = st.sampled_from((0, 0, 0, 1, 2))
LEVEL = st.integers(0, 2)
PERSON = st.integers(0, 4)
BATCHES = st.lists(st.tuples(THING, st.dictionaries(st.integers(0, 1), st.none() | LEVEL, min_size=1)), min_size=2, max_size=4)
CASES = st.builds(
    Case,
    lists=st.tuples(*[st.dictionaries(PERSON, LEVEL, max_size=4)] * 3),
    rival=st.lists(st.builds(RivalStep, thing=THING, who=PERSON, level=st.none() | st.integers(-1, 2)), min_size=1, max_size=6),
    runs=st.tuples(BATCHES, BATCHES),
    order=st.lists(st.integers(0, 5), min_size=40, max_size=40),
)


@dataclass
class Tally:
    """What all schedules came to."""

    schedules: int = 0
    requests: int = 0
    removals: int = 0
    lost_outside_the_window: int = 0
    back_outside_the_window: int = 0
    lost_in_the_window: int = 0
    back_in_the_window: int = 0
    own_grants_found_and_repaired: int = 0
    official_lost: int = 0
    official_back: int = 0


@dataclass
class Arena:
    """A sandbox, what is fought about, and who fights."""

    sandbox: Sandbox
    things: Sequence[Thing]
    logins: Sequence[Login]
    workspaces: Sequence[Workspace]
    control: httpx.AsyncClient
    official: Sequence[httpx.AsyncClient]
    log: EngineLog
    tally: Tally = field(default_factory=Tally)

    async def begin(self, case: Case) -> dict[str, Levels]:
        """Gives the objects the lists that a case begins with."""
        bodies = []
        for thing, levels in zip(self.things, case.lists, strict=True):
            entries = [_entry(PEOPLE[who], LEVELS[thing.kind][level]) for who, level in levels.items()]
            owner = [{"user_name": OWNER, "permission_level": "IS_OWNER"}] if thing.kind != "clusters" else []
            bodies.append({"access_control_list": entries + owner})
        answers = await asyncio.gather(*(self.control.put(thing.path, json=body) for thing, body in zip(self.things, bodies, strict=True)))
        return {thing.path: held(answer.json()) for thing, answer in zip(self.things, answers, strict=True)}

    async def play(self, case: Case, runs: Sequence[Run]) -> list[dict[str, Any]]:
        """Lets the two runs and the rival act in the case's order; what was done, in that order."""
        rival = [
            {
                "request_type": thing.request_type,
                "object_id": thing.id,
                "who": _who(self._rivals_choice(step)),
                "level": None if step.level is None else "IS_OWNER" if self._makes_owner(step) else LEVELS[thing.kind][max(step.level, 0)],
            }
            for step in case.rival
            for thing in [self.things[step.thing]]
        ]
        actors = [login.admin.application_id for login in self.logins]
        begun = await self.control.post("/sandbox/schedule", json={"actors": actors, "rival": rival, "order": list(case.order)})
        assert begun.status_code == 200, begun.text
        try:
            await asyncio.gather(*(self._carried_out(case, number, run) for number, run in enumerate(runs)))
            trace: list[dict[str, Any]] = (await self.control.get("/sandbox/schedule")).json()["trace"]
        finally:
            await self.control.delete("/sandbox/schedule")
        return trace

    def _makes_owner(self, step: RivalStep) -> bool:
        return step.level == -1 and self.things[step.thing].kind != "clusters"

    def _rivals_choice(self, step: RivalStep) -> str:
        # A group owns no job, so ownership goes back and forth between two people.
        return (OWNER, OTHER_OWNER)[step.who % 2] if self._makes_owner(step) else PEOPLE[step.who]

    async def _carried_out(self, case: Case, number: int, run: Run) -> None:
        login = self.logins[number]
        try:
            for first, second in _overlapping(case.runs[number]):
                going = asyncio.create_task(self._batch(login, run, *first))
                if second:
                    # It comes while the first one is under way.
                    await asyncio.sleep(0.002)
                    await self._batch(login, run, *second)
                await going
        finally:
            await self.control.post("/sandbox/schedule/done", json={"actor": login.admin.application_id})

    async def _batch(self, login: Login, run: Run, number: int, batch: Mapping[int, int | None]) -> None:
        thing = self.things[number]
        named: Batch = {
            login.principals[who].application_id: None if level is None else LEVELS[thing.kind][level] for who, level in batch.items()
        }
        await run.carry_out(thing, named)

    async def close(self) -> None:
        for http in (self.control, *self.official):
            await http.aclose()

    async def lists(self) -> dict[str, Levels]:
        answers = await asyncio.gather(*(self.control.get(thing.path) for thing in self.things))
        return {thing.path: held(answer.json()) for thing, answer in zip(self.things, answers, strict=True)}

    def own(self) -> dict[str, frozenset[str]]:
        return {login.admin.application_id: login.own for login in self.logins}


@pytest.fixture(scope="module")
def fight(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Arena, asyncio.Runner]]:
    sandbox = Sandbox(tmp_path_factory.mktemp("sandbox"))
    sandbox.start()
    with asyncio.Runner() as runner, pytest.MonkeyPatch.context() as patch:
        # Nothing but the order decides, so nobody need wait for others to come along.
        patch.setattr(provider.together, "WINDOW_S", 0.0)
        arena = runner.run(_arena(sandbox, patch))
        yield arena, runner
        runner.run(arena.close())
    sandbox.stop()


async def _arena(sandbox: Sandbox, patch: pytest.MonkeyPatch) -> Arena:
    admins = next(group.id for group in sandbox.admin.groups.list() if group.display_name == "admins")
    logins, workspaces, official = [], [], []
    for name in ("a", "b"):
        login = Login(sandbox.newcomer(f"admin-{name}"), [sandbox.newcomer(f"{name}-{number}") for number in range(2)])
        body = {"Operations": [{"op": "add", "path": "members", "value": [{"value": login.admin.id}]}]}
        assert sandbox.http.patch(f"/api/2.0/preview/scim/v2/Groups/{admins}", json=body).is_success
        patch.setenv("DATABRICKS_CLIENT_ID", login.admin.application_id)
        patch.setenv("DATABRICKS_CLIENT_SECRET", login.admin.secret)
        workspace = Workspace(sandbox.host)
        await workspace.do("GET", "/api/2.0/preview/scim/v2/Me")
        token = sandbox.token(login.admin.application_id, login.admin.secret)
        official.append(httpx.AsyncClient(base_url=sandbox.host, headers={"Authorization": f"Bearer {token}"}))
        logins.append(login)
        workspaces.append(workspace)
    control = httpx.AsyncClient(
        base_url=sandbox.host, headers={"Authorization": f"Bearer {sandbox.token(*sandbox.admin_credentials)}"}, timeout=60
    )
    things = [
        Thing("warehouses", sandbox.warehouse()),
        Thing("clusters", sandbox.cluster()),
        Thing("jobs", str(sandbox.job())),
    ]
    return Arena(sandbox, things, logins, workspaces, control, official, EngineLog("127.0.0.1:1"))


Step = tuple[int, Mapping[int, int | None]]


def _overlapping(steps: Sequence[Step]) -> Iterator[tuple[Step, Step | None]]:
    """One after the other, but what is about other principals of the same object comes while the one before is under way."""
    left = list(steps)
    while left:
        first = left.pop(0)
        meets = bool(left) and left[0][0] == first[0] and not set(left[0][1]) & set(first[1])
        yield first, left.pop(0) if meets else None


def _who(name: str) -> dict[str, str]:
    return {"user_name" if "@" in name else "group_name": name}


def _entry(name: str, level: str) -> dict[str, str]:
    return _who(name) | {"permission_level": level}


@dataclass
class Played:
    """A schedule that is over."""

    history: History
    there: dict[str, Levels]
    lost: set[tuple[str, str]]
    back: set[tuple[str, str]]


async def _played(arena: Arena, case: Case, runs: Sequence[Run], lists: dict[str, Levels], *, strict: bool) -> Played:
    history = History(lists, arena.own(), strict=strict)
    trace = await arena.play(case, runs)
    history.follow(trace)
    there = await arena.lists()
    assert there == history.lists, "the lists are not what the trace makes of them"
    arena.tally.requests += sum(step["actor"] != "rival" for step in trace) if strict else 0
    wanted = {key: level for run in runs for key, level in run.wants().items()}
    return Played(history, there, *history.undone(wanted))


async def _ours(arena: Arena, case: Case) -> None:
    lists = await arena.begin(case)
    runs = [Ours(workspace, arena.log) for workspace in arena.workspaces]
    played = await _played(arena, case, runs, lists, strict=True)
    _count(arena.tally, played)
    assert played.history.looked_again(), "a removal is only believed when it is seen"
    for thing in arena.things:
        owners = [who for who, level in played.there[thing.path].items() if level == "IS_OWNER"]
        assert len(owners) == (0 if thing.kind == "clusters" else 1), f"{thing.kind} has the owners {owners}"
    await _repaired(arena, runs, played)


def _count(tally: Tally, played: Played) -> None:
    inside, undone = played.history.in_windows(), played.lost | played.back
    tally.removals += played.history.removals
    tally.lost_in_the_window += len(played.lost & inside)
    tally.back_in_the_window += len(played.back & inside)
    tally.lost_outside_the_window += len(played.lost - inside)
    tally.back_outside_the_window += len(played.back - inside)
    assert undone <= inside, f"undone outside of any window: {undone - inside}"


async def _repaired(arena: Arena, runs: Sequence[Ours], played: Played) -> None:
    """What one run did to the other is found, and repaired, and nothing else is written.

    A refresh finds it; the next verification writes again what is missing, and takes away what is back; another level than was
    declared is drift, which an update mends.
    """
    for login, workspace, run in zip(arena.logins, arena.workspaces, runs, strict=True):
        lost = {key for key in played.lost if key[1] in login.own}
        back = {key for key in played.back if key[1] in login.own}
        unseen = played.history.undone_unseen()
        assert back <= unseen, f"what was seen to be back after its removal was left there: {back - unseen}"
        if not lost | back:
            continue
        wanted = run.wants()
        found = await run.refreshed()
        assert lost == {key for key, level in wanted.items() if found[key] != level}, "a refresh finds each grant that was lost"
        restoring = Restoring(run.lists, SecurableWriter(workspace, Declared()))
        for path, principal in lost:
            grant = _grant(arena, path, wanted[path, principal])
            if found[path, principal] is None:
                assert await restoring.restored(grant, principal)
            else:
                await run.lists.write(OBJECT_KINDS[grant.kind], grant.id, Entry(principal, grant.level))
        for path, principal in back:
            assert await restoring.taken_again(_grant(arena, path, played.there[path][principal]), principal)
        arena.tally.own_grants_found_and_repaired += len(lost | back)
    after = await arena.lists()
    own = frozenset[str]().union(*arena.own().values())
    assert {path: _of(levels, own) for path, levels in after.items()} == {
        path: _of(levels, own) for path, levels in played.history.ideal.items()
    }
    assert {path: _but(levels, own) for path, levels in after.items()} == {path: _but(levels, own) for path, levels in played.there.items()}


async def _official(arena: Arena, case: Case) -> None:
    lists = await arena.begin(case)
    runs = [Official(http, login, lists) for http, login in zip(arena.official, arena.logins, strict=True)]
    played = await _played(arena, case, runs, lists, strict=False)
    mine = {login.admin.application_id for login in arena.logins}
    arena.tally.official_lost += len(played.lost)
    # The entries that it writes for itself took nothing from anybody.
    arena.tally.official_back += sum(who not in mine for _, who in played.back)


def test_only_a_removal_in_its_window_undoes_what_others_write(fight: tuple[Arena, asyncio.Runner]) -> None:
    """In whatever order two runs and a rival admin act: what a run undoes of others lies between the reading and the writing of a removal.

    What the runs undo of each other is found and repaired. The official resource's way is counted in the same schedules.
    """
    arena, runner = fight

    @seed(scale.seed())
    @settings(
        max_examples=scale.runs(SCHEDULES),
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(CASES)
    def played(case: Case) -> None:
        if scale.out_of_time():
            return
        runner.run(_ours(arena, case))
        runner.run(_official(arena, case))
        arena.tally.schedules += 1

    played()

    tally = arena.tally
    scale.report("schedules", asdict(tally))
    assert tally.schedules
    assert tally.lost_outside_the_window == tally.back_outside_the_window == 0
    if tally.schedules >= ENOUGH:
        # Else nothing was attacked.
        assert tally.lost_in_the_window + tally.back_in_the_window
        assert tally.own_grants_found_and_repaired
        assert tally.official_lost
        assert tally.official_back


def _grant(arena: Arena, path: str, level: str) -> ObjectGrant:
    thing = next(each for each in arena.things if each.path == path)
    return ObjectGrant(kind=thing.kind, id=thing.id, name=thing.id, level=level)


def _of(levels: Levels, whose: frozenset[str]) -> Levels:
    return {who: level for who, level in levels.items() if who in whose}


def _but(levels: Levels, whose: frozenset[str]) -> Levels:
    return {who: level for who, level in levels.items() if who not in whose}
