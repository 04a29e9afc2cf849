"""The scheduler: in which order the requests of several clients are carried out."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise, permutations
from typing import Any

import httpx
import pytest

from tests.harness import Newcomer, Sandbox

RIVAL = "rival"
ANN = {"user_name": "ann.lee@acme.example"}


@pytest.fixture
def cluster(sandbox: Sandbox) -> str:
    return sandbox.cluster()


@pytest.fixture
def actors(sandbox: Sandbox, cluster: str) -> Iterator[Sequence["Actor"]]:
    """Two clients that may change the cluster's list, the later name first."""
    newcomers = sorted((sandbox.newcomer(f"actor-{number}") for number in range(2)), key=lambda each: each.application_id, reverse=True)
    for newcomer in newcomers:
        sandbox.grant("clusters", cluster, newcomer, "CAN_MANAGE")
    acting = [Actor(sandbox, newcomer, f"/api/2.0/permissions/clusters/{cluster}") for newcomer in newcomers]
    yield acting
    sandbox.http.delete("/sandbox/schedule")
    for actor in acting:
        actor.http.close()


class Actor:
    """A client that asks for one thing after the other."""

    def __init__(self, sandbox: Sandbox, newcomer: Newcomer, path: str) -> None:
        self.name = newcomer.application_id
        self.http = sandbox.http_as(newcomer)
        self._sandbox = sandbox
        self._path = path

    def reads(self, times: int = 1, *, at_first_waits: float = 0.0) -> None:
        time.sleep(at_first_waits)
        for _ in range(times):
            assert self.http.get(self._path).status_code == httpx.codes.OK
        self.is_done()

    def is_done(self) -> None:
        assert self._sandbox.http.post("/sandbox/schedule/done", json={"actor": self.name}).status_code == httpx.codes.OK


def begin(sandbox: Sandbox, actors: Sequence[Actor], order: Sequence[int] = (), rival: Sequence[Mapping[str, object]] = ()) -> None:
    body = {"actors": [actor.name for actor in actors], "order": list(order), "rival": list(rival)}
    answer = sandbox.http.post("/sandbox/schedule", json=body)
    assert answer.status_code == httpx.codes.OK, answer.text


def trace(sandbox: Sandbox) -> list[dict[str, Any]]:
    taken: list[dict[str, Any]] = sandbox.http.get("/sandbox/schedule").json()["trace"]
    return taken


def whose_turns(sandbox: Sandbox) -> list[str]:
    return [taken["actor"] for taken in trace(sandbox)]


def rivals_step(cluster: str, level: str | None, who: Mapping[str, str] = ANN) -> dict[str, object]:
    return {"request_type": "clusters", "object_id": cluster, "who": who, "level": level}


def at_once(*works: Any) -> None:  # noqa: ANN401 - whatever a thread may do
    with ThreadPoolExecutor(len(works)) as threads:
        for running in [threads.submit(work) for work in works]:
            running.result(timeout=20)


def test_requests_are_carried_out_in_the_order_that_was_given(sandbox: Sandbox, actors: Sequence[Actor]) -> None:
    """Each order of two clients with two requests each is taken as it was asked for."""
    for order in set(permutations([0, 0, 1, 1])):
        begin(sandbox, actors, order)

        at_once(lambda: actors[0].reads(2), lambda: actors[1].reads(2))

        assert whose_turns(sandbox) == [actors[number].name for number in order]


@pytest.mark.parametrize("late", [0, 1])
def test_a_choice_does_not_depend_on_who_comes_first(sandbox: Sandbox, actors: Sequence[Actor], late: int) -> None:
    """Nobody is let go before all that still run have a request waiting."""
    begin(sandbox, actors, [1, 0])

    at_once(*(lambda actor=actor, number=number: actor.reads(at_first_waits=0.2 * (number == late)) for number, actor in enumerate(actors)))

    assert whose_turns(sandbox) == [actors[1].name, actors[0].name]


