"""What the sandbox does wrong on request, beyond one refusal (test_control.py has those)."""

import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.harness import Newcomer, Sandbox

ME = "/api/2.0/preview/scim/v2/Me"
WAREHOUSES = "/api/2.0/sql/warehouses"
SERVICE_PRINCIPALS = "/api/2.0/preview/scim/v2/ServicePrincipals"
GROUPS = "/api/2.0/preview/scim/v2/Groups"


def told(sandbox: Sandbox, **said: object) -> dict[str, Any]:
    answer = sandbox.http.post("/sandbox/faults", json=said)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def shown(sandbox: Sandbox) -> dict[str, Any]:
    answer: dict[str, Any] = sandbox.http.get("/sandbox/faults").json()
    return answer


def statuses(sandbox: Sandbox, path: str, number: int) -> list[int]:
    return [sandbox.http.get(path).status_code for _ in range(number)]


def secrets_of(newcomer: Newcomer) -> str:
    return f"/api/2.0/accounts/servicePrincipals/{newcomer.id}/credentials/secrets"


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def until_met(sandbox: Sandbox) -> None:
    until(lambda: shown(sandbox)["faults"][0]["met"] == 1)


def admins_http(sandbox: Sandbox) -> httpx.Client:
    """For another thread."""
    return httpx.Client(base_url=sandbox.host, headers=sandbox.http.headers)


def raw_request(sandbox: Sandbox, method: str, path: str, body: str = "") -> socket.socket:
    """Sent on a connection of its own, which the test may close as a killed client does."""
    host, port = sandbox.host.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=10)
    head = [f"{method} {path} HTTP/1.1", f"Host: {host}:{port}", f"Authorization: {sandbox.http.headers['Authorization']}"]
    connection.sendall("\r\n".join([*head, f"Content-Length: {len(body)}", "", body]).encode())
    return connection


def until_its_end(sandbox: Sandbox, method: str, path: str, body: str) -> tuple[bytes, str]:
    """What arrived on a connection, and how it ended."""
    arrived = b""
    with raw_request(sandbox, method, path, body) as connection:
        try:
            while chunk := connection.recv(65536):
                arrived += chunk
        except ConnectionResetError:
            return arrived, "reset"
    return arrived, "closed"


SOME_OF_EACH = [
    {"path": "^/api/", "chance": 0.1, "status": 429, "retry_after": 1},
    {"path": "^/api/", "chance": 0.1, "status": 500},
    {"path": "^/api/", "chance": 0.1, "status": 503},
]


def test_the_same_seed_fails_the_same_requests(sandbox: Sandbox) -> None:
    """So a failure is tried again by its seed; another seed fails others, and several kinds come in one run."""

    def met(seed: int) -> list[int]:
        sandbox.http.delete("/sandbox/faults")
        told(sandbox, seed=seed, faults=SOME_OF_EACH)
        return statuses(sandbox, WAREHOUSES, 100)

    first, again, other = met(1), met(1), met(2)

    assert first == again
    assert first != other
    assert set(first) == {200, 429, 500, 503}
    assert 50 < first.count(200) < 90


def test_a_chance_meets_the_nth_request_whatever_else_is_set(sandbox: Sandbox) -> None:
    """What one fault draws does not depend on what another one took before it."""
    by_chance = {"path": "warehouses$", "chance": 0.3, "status": 500}
    told(sandbox, seed=7, faults=[by_chance])
    alone = statuses(sandbox, WAREHOUSES, 40)
    sandbox.http.delete("/sandbox/faults")
    told(sandbox, seed=7, faults=[{"path": "warehouses$", "status": 503, "times": 5}, by_chance])
    beside = statuses(sandbox, WAREHOUSES, 40)

    assert beside == [503] * 5 + alone[5:]
    assert 500 in alone[:5]


def test_a_chance_may_come_to_an_end(sandbox: Sandbox) -> None:
    """With `times` it is finite, as clients need it that ask again for ever; without, it goes on."""
    told(sandbox, seed=3, faults=[{"path": "/Me$", "chance": 0.5, "status": 500, "times": 4}])

    assert statuses(sandbox, ME, 60).count(500) == 4
    assert (shown(sandbox)["faults"][0]["met"], shown(sandbox)["faults"][0]["times"]) == (4, 0)


