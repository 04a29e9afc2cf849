"""Two real `pulumi up` at the same time, of two stacks, on the same twenty objects."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

import pytest

from provider.access_writer import REMOVALS_AT_ONCE
from tests.end_to_end.harness import Engine, Stack
from tests.harness import Sandbox
from tests.soak import scale
from tests.soak.actors import LEVELS, Thing

TIMES = 50
OBJECTS = 20
LATENCY_MS = 20
Levels = Mapping[Thing, str]


@dataclass
class Tally:
    """What all runs came to."""

    times: int = 0
    given: int = 0
    changed: int = 0
    taken_away: int = 0
    lost: int = 0
    """Grants that a run had given, and the other one undid."""
    back: int = 0
    """Levels that a run had taken away, and the other one brought back."""
    repaired_at_once: int = 0
    """How often a run found at its own end what the other one had undone."""
    repaired_by_the_next: int = 0
    """How often the next run had something to repair."""

    def count(self, before: Levels, after: Levels) -> None:
        self.given += len(after.keys() - before.keys())
        self.taken_away += len(before.keys() - after.keys())
        self.changed += sum(before.get(thing, level) != level for thing, level in after.items())

    def count_undone(self, wanted: Levels, there: Levels) -> None:
        self.lost += sum(there.get(thing) != level for thing, level in wanted.items())
        self.back += len(there.keys() - wanted.keys())
        self.repaired_by_the_next += 1


class Deployment:
    """A stack with one integration."""

    def __init__(self, stack: Stack, integration: str) -> None:
        self.stack = stack
        self.integration = integration
        self.deployed: Levels = {}
        self.wanted: Levels = {}

    def declare(self, wanted: Levels) -> None:
        grants: dict[str, dict[str, str]] = {}
        for thing, level in wanted.items():
            grants.setdefault(thing.kind, {})[f"id:{thing.id}"] = level
        self.stack.declare({self.integration: {"entitlements": ["databricks-sql-access", "workspace-access"], "grants": grants}})
        self.wanted = wanted

    def up(self, *options: str) -> int:
        """How often the run told that it repaired something."""
        text = self.stack.up(*options).text
        self.deployed = self.wanted
        return text.count("did somebody else")

    @property
    def removals(self) -> int:
        """How many levels the next run will take away."""
        return len(self.deployed.keys() - self.wanted.keys())

    def client_id(self) -> str:
        client_id: str = self.stack.bundles()[self.integration]["client_id"]
        return client_id


def twenty(sandbox: Sandbox) -> list[Thing]:
    """A good third of each kind."""
    warehouses = [Thing("warehouses", str(one.id)) for one in sandbox.admin.warehouses.list()][:7]
    clusters = [Thing("clusters", str(one.cluster_id)) for one in sandbox.admin.clusters.list()][:7]
    jobs = [Thing("jobs", str(one.job_id)) for one in sandbox.admin.jobs.list()][: OBJECTS - 14]
    return [*warehouses, *clusters, *jobs]


def drawn(random: Random, things: Sequence[Thing], before: Levels) -> Levels:
    """Of each object the same as before, another level, or none."""
    drawn: dict[Thing, str] = {}
    for thing in things:
        level = random.choice([before.get(thing), None, None, *random.sample(LEVELS[thing.kind], 2)])
        if level:
            drawn[thing] = level
    return drawn


def access_lists(sandbox: Sandbox, things: Sequence[Thing], ours: set[str]) -> tuple[dict[Thing, str], dict[str, dict[Thing, str]]]:
    """Everybody else's entries, byte for byte, and the levels of each of ours."""
    others, levels = {}, {client_id: dict[Thing, str]() for client_id in ours}
    for thing in things:
        entries = sandbox.http.get(thing.path).json()["access_control_list"]
        others[thing] = json.dumps([entry for entry in entries if entry.get("service_principal_name") not in ours])
        for entry in entries:
            if entry.get("service_principal_name") in ours:
                levels[entry["service_principal_name"]][thing] = entry["all_permissions"][0]["permission_level"]
    return others, levels


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[Sandbox, Sequence[Deployment]]]:
    """Two stacks of one workspace."""
    sandbox, engine = Sandbox(tmp_path / "sandbox"), Engine.at(tmp_path / "engine")
    sandbox.start()
    yield sandbox, [Deployment(engine.stack(tmp_path / name, sandbox), name) for name in ("alchemer", "fivetran")]
    sandbox.stop()


def test_two_stacks_that_run_at_once_leave_everybody_elses_access_as_it_was(both: tuple[Sandbox, Sequence[Deployment]]) -> None:
    """Grants are added, changed and dropped by both. What a removal of one undid of the other is repaired by the next run of the other."""
    sandbox, deployments = both
    things, random, tally = twenty(sandbox), Random(scale.seed()), Tally()  # noqa: S311 - no secret hangs on it
    assert len(things) == OBJECTS
    before, _ = access_lists(sandbox, things, set())
    for deployment in deployments:
        deployment.declare(drawn(random, things, {}))
        deployment.up()
    mine = {deployment.client_id(): deployment for deployment in deployments}

    with ThreadPoolExecutor(1) as beside:
        for number in range(scale.runs(TIMES)):
            if scale.out_of_time():
                break
            for deployment in deployments:
                wanted = drawn(random, things, deployment.wanted)
                tally.count(deployment.wanted, wanted)
                deployment.declare(wanted)
            one, other = random.sample(deployments, 2)
            run = _one_in_the_window_of_the_other if number % 2 == 0 and one.removals else _side_by_side
            tally.repaired_at_once += run(beside, sandbox, one, other)

            others, levels = access_lists(sandbox, things, set(mine))
            assert others == before
            for client_id, deployment in mine.items():
                if levels[client_id] != deployment.wanted:
                    tally.count_undone(deployment.wanted, levels[client_id])
                    deployment.up("--refresh")
            tally.times += 1
            others, levels = access_lists(sandbox, things, set(mine))
            assert others == before
            assert levels == {client_id: deployment.wanted for client_id, deployment in mine.items()}

    scale.report("two_ups", asdict(tally))
    assert tally.times
    assert tally.given
    assert tally.changed
    assert tally.taken_away
    assert tally.lost
    assert tally.back


def _side_by_side(beside: ThreadPoolExecutor, sandbox: Sandbox, one: Deployment, other: Deployment) -> int:
    """Both as fast as they can, on a workspace that is far away; how often they told that they repaired something."""
    assert sandbox.http.post("/sandbox/faults", json={"latency_ms": LATENCY_MS}).is_success
    running = beside.submit(one.up)
    repaired = other.up() + running.result()
    assert sandbox.http.delete("/sandbox/faults").is_success
    return repaired


def _one_in_the_window_of_the_other(beside: ThreadPoolExecutor, sandbox: Sandbox, held: Deployment, other: Deployment) -> int:
    """The worst that can be: one run has read lists that it takes a level off, and writes them when the other one is over."""
    reading = min(held.removals, REMOVALS_AT_ONCE)
    sandbox.fail(method="PUT", path="^/api/2.0/permissions/", hold=True, times=reading)
    running = beside.submit(held.up)
    try:
        while sandbox.http.get("/sandbox/faults").json()["faults"][0]["met"] < reading:
            assert not running.done(), running.result()
            time.sleep(0.05)
        repaired = other.up()
    finally:
        assert sandbox.http.delete("/sandbox/faults").is_success
    return repaired + running.result()
