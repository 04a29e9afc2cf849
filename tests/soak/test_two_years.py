"""Two years of weekly runs of one stack, with both clocks moved through them, and consumers that log in all the time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from model.clock import instant, rfc3339
from tests.end_to_end import trouble
from tests.end_to_end.harness import Stack
from tests.soak.scale import out_of_time, report, runs, seed

BEGIN = datetime(2027, 1, 4, 9, tzinfo=UTC)
BETWEEN_RUNS = timedelta(days=7)
SHORTEST_OVERLAP = timedelta(days=8)
BETWEEN_LOGINS = timedelta(hours=12)
# A lifetime is up to an hour longer than declared, and a run takes seconds.
CLOCKS_APART = timedelta(hours=1)
MOST_SECRETS = 5


def secret(rotate_every: int, overlap: int, **more: object) -> Mapping[str, Any]:
    return {"grants": {}, "secret": {"rotate_every": f"{rotate_every}d", "overlap": f"{overlap}d", **more}}


@dataclass
class Consumer:
    """Logs in with the bundle that it was last handed; a slow one types a new one in on the last day of the overlap."""

    slow: bool
    bundle: dict[str, Any] | None = None
    newest: dict[str, Any] | None = None
    works_until: datetime | None = None
    """Of its bundle, once that was replaced."""

    def handed(self, bundle: dict[str, Any], now: datetime, overlap: timedelta) -> None:
        self.newest = bundle
        if self.bundle is None or not self.slow:
            self.bundle = bundle
        elif self.bundle["secret_id"] != bundle["secret_id"] and self.works_until is None:
            self.works_until = min(instant(self.bundle["expires_at"]), now + overlap)

    def logs_in(self, stack: Stack, now: datetime) -> bool:
        if self.works_until and now >= self.works_until - BETWEEN_LOGINS:
            self.catch_up()
        assert self.bundle
        return stack.sandbox.login(self.bundle["client_id"], self.bundle["client_secret"]).status_code == 200

    def catch_up(self) -> None:
        self.bundle, self.works_until = self.newest, None


@dataclass
class Years:
    """What two years came to."""

    stack: Stack
    random: Random
    now: datetime = BEGIN
    declared: dict[str, Mapping[str, Any]] = field(
        default_factory=lambda: {
            "short": secret(21, 8),
            "quarterly": secret(90, 14),
            "changing": secret(30, 10),
            "failing": secret(28, 9),
        }
    )
    consumers: dict[tuple[str, bool], Consumer] = field(default_factory=dict)
    promised: dict[str, datetime] = field(default_factory=dict)
    """When each secret that was replaced is over."""
    live: dict[str, str] = field(default_factory=dict)
    """The secret of each integration's bundle."""
    rotations: int = 0
    most_live: int = 0
    logins: int = 0
    lapses: list[str] = field(default_factory=list)
    late_lapses: int = 0

    def pass_to(self, later: datetime, *, in_time: bool) -> None:
        """Everybody logs in, twice a day and right before the next run."""
        while self.now < later:
            self.now = min(self.now + BETWEEN_LOGINS, later)
            self.set_clock()
            for (name, slow), consumer in self.consumers.items():
                self.logins += 1
                if consumer.logs_in(self.stack, self.now):
                    continue
                if in_time:
                    self.lapses.append(f"{name}{' (slow)' if slow else ''} on {self.now:%F %H:%M}")
                else:
                    self.late_lapses += 1
        if not in_time:
            for consumer in self.consumers.values():
                consumer.catch_up()

    def set_clock(self) -> None:
        """With a login of the time before: a token lives for an hour."""
        sandbox = self.stack.sandbox
        bearer = {"Authorization": f"Bearer {sandbox.token(*sandbox.admin_credentials)}"}
        assert sandbox.http.post("/sandbox/clock", json={"now": rfc3339(self.now)}, headers=bearer).status_code == 200

    def change(self) -> None:
        """Somebody gives one integration another schedule; or, now and then, another generation."""
        rotate_every = self.random.choice([14, 21, 30, 60, 90, 180])
        overlap = self.random.choice([days for days in (8, 10, 12, 14, 21) if days < rotate_every])
        anchor = self.random.choice([{}, {"anchor": f"2026-0{self.random.randint(1, 9)}-1{self.random.randint(0, 9)}"}])
        generation = {"generation": self.random.randint(1, 3)}
        self.declared["changing"] = secret(rotate_every, overlap, **anchor, **generation)

    def run(self, number: int) -> None:
        """One `pulumi up`, in which every third time one integration fails; then all are handed their bundles."""
        fails = number % 3 == 2
        wrong = {"failing": {**self.declared["failing"], "grants": {"warehouses": {"no-such-warehouse": "CAN_USE"}}}} if fails else {}
        self.stack.declare(self.declared | wrong)
        self.set_clock()
        self.stack.sandbox.renew()
        done = self.stack.try_up(BRICKPASS_NOW=rfc3339(self.now), PULUMI_CONTINUE_ON_ERROR="true")
        assert (done.exit_code != 0) == fails, self.replay(number, done.text)
        self.hand_out()
        alive = trouble.secrets(self.stack)
        self.most_live = max(self.most_live, *map(len, alive.values()))
        for name, ids in alive.items():
            left = [each for each in ids - {self.live[name]} if self.promised[each] <= self.now - CLOCKS_APART]
            assert not left, self.replay(number, f"{name} still has {left}\n{done.text}")

    def hand_out(self) -> None:
        for name, bundle in self.stack.bundles().items():
            overlap = timedelta(days=int(self.declared[name]["secret"]["overlap"].removesuffix("d")))
            before = self.live.get(name)
            if before != bundle["secret_id"]:
                self.rotations += before is not None
                if before:
                    self.promised[before] = self.now + overlap
                self.live[name] = bundle["secret_id"]
            for slow in (False, True):
                self.consumers.setdefault((name, slow), Consumer(slow)).handed(bundle, self.now, overlap)

    def replay(self, number: int, text: str) -> str:
        return f"seed {seed()}, run {number}\n{text}"