def test_who_is_done_is_waited_for_no_longer(sandbox: Sandbox, actors: Sequence[Actor]) -> None:
    """The others go on without it."""
    first, second = actors
    begin(sandbox, actors)
    held = threading.Thread(target=second.reads)

    held.start()
    time.sleep(0.2)
    assert trace(sandbox) == []
    first.is_done()
    held.join(timeout=5)

    assert whose_turns(sandbox) == [second.name]


def test_a_rival_acts_when_it_is_chosen(sandbox: Sandbox, actors: Sequence[Actor], cluster: str) -> None:
    """The sandbox sets an entry and takes it away as the web page does, between a client's requests."""
    (actor, _), before = actors, sandbox.direct_levels("clusters", cluster)
    assert ANN["user_name"] not in before
    begin(sandbox, [actor], [0, 1, 0, 1, 0], [rivals_step(cluster, "CAN_RESTART"), rivals_step(cluster, None)])
    seen: list[set[str]] = []

    def looks_on() -> None:
        for _ in range(3):
            entries = actor.http.get(f"/api/2.0/permissions/clusters/{cluster}").json()["access_control_list"]
            seen.append({entry["user_name"] for entry in entries if "user_name" in entry})
        actor.is_done()

    at_once(looks_on)

    assert whose_turns(sandbox) == [actor.name, RIVAL, actor.name, RIVAL, actor.name]
    assert [ANN["user_name"] in people for people in seen] == [False, True, False]
    assert sandbox.direct_levels("clusters", cluster) == before


def test_nothing_comes_between_a_request_and_its_answer(sandbox: Sandbox, actors: Sequence[Actor], cluster: str) -> None:
    """However long the sandbox works on it, the next one is chosen after it; the rival too."""
    sandbox.fail(method="GET", path="/permissions/clusters/", delay_ms=150, times=1)
    begin(sandbox, actors, [0, 1, 0], [rivals_step(cluster, "CAN_RESTART")])

    at_once(*(actor.reads for actor in actors))

    taken = trace(sandbox)
    assert [each["actor"] for each in taken] == [actors[0].name, RIVAL, actors[1].name]
    assert [each["ended_ms"] <= after["began_ms"] for each, after in pairwise(taken)] == [True, True]


def test_what_a_rival_may_not_do_changes_nothing_and_is_in_the_trace(sandbox: Sandbox, actors: Sequence[Actor], cluster: str) -> None:
    """As for a person, whom the page says no to."""
    before = sandbox.direct_levels("clusters", cluster)
    begin(sandbox, actors[:1], [1], [rivals_step(cluster, "CAN_FLY")])

    at_once(actors[0].reads)

    assert [(taken["actor"], taken["status"]) for taken in trace(sandbox)] == [(RIVAL, 400), (actors[0].name, 200)]
    assert sandbox.direct_levels("clusters", cluster) == before


def test_the_trace_tells_what_was_asked_and_answered(sandbox: Sandbox, actors: Sequence[Actor], cluster: str) -> None:
    """Who, method, path, status, and the entries that a write named; of a rival's step whose entry became what."""
    (actor, _), path = actors, f"/api/2.0/permissions/clusters/{cluster}"
    entry = {**ANN, "permission_level": "CAN_RESTART"}
    begin(sandbox, [actor], [0, 0, 1], [rivals_step(cluster, "CAN_ATTACH_TO")])

    def writes_and_asks_for_what_is_not_there() -> None:
        actor.http.patch(path, json={"access_control_list": [entry]})
        actor.http.get(f"{path}-none")
        actor.is_done()

    at_once(writes_and_asks_for_what_is_not_there)

    told = trace(sandbox)
    assert all(0 < step.pop("began_ms") <= step.pop("ended_ms") for step in told)
    assert told == [
        {"actor": actor.name, "method": "PATCH", "path": path, "status": 200, "given": [entry]},
        {"actor": actor.name, "method": "GET", "path": f"{path}-none", "status": 404},
        {"actor": RIVAL, "method": "PATCH", "path": path, "status": 200, "who": ANN, "level": "CAN_ATTACH_TO"},
    ]