@pytest.mark.parametrize("retry_after", [None, 2])
def test_a_429_says_when_to_come_back_if_it_was_told_to(sandbox: Sandbox, retry_after: int | None) -> None:
    """Databricks documents no `Retry-After`: clients must do with it and without."""
    sandbox.fail(path="/Me$", status=429, error_code="RESOURCE_EXHAUSTED", retry_after=retry_after)

    answer = sandbox.http.get(ME)

    assert answer.status_code == 429
    assert answer.headers.get("Retry-After") == (None if retry_after is None else "2")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"faults": [{"chance": 0.5, "status": 500}]}, "give a seed"),
        ({"latency_spread_ms": 5}, "give a seed"),
        ({"scim_at_once": 4, "scim_wraps_429": 0.5}, "give a seed"),
        ({"seed": 1, "faults": [{"chance": 1.5}]}, "faults.0.chance: Input should be less than or equal to 1"),
        ({"faults": [{"cut": "sideways"}]}, "faults.0.cut"),
        ({"faults": [{"cut": "middle", "when": "before"}]}, "cut: middle comes after the work; leave when out"),
        ({"faults": [{"cut": True, "status": 503}]}, "leave one of cut and status out"),
        ({"faults": [{"reset": True}]}, "give cut too"),
        ({"faults": [{"hold": True, "status": 503}]}, "leave status and cut out"),
        ({"faults": [{"retry_after": -1}]}, "faults.0.retry_after"),
        ({"faults": [{"met": 1}]}, "faults.0.met: Extra inputs are not permitted"),
        ({"latency_ms": -1}, "latency_ms"),
        ({"scim_at_once": 0}, "scim_at_once"),
        ({"token_lifetime_s": 0}, "token_lifetime_s"),
        ({"propagation_in": ["warehouses"]}, "propagation_in.0"),
        ({"latency": 5}, "latency: Extra inputs are not permitted"),
    ],
    ids=str,
)
def test_what_would_not_do_what_it_says_is_refused(sandbox: Sandbox, body: dict[str, object], says: str) -> None:
    """With the field and the reason, and nothing of it is set."""
    before = shown(sandbox)

    answer = sandbox.http.post("/sandbox/faults", json=body)

    assert answer.status_code == 400
    assert says in answer.json()["message"]
    assert shown(sandbox) == before