def gaps(random: Random) -> Iterator[timedelta]:
    """From each run to the next: a week as a rule; some come late, some twice, and some not at all for a whole period."""
    number = 0
    while True:
        number += 1
        match number % 13:
            case 4:
                yield timedelta(hours=random.randint(1, 5))
            case 6:
                yield BETWEEN_RUNS + timedelta(hours=random.randint(1, 20))
            case 9:
                yield BETWEEN_RUNS + timedelta(days=random.randint(2, 6))
            case 12:
                yield 5 * BETWEEN_RUNS
            case _:
                yield BETWEEN_RUNS


def test_in_two_years_no_consumer_is_ever_without_a_working_secret(stack: Stack) -> None:
    """Between runs in time every login succeeds, of who takes a bundle at once and of who takes it at the end of its overlap; there are
    never more secrets than Databricks allows, each old one ends, and a destroy leaves none.
    """
    random = Random(seed())  # noqa: S311 - it has to be the same each time
    years = Years(stack, random)
    to_next = gaps(random)
    made, late = 0, 0
    for number in range(runs(104)):
        if out_of_time():
            break
        years.run(number)
        made += 1
        if number % 5 == 3:
            years.change()
        gap = next(to_next)
        in_time = gap <= SHORTEST_OVERLAP
        late += not in_time
        years.pass_to(years.now + gap, in_time=in_time)
    if not made:
        pytest.skip("no time is left")
    stack.sandbox.renew()
    before = {secret_id for ids in trouble.secrets(stack).values() for secret_id in ids}
    stack.sandbox.http.delete("/sandbox/requests")
    stack.destroy()
    ended = {str(each["path"]).rsplit("/", 1)[1] for each in stack.sandbox.requests() if each["method"] == "DELETE"}
    logins = {
        stack.sandbox.login(str(each.bundle["client_id"]), str(each.bundle["client_secret"])).status_code
        for each in years.consumers.values()
        if each.bundle
    }
    report(
        "two_years",
        {
            "runs": made,
            "runs that came too late": late,
            "days": (years.now - BEGIN).days,
            "rotations": years.rotations,
            "logins": years.logins,
            "logins without a working secret, runs in time": len(years.lapses),
            "the same, runs too late": years.late_lapses,
            "live secrets at most": years.most_live,
        },
    )

    assert years.lapses == [], years.replay(made, "\n".join(years.lapses))
    assert years.rotations > 0
    assert years.most_live <= MOST_SECRETS
    assert before <= ended
    assert logins == {401}
