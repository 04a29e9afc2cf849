"""What the checks say about a bundle, on a workspace that enforces."""

import logging
import threading
from datetime import timedelta

import pytest
from databricks.sdk import WorkspaceClient

from checks.check import Check, Verdict
from checks.proof import prove
from model.grants import Grant, ObjectGrant, SecurablePrivileges
from model.kinds import OBJECT_KINDS
from tests.checks.granting import bundle_of, give
from tests.harness import Newcomer, Sandbox

SHORT = timedelta(seconds=0.5)


def on_warehouse(sandbox: Sandbox, level: str, name: str = "bi-serverless") -> ObjectGrant:
    return ObjectGrant(kind="warehouses", id=sandbox.warehouse(name), name=name, level=level)


def on_cluster(sandbox: Sandbox, level: str) -> ObjectGrant:
    return ObjectGrant(kind="clusters", id=sandbox.cluster(), name="shared-analytics", level=level)


def on_job(sandbox: Sandbox, level: str) -> ObjectGrant:
    return ObjectGrant(kind="jobs", id=str(sandbox.job()), name="nightly-survey-load", level=level)


def on(kind: str, full_name: str, *privileges: str) -> SecurablePrivileges:
    return SecurablePrivileges(kind=kind, full_name=full_name, privileges=privileges)


def declared(sandbox: Sandbox) -> list[Grant]:
    return [
        on_warehouse(sandbox, "CAN_USE"),
        on_cluster(sandbox, "CAN_RESTART"),
        on_job(sandbox, "CAN_MANAGE_RUN"),
        on("catalogs", "main", "USE_CATALOG"),
        on("schemas", "main.surveys", "MODIFY", "SELECT", "USE_SCHEMA"),
    ]


def verdicts(checks: list[Check]) -> dict[tuple[str, str], Verdict]:
    return {(check.check, check.target): check.verdict for check in checks if check.grant}


def proven(sandbox: Sandbox, newcomer: Newcomer, grant: Grant, admin: WorkspaceClient | None = None) -> list[Check]:
    checks = prove(bundle_of(sandbox, newcomer), [grant], admin=admin, patience=SHORT, troubles=SHORT)
    return [check for check in checks if check.grant]


@pytest.fixture
def granted(sandbox: Sandbox, newcomer: Newcomer) -> list[Grant]:
    grants = declared(sandbox)
    for grant in grants:
        give(sandbox, newcomer, grant)
    return grants


def test_every_declared_grant_gets_a_verdict(sandbox: Sandbox, newcomer: Newcomer, granted: list[Grant]) -> None:
    """What costs nothing is exercised; a restart, a run and a write are confirmed by the admin or by the principal's own privileges."""
    checks = prove(bundle_of(sandbox, newcomer), granted, admin=sandbox.admin)

    assert all(check.ok for check in checks)
    assert [check.check for check in checks[:4]] == ["login", "identity", "entitlement", "entitlement"]
    assert verdicts(checks) == {
        ("CAN_USE", "SQL warehouse bi-serverless"): Verdict.EXERCISED,
        ("CAN_RESTART", "cluster shared-analytics"): Verdict.CONFIRMED,
        ("CAN_MANAGE_RUN", "job nightly-survey-load"): Verdict.CONFIRMED,
        ("USE_CATALOG", "catalog main"): Verdict.EXERCISED,
        ("MODIFY", "schema main.surveys"): Verdict.CONFIRMED,
        ("SELECT", "schema main.surveys"): Verdict.EXERCISED,
        ("USE_SCHEMA", "schema main.surveys"): Verdict.EXERCISED,
    }


def test_without_an_admin_nothing_is_called_proven_that_was_not_tried(sandbox: Sandbox, newcomer: Newcomer, granted: list[Grant]) -> None:
    """The levels that only an admin may read back are said not to be tried, which is no failure."""
    checks = prove(bundle_of(sandbox, newcomer), granted, admin=None)

    not_tried = {check.check: check.detail for check in checks if check.verdict is Verdict.NOT_TRIED}
    assert set(not_tried) == {"CAN_RESTART", "CAN_MANAGE_RUN"}
    assert all("only an admin may read it back" in detail for detail in not_tried.values())
    assert all(check.ok for check in checks)


def test_reading_back_alone_logs_nobody_in(sandbox: Sandbox, newcomer: Newcomer, granted: list[Grant]) -> None:
    """With `verify: false` the admin confirms every entry, and the bundle is not used."""
    sandbox.http.delete("/sandbox/requests")

    checks = prove(bundle_of(sandbox, newcomer), granted, admin=sandbox.admin, active=False)

    assert {check.verdict for check in checks} == {Verdict.CONFIRMED}
    assert len(checks) == 7
    assert newcomer.application_id not in {request["principal"] for request in sandbox.requests()}


