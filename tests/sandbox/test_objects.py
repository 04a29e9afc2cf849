from collections.abc import Callable

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import BadRequest, InvalidState, NotFound, PermissionDenied
from databricks.sdk.service.compute import State as ClusterState
from databricks.sdk.service.sql import State as WarehouseState

from tests.harness import Newcomer, Sandbox

Attempt = Callable[[WorkspaceClient, str], object]


def test_there_is_much_to_see_for_an_admin(sandbox: Sandbox) -> None:
    """Tens of warehouses, clusters and jobs, with the names that the sandbox's own stack uses, and two warehouses of one name."""
    warehouses = [one.name for one in sandbox.admin.warehouses.list()]
    clusters = [one.cluster_name for one in sandbox.admin.clusters.list()]
    jobs = [one.settings.name for one in sandbox.admin.jobs.list() if one.settings]

    assert (len(warehouses), len(clusters), len(jobs)) == (30, 30, 60)
    assert warehouses.count("etl-shared") == 2
    assert "bi-serverless" in warehouses
    assert "shared-analytics" in clusters
    assert "nightly-survey-load" in jobs


def test_every_object_belongs_to_somebody(sandbox: Sandbox) -> None:
    """Each has a creator and other people's entries, so that wiping a list shows."""
    for kind, ids in (
        ("sql/warehouses", [one.id for one in sandbox.admin.warehouses.list() if one.creator_name]),
        ("clusters", [one.cluster_id for one in sandbox.admin.clusters.list() if one.creator_user_name]),
        ("jobs", [one.job_id for one in sandbox.admin.jobs.list() if one.creator_user_name]),
    ):
        assert len(ids) >= 30
        assert all(len(sandbox.direct_levels(kind, str(one))) >= 2 for one in ids)


