import time
from datetime import datetime

import httpx
import pytest
from databricks.sdk.errors import NotFound

from tests.harness import Newcomer, Sandbox

ME = "/api/2.0/preview/scim/v2/Me"


def secrets_of(newcomer: Newcomer) -> str:
    return f"/api/2.0/accounts/servicePrincipals/{newcomer.id}/credentials/secrets"


def test_a_path_that_nobody_wrote_is_loud(sandbox: Sandbox) -> None:
    """The client gets Databricks' ENDPOINT_NOT_FOUND, and the log names method and path."""
    with pytest.raises(NotFound, match=r"No API found for 'GET /api/2\.0/nope'"):
        sandbox.admin.api_client.do("GET", "/api/2.0/nope")

    assert "nobody wrote a route for GET /api/2.0/nope" in (sandbox.folder / "server.log").read_text()


def test_a_body_that_is_no_json_is_refused(sandbox: Sandbox) -> None:
    """It is the client's fault, and told as such."""
    answer = sandbox.http.post("/api/2.0/sql/warehouses", content=b"{name")

    assert (answer.status_code, answer.json()["error_code"]) == (400, "MALFORMED_REQUEST")


def test_each_answer_names_the_workspace(sandbox: Sandbox) -> None:
    """Clients read the workspace's id from a header of any answer."""
    assert sandbox.http.get(ME).headers["X-Databricks-Org-Id"] == "3817204956128743"


def test_a_fault_skips_then_fails_then_is_over(sandbox: Sandbox) -> None:
    """`skip` requests pass, `times` fail with what was asked for, and the rest pass again."""
    sandbox.fail(
        method="GET", path="/Me$", status=429, error_code="RESOURCE_EXHAUSTED", message="slow down", retry_after=1, skip=1, times=2
    )
    answers = [sandbox.http.get(ME) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 429, 429, 200]
    assert answers[1].headers["Retry-After"] == "1"
    assert (answers[1].json()["error_code"], answers[1].json()["message"]) == ("RESOURCE_EXHAUSTED", "slow down")


def test_of_two_faults_the_first_that_was_set_goes_first(sandbox: Sandbox) -> None:
    """They are tried in the order in which they were set."""
    sandbox.fail(path="/Me$", status=500)
    sandbox.fail(path="/Me$", status=503)

    assert [sandbox.http.get(ME).status_code for _ in range(3)] == [500, 503, 200]


@pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
def test_a_fault_comes_before_or_after_the_work(sandbox: Sandbox, newcomer: Newcomer, when: str, made: int) -> None:
    """`after` does the work and loses the answer: the case that leaves a secret that nobody knows."""
    before = len(sandbox.http.get(secrets_of(newcomer)).json()["secrets"])
    sandbox.fail(method="POST", path="/credentials/secrets$", status=503, when=when)

    assert sandbox.http.post(secrets_of(newcomer), json={}).status_code == 503
    assert len(sandbox.http.get(secrets_of(newcomer)).json()["secrets"]) == before + made


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_connection_can_be_cut(sandbox: Sandbox, newcomer: Newcomer, when: str) -> None:
    """The client sees its connection end without an answer, and the next request goes through."""
    sandbox.fail(method="POST", path="/credentials/secrets$", cut=True, when=when)

    with pytest.raises(httpx.TransportError):
        sandbox.http.post(secrets_of(newcomer), json={})
    assert len(sandbox.http.get(secrets_of(newcomer)).json()["secrets"]) == 1 + (when == "after")


def test_a_fault_without_a_status_only_delays(sandbox: Sandbox) -> None:
    """Slow answers are good answers."""
    sandbox.fail(path="/Me$", delay_ms=300)
    started = time.monotonic()

    assert sandbox.http.get(ME).status_code == 200
    assert time.monotonic() - started >= 0.3


def test_a_slow_answer_holds_up_nobody_else(sandbox: Sandbox) -> None:
    """While one request waits in a fault, others are answered."""
    sandbox.fail(path="/Me$", delay_ms=3000)
    with httpx.Client(base_url=sandbox.host, headers=sandbox.http.headers, timeout=0.2) as other:
        with pytest.raises(httpx.ReadTimeout):
            other.get(ME)
        assert other.get(ME).status_code == 200