def test_of_several_requests_of_one_client_the_first_by_name_goes_first(sandbox: Sandbox, actors: Sequence[Actor]) -> None:
    """A client that asks for several things at once has them done by method and path, however they came, one after the other."""
    actor, _ = actors
    sandbox.fail(method="GET", path="/permissions/clusters/a$", delay_ms=150, times=1)
    paths = [f"/api/2.0/permissions/clusters/{name}" for name in ("c", "a", "b")]
    begin(sandbox, actors)

    def all_at_once() -> None:
        at_once(*(lambda path=path: actor.http.get(path) for path in paths))

    asking = threading.Thread(target=all_at_once)
    asking.start()
    time.sleep(0.3)
    actors[1].is_done()
    asking.join(timeout=5)

    taken = trace(sandbox)
    assert [each["path"] for each in taken] == sorted(paths)
    assert [each["ended_ms"] <= after["began_ms"] for each, after in pairwise(taken)] == [True, True]


def test_nobody_else_is_held(sandbox: Sandbox, actors: Sequence[Actor], cluster: str) -> None:
    """Whoever is no actor, the control routes, and every login go on."""
    begin(sandbox, actors)

    assert sandbox.http.get(f"/api/2.0/permissions/clusters/{cluster}", timeout=5).status_code == httpx.codes.OK
    assert sandbox.token(*sandbox.admin_credentials)
    assert trace(sandbox) == []


def test_the_end_of_a_schedule_lets_everybody_go(sandbox: Sandbox, actors: Sequence[Actor], cluster: str) -> None:
    """What was held is carried out, and nothing is held any more."""
    begin(sandbox, actors, rival=[rivals_step(cluster, "CAN_RESTART")])
    path = f"/api/2.0/permissions/clusters/{cluster}"
    answers: list[int] = []
    held = threading.Thread(target=lambda: answers.append(actors[0].http.get(path).status_code))

    held.start()
    time.sleep(0.2)
    assert answers == []
    assert sandbox.http.delete("/sandbox/schedule").status_code == httpx.codes.OK
    held.join(timeout=5)

    assert answers == [httpx.codes.OK]
    assert actors[1].http.get(path, timeout=5).status_code == httpx.codes.OK
    assert ANN["user_name"] not in sandbox.direct_levels("clusters", cluster)


def test_a_client_that_dies_while_it_is_held_holds_up_nobody(sandbox: Sandbox, actors: Sequence[Actor], cluster: str) -> None:
    """Somebody says for it that it is done, and the others go on."""
    begin(sandbox, actors)
    with pytest.raises(httpx.ReadTimeout):
        actors[0].http.get(f"/api/2.0/permissions/clusters/{cluster}", timeout=0.2)
    actors[0].is_done()

    at_once(actors[1].reads)

    assert whose_turns(sandbox) == [actors[1].name]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "actors"),
        ({"actors": ["a"], "order": ["x"]}, "order"),
        ({"actors": ["a"], "rivals": []}, "rivals"),
        ({"actors": ["a"], "rival": [{"request_type": "clusters", "object_id": "c", "who": {}}]}, "who"),
    ],
)
def test_what_is_no_schedule_is_refused(sandbox: Sandbox, body: dict[str, object], message: str) -> None:
    """The answer names the field, and nothing begins."""
    answer = sandbox.http.post("/sandbox/schedule", json=body)

    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert message in answer.json()["message"]


def test_only_an_actor_that_runs_can_be_done(sandbox: Sandbox, actors: Sequence[Actor]) -> None:
    """Anything else is a mistake of whoever says it."""
    begin(sandbox, actors)
    actors[0].is_done()

    for name in (actors[0].name, "nobody"):
        answer = sandbox.http.post("/sandbox/schedule/done", json={"actor": name})
        assert answer.status_code == httpx.codes.BAD_REQUEST
        assert name in answer.json()["message"]