def test_a_newcomer_sees_nothing(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Entitlements alone open no warehouse, no cluster and no job."""
    client = sandbox.client_of(newcomer)

    assert list(client.warehouses.list()) == []
    assert list(client.clusters.list()) == []
    assert list(client.jobs.list()) == []


def test_a_grant_shows_one_object_and_no_other(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """What was granted is listed, and nothing beside it."""
    sandbox.grant("sql/warehouses", sandbox.warehouse(), newcomer, "CAN_USE")
    sandbox.grant("clusters", sandbox.cluster(), newcomer, "CAN_RESTART")
    sandbox.grant("jobs", str(sandbox.job()), newcomer, "CAN_MANAGE_RUN")
    client = sandbox.client_of(newcomer)

    assert [one.name for one in client.warehouses.list()] == ["bi-serverless"]
    assert [one.cluster_name for one in client.clusters.list()] == ["shared-analytics"]
    assert [one.settings.name for one in client.jobs.list() if one.settings] == ["nightly-survey-load"]


@pytest.mark.parametrize(
    ("entitlement", "reach"),
    [
        ("databricks-sql-access", lambda client: list(client.warehouses.list())),
        ("workspace-access", lambda client: list(client.clusters.list())),
        ("workspace-access", lambda client: list(client.jobs.list())),
    ],
    ids=["warehouses", "clusters", "jobs"],
)
def test_an_entitlement_is_needed_too(sandbox: Sandbox, entitlement: str, reach: Callable[[WorkspaceClient], object]) -> None:
    """Without its entitlement a principal does not reach that part of the API at all; with that one alone it does."""
    with pytest.raises(PermissionDenied, match=f"disabled for users without the {entitlement}"):
        reach(sandbox.client_of(sandbox.newcomer("bare", entitlements=())))

    assert reach(sandbox.client_of(sandbox.newcomer("entitled", entitlements=(entitlement,)))) == []


WAREHOUSE_CALLS: dict[str, tuple[str, Attempt]] = {
    "get": ("CAN_VIEW", lambda client, one: client.warehouses.get(one)),
    "start": ("CAN_USE", lambda client, one: client.warehouses.start(one)),
    "stop": ("CAN_MANAGE", lambda client, one: client.warehouses.stop(one)),
    "delete": ("CAN_MANAGE", lambda client, one: client.warehouses.delete(one)),
}
CLUSTER_CALLS: dict[str, tuple[str, Attempt]] = {
    "get": ("CAN_ATTACH_TO", lambda client, one: client.clusters.get(one)),
    "restart": ("CAN_RESTART", lambda client, one: client.clusters.restart(one)),
    "terminate": ("CAN_RESTART", lambda client, one: client.clusters.delete(one)),
    "delete": ("CAN_MANAGE", lambda client, one: client.clusters.permanent_delete(one)),
}
JOB_CALLS: dict[str, tuple[str, Attempt]] = {
    "get": ("CAN_VIEW", lambda client, one: client.jobs.get(int(one))),
    "list runs": ("CAN_VIEW", lambda client, one: list(client.jobs.list_runs(job_id=int(one)))),
    "run now": ("CAN_MANAGE_RUN", lambda client, one: client.jobs.run_now(int(one))),
    "delete": ("CAN_MANAGE", lambda client, one: client.jobs.delete(int(one))),
}
REFUSALS = {
    ("sql/warehouses", "CAN_VIEW"): "{app} does not have View permissions on bi-serverless",
    ("sql/warehouses", "CAN_USE"): "{app} is not authorized to use this SQL Endpoint. Please contact your administrator.",
    ("sql/warehouses", "CAN_MANAGE"): "{app} is not authorized to manage this SQL Endpoint",
    ("clusters", "CAN_ATTACH_TO"): "{app} does not have Attach permissions on shared-analytics",
    ("clusters", "CAN_RESTART"): "{app} does not have Restart permissions on shared-analytics",
    ("clusters", "CAN_MANAGE"): "{app} does not have Manage permissions on shared-analytics",
    ("jobs", "CAN_VIEW"): "User {app} does not have View or Admin or Manage Run or Owner permissions on job {id}",
    ("jobs", "CAN_MANAGE_RUN"): "User {app} does not have Manage Run or Owner or Admin permissions on job {id}",
    ("jobs", "CAN_MANAGE"): "User {app} does not have Admin or Owner permissions on job {id}",
}
LEVELS = {
    "sql/warehouses": [None, "CAN_VIEW", "CAN_USE", "CAN_MONITOR", "CAN_MANAGE", "IS_OWNER"],
    "clusters": [None, "CAN_ATTACH_TO", "CAN_RESTART", "CAN_MANAGE"],
    "jobs": [None, "CAN_VIEW", "CAN_MANAGE_RUN", "CAN_MANAGE", "IS_OWNER"],
}
CALLS = {"sql/warehouses": WAREHOUSE_CALLS, "clusters": CLUSTER_CALLS, "jobs": JOB_CALLS}


@pytest.mark.parametrize(("kind", "level"), [(kind, level) for kind, levels in LEVELS.items() for level in levels])
def test_a_level_admits_what_it_should_and_no_more(sandbox: Sandbox, newcomer: Newcomer, kind: str, level: str | None) -> None:
    """With each level, each call of that kind goes through or gets the real refusal for the level that it lacks."""
    object_id = str({"sql/warehouses": sandbox.warehouse, "clusters": sandbox.cluster, "jobs": sandbox.job}[kind]())
    if level:
        sandbox.grant(kind, object_id, newcomer, level)
    client = sandbox.client_of(newcomer)

    for needed, attempt in CALLS[kind].values():
        if LEVELS[kind].index(level) >= LEVELS[kind].index(needed):
            attempt(client, object_id)
        else:
            with pytest.raises(PermissionDenied) as refused:
                attempt(client, object_id)
            assert REFUSALS[kind, needed].format(app=newcomer.application_id, id=object_id) in str(refused.value)


def test_what_does_not_exist_is_not_found(sandbox: Sandbox) -> None:
    """Each kind has its own status and text for that, and the SDK makes NotFound of all."""
    with pytest.raises(NotFound, match="The warehouse 0123 does not exist"):
        sandbox.admin.warehouses.get("0123")
    with pytest.raises(NotFound, match="Cluster 0101-x does not exist"):
        sandbox.admin.clusters.get("0101-x")
    with pytest.raises(NotFound, match=r"Job 123 does not exist\."):
        sandbox.admin.jobs.get(123)
    with pytest.raises(NotFound, match=r"Run 123 does not exist\."):
        sandbox.admin.jobs.get_run(123)


def test_the_creator_manages_what_it_made(sandbox: Sandbox) -> None:
    """A creator gets CAN_MANAGE on a cluster, and owns a job and a warehouse."""
    maker = sandbox.newcomer("maker", entitlements=("workspace-access", "databricks-sql-access", "allow-cluster-create"))
    client = sandbox.client_of(maker)
    client.clusters.create(spark_version="16.4.x-scala2.12", cluster_name="mine", num_workers=1)
    client.warehouses.create(name="mine", cluster_size="Small")
    cluster, warehouse = next(iter(client.clusters.list())).cluster_id, next(iter(client.warehouses.list())).id
    job = client.jobs.create(name="mine").job_id

    assert sandbox.direct_levels("clusters", cluster or "") == {maker.application_id: "CAN_MANAGE"}
    assert sandbox.direct_levels("sql/warehouses", warehouse or "") == {maker.application_id: "IS_OWNER"}
    assert sandbox.direct_levels("jobs", str(job)) == {maker.application_id: "IS_OWNER"}
    with pytest.raises(PermissionDenied):
        sandbox.client_of(sandbox.newcomer()).clusters.create(spark_version="16.4.x-scala2.12", num_workers=1)


def test_a_stopped_warehouse_starts(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """It is STARTING for a moment, then RUNNING; starting it again is no error."""
    warehouse = next(one.id for one in sandbox.admin.warehouses.list() if one.state == WarehouseState.STOPPED and one.id)
    sandbox.grant("sql/warehouses", warehouse, newcomer, "CAN_USE")
    client = sandbox.client_of(newcomer)

    starting = client.warehouses.start(warehouse)
    assert client.warehouses.get(warehouse).state == WarehouseState.STARTING
    assert starting.result().state == WarehouseState.RUNNING
    client.warehouses.start(warehouse)


def test_a_warehouse_says_where_drivers_find_it(sandbox: Sandbox) -> None:
    """Its JDBC URL and ODBC path are what a bundle passes on."""
    warehouse = sandbox.admin.warehouses.get(sandbox.warehouse())

    assert warehouse.odbc_params
    assert warehouse.odbc_params.path == f"/sql/1.0/warehouses/{warehouse.id}"
    assert warehouse.jdbc_url == (
        f"jdbc:spark://127.0.0.1:443/default;transportMode=http;ssl=1;AuthMech=3;httpPath=/sql/1.0/warehouses/{warehouse.id};"
    )


def test_a_cluster_restarts_and_refuses_to_start_twice(sandbox: Sandbox) -> None:
    """A running cluster can be restarted, and starting it is an invalid state."""
    cluster = sandbox.cluster()

    with pytest.raises(InvalidState, match=f"Cluster {cluster} is in unexpected state Running"):
        sandbox.admin.clusters.start(cluster)
    assert sandbox.admin.clusters.restart(cluster).result().state == ClusterState.RUNNING


def test_a_run_ends_in_success(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """The same idempotency token is the same run, and only those with a level on its job see it."""
    job = sandbox.job()
    sandbox.grant("jobs", str(job), newcomer, "CAN_MANAGE_RUN")
    client = sandbox.client_of(newcomer)

    done = client.jobs.run_now(job, idempotency_token="once").result()
    again = client.jobs.run_now(job, idempotency_token="once").result()

    assert done.run_id == again.run_id
    assert done.run_id
    assert done.creator_user_name == newcomer.application_id
    assert done.state
    assert str(done.state.result_state) == "RunResultState.SUCCESS"
    with pytest.raises(PermissionDenied):
        sandbox.client_of(sandbox.newcomer("other")).jobs.get_run(done.run_id)


def test_jobs_are_found_by_name_in_any_case(sandbox: Sandbox) -> None:
    """`?name=` is exact but for the case."""
    assert len(list(sandbox.admin.jobs.list(name="NIGHTLY-survey-load"))) == 1
    assert list(sandbox.admin.jobs.list(name="nightly-survey")) == []


def test_pages_end_and_hold_everything_once(sandbox: Sandbox) -> None:
    """Small pages give the same lists as large ones."""
    jobs = [one.job_id for one in sandbox.admin.jobs.list(limit=100)]
    clusters = [one.cluster_id for one in sandbox.admin.clusters.list()]
    warehouses = [one.id for one in sandbox.admin.warehouses.list()]

    assert [one.job_id for one in sandbox.admin.jobs.list(limit=7)] == jobs
    assert [one.cluster_id for one in sandbox.admin.clusters.list(page_size=7)] == clusters
    assert [one.id for one in sandbox.admin.warehouses.list(page_size=7)] == warehouses
    with pytest.raises(BadRequest):
        list(sandbox.admin.jobs.list(limit=101))