@pytest.mark.parametrize(("reset", "end"), [(False, "closed"), (True, "reset")])
def test_an_answer_is_cut_in_the_middle(sandbox: Sandbox, newcomer: Newcomer, *, reset: bool, end: str) -> None:
    """Head and half of the real body arrive, then the connection ends; the work was done."""
    before = len(sandbox.http.get(secrets_of(newcomer)).json()["secrets"])
    sandbox.fail(method="POST", path="/credentials/secrets$", cut="middle", reset=reset)

    arrived, ended = until_its_end(sandbox, "POST", secrets_of(newcomer), "{}")

    head, _, half = arrived.partition(b"\r\n\r\n")
    length = next(int(line.split(b":")[1]) for line in head.splitlines() if line.lower().startswith(b"content-length"))
    assert head.startswith(b"HTTP/1.1 200 ")
    assert (len(half), ended) == (length // 2, end)
    assert len(sandbox.http.get(secrets_of(newcomer)).json()["secrets"]) == before + 1


@pytest.mark.parametrize(("reset", "end"), [(False, "closed"), (True, "reset")])
@pytest.mark.parametrize(("cut", "made"), [("before", 0), ("after", 1)])
def test_a_connection_is_cut_without_an_answer(sandbox: Sandbox, newcomer: Newcomer, cut: str, made: int, *, reset: bool, end: str) -> None:
    """Before the work or after it; closed or reset, which not every client takes for the same."""
    sandbox.fail(method="POST", path="/credentials/secrets$", cut=cut, reset=reset)
    before = len(sandbox.http.get(secrets_of(newcomer)).json()["secrets"])

    assert until_its_end(sandbox, "POST", secrets_of(newcomer), "{}") == (b"", end)

    assert len(sandbox.http.get(secrets_of(newcomer)).json()["secrets"]) == before + made


def test_an_answer_comes_late_after_the_work(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Others see the work done while its answer still waits."""
    sandbox.fail(method="POST", path="/credentials/secrets$", when="after", delay_ms=400)
    with ThreadPoolExecutor(1) as other:
        started = time.monotonic()
        late = other.submit(admins_http(sandbox).post, secrets_of(newcomer), json={})
        until_met(sandbox)
        until(lambda: len(sandbox.http.get(secrets_of(newcomer)).json()["secrets"]) == 2)
        assert not late.done()
        assert late.result().status_code == 200
    assert time.monotonic() - started >= 0.4


def test_a_held_request_waits_until_the_faults_are_cleared(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """A test sees that it is met, looks at what it likes, and lets it go: then it is done and answered."""
    sandbox.fail(method="POST", path="/credentials/secrets$", hold=True)
    with ThreadPoolExecutor(1) as other:
        held = other.submit(admins_http(sandbox).post, secrets_of(newcomer), json={})
        until_met(sandbox)
        assert len(sandbox.http.get(secrets_of(newcomer)).json()["secrets"]) == 1
        assert not held.done()

        sandbox.http.delete("/sandbox/faults")

        assert held.result().status_code == 200
    assert len(sandbox.http.get(secrets_of(newcomer)).json()["secrets"]) == 2


@pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
def test_a_client_is_killed_at_a_held_request(sandbox: Sandbox, newcomer: Newcomer, when: str, made: int) -> None:
    """Before the work nothing is done any more, after it nobody knows; the server goes on."""
    sandbox.fail(method="POST", path="/credentials/secrets$", hold=True, when=when)
    with raw_request(sandbox, "POST", secrets_of(newcomer), "{}"):
        until_met(sandbox)
    until(lambda: ("POST", 0) in {(one["method"], one["status"]) for one in sandbox.requests()})

    sandbox.http.delete("/sandbox/faults")

    assert len(sandbox.http.get(secrets_of(newcomer)).json()["secrets"]) == 1 + made


def test_every_answer_is_slow(sandbox: Sandbox) -> None:
    """By the latency, and a part of the spread that the seed draws; the sandbox's own controls are not."""

    def took(path: str) -> float:
        started = time.monotonic()
        assert sandbox.http.get(path).status_code == 200
        return time.monotonic() - started

    told(sandbox, latency_ms=100, latency_spread_ms=200, seed=5)

    assert took("/sandbox/health") < 0.1
    slow = [took(WAREHOUSES) for _ in range(4)]
    assert all(0.1 <= one < 0.5 for one in slow)
    assert max(slow) - min(slow) > 0.02
    told(sandbox, latency_ms=0, latency_spread_ms=0)
    assert took(WAREHOUSES) < 0.1


@pytest.mark.parametrize(("wraps", "status"), [(False, 429), (True, 500)])
def test_scim_refuses_more_than_it_takes_at_once(sandbox: Sandbox, *, wraps: bool, status: int) -> None:
    """What is counted are the requests in flight; the others get REQUEST_LIMIT_EXCEEDED, a 500 with it inside if that was asked for."""
    told(sandbox, scim_at_once=4, scim_wraps_429=wraps, latency_ms=300)
    with httpx.Client(base_url=sandbox.host, headers=sandbox.http.headers) as http, ThreadPoolExecutor(9) as pool:
        scim = [pool.submit(http.get, ME) for _ in range(7)]
        other = [pool.submit(http.get, WAREHOUSES) for _ in range(2)]
        answers = [one.result() for one in scim]
        assert [one.result().status_code for one in other] == [200, 200]

    refused = [answer for answer in answers if answer.status_code != 200]
    assert [answer.status_code for answer in refused] == [status] * 3
    assert {answer.json()["detail"] for answer in refused} == {
        "REQUEST_LIMIT_EXCEEDED: Workspace 3817204956128743 exceeded the concurrent limit of 4 requests."
    }
    # One at a time is never too many.
    told(sandbox, latency_ms=0)
    assert set(statuses(sandbox, ME, 6)) == {200}


def test_scims_limit_comes_either_way_by_draw(sandbox: Sandbox) -> None:
    """Real ones do, so a client has to know both."""
    told(sandbox, scim_at_once=1, scim_wraps_429=0.5, seed=1, latency_ms=200)
    with httpx.Client(base_url=sandbox.host, headers=sandbox.http.headers) as http, ThreadPoolExecutor(13) as pool:
        found = [one.result().status_code for one in [pool.submit(http.get, ME) for _ in range(13)]]

    assert set(found) == {200, 429, 500}


def test_tokens_end_sooner(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """A token of a second is refused after it, and says so to the client from the start."""
    told(sandbox, token_lifetime_s=1)
    token = sandbox.login(newcomer.application_id, newcomer.secret).json()
    headers = {"Authorization": f"Bearer {token['access_token']}"}

    assert token["expires_in"] == 1
    time.sleep(1.1)
    late = httpx.get(f"{sandbox.host}{ME}", headers=headers)
    assert (late.status_code, late.json()["message"]) == (401, "Token is expired.")


def test_all_tokens_expire_at_once(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Those of before are refused, those of after are good, and the admin's is still good for the controls, whose clearing ends it."""
    with sandbox.http_as(newcomer) as before:
        assert before.get(ME).status_code == 200
        assert told(sandbox, expire_tokens=True)["expire_tokens"] is True
        with sandbox.http_as(newcomer) as after:
            assert after.get(ME).status_code == 200
            assert (before.get(ME).status_code, before.get(ME).json()["message"]) == (401, "Token is expired.")
            told(sandbox, expire_tokens=True)
            assert after.get(ME).status_code == 401
        assert sandbox.http.delete("/sandbox/faults").status_code == 200
        assert before.get(ME).status_code == 200


def test_a_new_principal_is_unknown_everywhere_for_a_while(sandbox: Sandbox) -> None:
    """To access lists, grants, secret scopes, assignments and groups; to SCIM itself it is there. Then all know it."""
    sandbox.admin.secrets.create_scope("vendors")
    group = next(one.id for one in sandbox.admin.groups.list() if one.display_name == "sandbox-pilots")
    told(sandbox, propagation_s=60)
    one = sandbox.newcomer()

    def answers() -> dict[str, tuple[int, str]]:
        entry = {"service_principal_name": one.application_id, "permission_level": "CAN_USE"}
        grant = {"changes": [{"principal": one.application_id, "add": ["USE_CATALOG"]}]}
        member = {"Operations": [{"op": "add", "path": "members", "value": [{"value": one.id}]}]}
        acl = {"scope": "vendors", "principal": one.application_id, "permission": "READ"}
        patch, put, post = sandbox.http.patch, sandbox.http.put, sandbox.http.post
        found = {
            "permissions": patch(f"/api/2.0/permissions/sql/warehouses/{sandbox.warehouse()}", json={"access_control_list": [entry]}),
            "unity_catalog": patch("/api/2.1/unity-catalog/permissions/catalog/main", json=grant),
            "secret_scopes": post("/api/2.0/secrets/acls/put", json=acl),
            "assignments": put(f"/api/2.0/preview/permissionassignments/principals/{one.id}", json={"permissions": ["USER"]}),
            "groups": patch(f"{GROUPS}/{group}", json=member),
        }
        return {area: (answer.status_code, answer.text) for area, answer in found.items()}

    unknown = answers()
    assert {area: status for area, (status, _) in unknown.items()} == {
        "permissions": 404,
        "unity_catalog": 404,
        "secret_scopes": 400,
        "assignments": 404,
        "groups": 404,
    }
    assert f"Principal {one.id} not in workspace 3817204956128743" in unknown["assignments"][1]
    assert sandbox.http.get(f"{SERVICE_PRINCIPALS}/{one.id}").status_code == 200
    assert sandbox.login(one.application_id, one.secret).status_code == 200
    told(sandbox, propagation_in=["groups"])
    assert [area for area, (status, _) in answers().items() if status != 200] == ["groups"]
    told(sandbox, propagation_s=0)
    assert {status for status, _ in answers().values()} == {200}


def test_a_new_secret_is_unknown_to_logins_if_that_was_asked_for(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """The token endpoint may refuse it for some seconds."""
    told(sandbox, propagation_s=60, propagation_in=["logins"])
    assert sandbox.login(newcomer.application_id, newcomer.secret).status_code == 401

    told(sandbox, propagation_s=0)
    assert sandbox.login(newcomer.application_id, newcomer.secret).status_code == 200


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/sandbox/faults"), ("POST", "/sandbox/reset")])
def test_all_that_was_set_is_shown_and_ended(sandbox: Sandbox, method: str, path: str) -> None:
    """By clearing the faults, and by a reset."""
    nothing = shown(sandbox)
    everything = {
        "seed": 9,
        "latency_ms": 1,
        "latency_spread_ms": 2,
        "scim_at_once": 4,
        "scim_wraps_429": 0.5,
        "propagation_s": 3.0,
        "propagation_in": ["permissions", "logins"],
        "token_lifetime_s": 60,
        "expire_tokens": True,
        "workspace_id_in_metadata": False,
    }
    told(sandbox, **everything, faults=[{"path": "/never$", "chance": 0.2, "status": 504}])
    now = shown(sandbox)
    assert {name: now[name] for name in everything} == everything
    assert (now["faults"][0]["path"], now["faults"][0]["times"], now["faults"][0]["met"]) == ("/never$", None, 0)

    assert sandbox.http.request(method, path).status_code == 200

    assert shown(sandbox) == nothing


def test_a_request_after_another_keeps_what_it_does_not_name(sandbox: Sandbox) -> None:
    """Conditions are changed one by one, and faults are added."""
    told(sandbox, latency_ms=1, faults=[{"path": "/one$"}])
    now = told(sandbox, scim_at_once=2, faults=[{"path": "/two$"}])

    assert (now["latency_ms"], now["scim_at_once"]) == (1, 2)
    assert [fault["path"] for fault in now["faults"]] == ["/one$", "/two$"]


def test_the_sandboxs_own_pages_meet_no_faults(sandbox: Sandbox) -> None:
    """Neither its controls, nor its health, by which `start` knows it, nor its console."""
    sandbox.fail(path=".*", status=500, times=100)

    for path in ("/sandbox/health", "/sandbox/requests", "/", "/console/objects"):
        assert sandbox.http.get(path, follow_redirects=True).status_code == 200
    assert sandbox.http.get(ME).status_code == 500