def test_what_is_not_to_be_tried_needs_an_admin(sandbox: Sandbox, newcomer: Newcomer, granted: list[Grant]) -> None:
    """With `verify: false` and without an admin nothing can be said, and that is what is said, with the reason."""
    checks = prove(bundle_of(sandbox, newcomer), granted, admin=None, active=False)

    assert {(check.verdict, check.detail) for check in checks} == {
        (Verdict.NOT_TRIED, "the stack says `verify: false`, and only an admin may read it back")
    }


def test_an_admin_who_may_not_look_is_no_failure_of_the_grant(sandbox: Sandbox, newcomer: Newcomer, granted: list[Grant]) -> None:
    """Where the environment's login has no access to an object's list, its grant is not tried rather than failed."""
    nobody = sandbox.client_of(sandbox.newcomer("nobody"))

    checks = prove(bundle_of(sandbox, newcomer), granted, admin=nobody)

    assert verdicts(checks)["CAN_RESTART", "cluster shared-analytics"] is Verdict.NOT_TRIED
    assert all(check.ok for check in checks)


def test_a_workspace_in_trouble_is_not_taken_for_a_missing_grant(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """A failure of the workspace's own fails the check, and nobody is told to grant anything again."""
    grant = on("catalogs", "main", "USE_CATALOG")
    give(sandbox, newcomer, grant)
    trouble = {"status": 500, "error_code": "INTERNAL_ERROR", "message": "a pipe burst"}
    sandbox.fail(method="GET", path="^/api/2.1/unity-catalog/catalogs/", times=100, **trouble)

    (check,) = proven(sandbox, newcomer, grant)

    assert check.verdict is Verdict.FAILED
    assert check.detail == "a pipe burst; the workspace is slow or in trouble, so try again later"


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500, "error_code": "INTERNAL_ERROR"},
        {"status": 504, "error_code": "DEADLINE_EXCEEDED"},
        {"cut": True},
        {"status": 401, "error_code": "401", "message": "Token is expired."},
    ],
    ids=["500", "504", "cut", "401"],
)
def test_a_moments_trouble_refutes_nothing(sandbox: Sandbox, newcomer: Newcomer, granted: list[Grant], fault: dict[str, object]) -> None:
    """Whatever was asked when it came, and though a token ended: each check comes to the verdict that it has without."""
    calm = verdicts(prove(bundle_of(sandbox, newcomer), granted, admin=sandbox.admin))
    for path in ("/scim/v2/Me$", "^/api/2.0/sql/warehouses/", "/unity-catalog/catalogs", "/unity-catalog/schemas"):
        sandbox.fail(path=path, **fault)

    checks = prove(bundle_of(sandbox, newcomer), granted, admin=sandbox.admin)

    assert verdicts(checks) == calm
    assert [check.verdict for check in checks[:2]] == [Verdict.EXERCISED, Verdict.EXERCISED]


def test_a_proof_changes_nothing_and_starts_nothing(sandbox: Sandbox, newcomer: Newcomer, granted: list[Grant]) -> None:
    """All requests but the login and the statements are reads, and they are as few as `prove` says."""
    sandbox.http.delete("/sandbox/requests")

    prove(bundle_of(sandbox, newcomer), granted, admin=sandbox.admin)

    asked = [request for request in sandbox.requests() if not request["path"].startswith("/sandbox")]
    written = {request["path"] for request in asked if request["method"] != "GET"}
    assert written == {"/oidc/v1/token", "/api/2.0/sql/statements"}
    assert 6 + 7 <= len(asked) <= 6 + 2 * 7, [(request["method"], request["path"]) for request in asked]