def test_faults_are_cleared(sandbox: Sandbox) -> None:
    """`DELETE` ends all that was set."""
    sandbox.fail(path="/Me$", status=500, times=100)
    sandbox.http.post("/sandbox/faults", json={"propagation_s": 5})

    sandbox.http.delete("/sandbox/faults")

    assert sandbox.http.get(ME).status_code == 200
    assert sandbox.http.get("/sandbox/faults").json()["faults"] == []
    assert sandbox.http.get("/sandbox/faults").json()["propagation_s"] == 0


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"path": "("}, "faults.0.path: Value error, not a regular expression"),
        ({"stauts": 500}, "faults.0.stauts: Extra inputs are not permitted"),
        ({"status": 200}, "faults.0.status: Input should be greater than or equal to 400"),
        ({"times": 0}, "faults.0.times: Input should be greater than or equal to 1"),
    ],
)
def test_a_fault_with_a_mistake_is_refused(sandbox: Sandbox, fault: dict[str, object], says: str) -> None:
    """A misspelt fault would otherwise be a test that proves nothing."""
    answer = sandbox.http.post("/sandbox/faults", json={"faults": [fault]})

    assert answer.status_code == 400
    assert says in answer.json()["message"]


def test_the_clock_is_set_and_runs_on(sandbox: Sandbox) -> None:
    """From the time that it was given."""
    sandbox.set_clock("2027-03-01T00:00:00Z")
    first = datetime.fromisoformat(sandbox.http.get("/sandbox/clock").json()["now"])
    time.sleep(0.05)
    second = datetime.fromisoformat(sandbox.http.get("/sandbox/clock").json()["now"])

    assert first.isoformat().startswith("2027-03-01T00:00:")
    assert second > first


@pytest.mark.parametrize("now", ["tomorrow", "2027-03-01T00:00:00", None])
def test_a_time_that_cannot_be_read_is_refused(sandbox: Sandbox, now: str | None) -> None:
    """A time needs a date, a time and a zone."""
    assert sandbox.http.post("/sandbox/clock", json={"now": now}).status_code == 400


def test_the_log_counts_requests(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Each request is there with method, path, status and who sent it; the sandbox's own controls are not."""
    with sandbox.http_as(newcomer) as http:
        sandbox.http.delete("/sandbox/requests")
        http.get("/api/2.0/sql/warehouses")
        http.get("/api/2.0/sql/warehouses/0123")
        httpx.get(f"{sandbox.host}/.well-known/databricks-config")

    logged = [(one["method"], one["path"], one["status"], one["principal"]) for one in sandbox.requests()]
    assert logged == [
        ("GET", "/api/2.0/sql/warehouses", 200, newcomer.application_id),
        ("GET", "/api/2.0/sql/warehouses/0123", 404, newcomer.application_id),
        ("GET", "/.well-known/databricks-config", 200, None),
    ]
    assert all(one["ms"] >= 0 and datetime.fromisoformat(one["at"]) for one in sandbox.requests())


def test_no_secret_is_in_the_log(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Neither in the request log, nor in the server's, nor in what it keeps on disk."""
    sandbox.login(newcomer.application_id, newcomer.secret)
    kept = b"".join(one.read_bytes() for one in sandbox.folder.iterdir() if one.name != "admin.json")

    assert newcomer.secret not in sandbox.http.get("/sandbox/requests").text
    assert newcomer.secret.encode() not in kept
    assert sandbox.admin_credentials[1].encode() not in kept


def test_reset_brings_back_the_seed(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Everything is as it was, with the same ids, and the admin's login and tokens stay good."""
    warehouse = sandbox.warehouse()
    sandbox.http.put(f"/api/2.0/permissions/sql/warehouses/{warehouse}", json={})
    sandbox.set_clock("2030-01-01T00:00:00Z")
    sandbox.fail(path=".*", status=500)
    wiped = sandbox.direct_levels

    assert sandbox.http.post("/sandbox/reset").status_code == 200

    assert sandbox.warehouse() == warehouse
    assert len(wiped("sql/warehouses", warehouse)) >= 3
    assert sandbox.login(newcomer.application_id, newcomer.secret).status_code == 401
    assert not sandbox.http.get("/sandbox/clock").json()["now"].startswith("2030")