def test_a_stopped_warehouse_is_not_started(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """CAN_USE on a warehouse at rest is confirmed, and the warehouse rests on."""
    name = next(
        one.name for one in sandbox.admin.warehouses.list() if one.state and one.state.value == "STOPPED" and one.name != "etl-shared"
    )
    assert name
    grant = on_warehouse(sandbox, "CAN_USE", name)
    give(sandbox, newcomer, grant)

    (check,) = proven(sandbox, newcomer, grant, sandbox.admin)

    state = sandbox.admin.warehouses.get(grant.id).state
    assert check.verdict is Verdict.CONFIRMED
    assert state
    assert state.value == "STOPPED"


@pytest.mark.parametrize(
    ("level", "verdict"),
    [
        ("CAN_VIEW", Verdict.EXERCISED),
        ("CAN_USE", Verdict.EXERCISED),
        ("CAN_MONITOR", Verdict.CONFIRMED),
        ("CAN_MANAGE", Verdict.EXERCISED),
    ],
)
def test_each_level_is_shown_by_what_only_it_allows(sandbox: Sandbox, newcomer: Newcomer, level: str, verdict: Verdict) -> None:
    """The level itself passes, and one below it fails."""
    grant = on_warehouse(sandbox, level)
    give(sandbox, newcomer, grant)
    assert [check.verdict for check in proven(sandbox, newcomer, grant, sandbox.admin)] == [verdict]

    levels = OBJECT_KINDS["warehouses"].levels
    if level != levels[0]:
        give(sandbox, newcomer, on_warehouse(sandbox, levels[levels.index(level) - 1]))
        assert [check.verdict for check in proven(sandbox, newcomer, grant, sandbox.admin)] == [Verdict.FAILED]


def test_nothing_granted_means_nothing_proven(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Every grant that is missing fails, with the grant, the workspace's words and what to do; no credential is among them."""
    checks = prove(bundle_of(sandbox, newcomer), declared(sandbox), admin=sandbox.admin, patience=SHORT)

    failed = [check for check in checks if check.grant]
    assert {check.verdict for check in failed} == {Verdict.FAILED}
    assert len(failed) == 7
    told = {check.target: check.detail for check in failed}
    assert "permissions" in told["job nightly-survey-load"]
    assert all("`pulumi up`" in detail for detail in told.values())
    assert not any("Config:" in detail or newcomer.secret in detail for detail in told.values())


def test_a_lower_entry_does_not_confirm_a_higher_level(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """What the admin reads back is compared by power, and the answer says what is there instead."""
    give(sandbox, newcomer, on_cluster(sandbox, "CAN_ATTACH_TO"))

    (check,) = proven(sandbox, newcomer, on_cluster(sandbox, "CAN_RESTART"), sandbox.admin)

    assert check.verdict is Verdict.FAILED
    assert "CAN_ATTACH_TO" in check.detail


def test_a_missing_write_privilege_is_found(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """MODIFY is never tried, but its absence is seen by the principal itself."""
    give(sandbox, newcomer, on("catalogs", "main", "USE_CATALOG"))
    give(sandbox, newcomer, on("schemas", "main.surveys", "USE_SCHEMA"))

    (check,) = proven(sandbox, newcomer, on("schemas", "main.surveys", "MODIFY"))

    assert check.verdict is Verdict.FAILED
    assert "USE_SCHEMA" in check.detail


def test_a_table_is_read_where_a_warehouse_runs(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """SELECT on a table is exercised by a select without rows; where no warehouse may be used, by seeing the table."""
    grants: list[Grant] = [
        on("catalogs", "main", "USE_CATALOG"),
        on("schemas", "main.surveys", "USE_SCHEMA"),
        on("tables", "main.surveys.responses", "SELECT"),
    ]
    for grant in grants:
        give(sandbox, newcomer, grant)
    (seen,) = proven(sandbox, newcomer, grants[-1])
    assert (seen.verdict, "no warehouse" in seen.detail) == (Verdict.EXERCISED, True)

    give(sandbox, newcomer, on_warehouse(sandbox, "CAN_USE"))
    checks = prove(bundle_of(sandbox, newcomer), [on_warehouse(sandbox, "CAN_USE"), *grants], admin=None)
    assert checks[-1].detail == "selected from main.surveys.responses"


def test_a_new_grant_is_waited_for(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """A refusal that ends within the time of patience is a delay, not a failure."""
    grant = on_job(sandbox, "CAN_VIEW")
    later = threading.Timer(0.7, give, (sandbox, newcomer, grant))
    later.start()

    checks = prove(bundle_of(sandbox, newcomer), [grant], admin=None, patience=timedelta(seconds=5))

    later.join()
    assert [check.verdict for check in checks if check.grant] == [Verdict.EXERCISED]


def test_a_proof_logs_no_secret(sandbox: Sandbox, newcomer: Newcomer, granted: list[Grant], caplog: pytest.LogCaptureFixture) -> None:
    """Also with everything logged, neither the secret nor a token comes out."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("databricks.sdk").setLevel(logging.NOTSET)

    prove(bundle_of(sandbox, newcomer), granted, admin=sandbox.admin)

    assert newcomer.secret not in caplog.text
    assert "Bearer" not in caplog.text
