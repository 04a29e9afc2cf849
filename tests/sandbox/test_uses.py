"""What the objects are used for, under the level that each use needs (api-facts: 8.2); and who makes and deletes them (7.3)."""

from collections.abc import Callable
from typing import Any

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.core import DatabricksError
from databricks.sdk.errors import NotFound, PermissionDenied, ResourceAlreadyExists, ResourceConflict
from databricks.sdk.service.apps import App
from databricks.sdk.service.dashboards import Dashboard
from databricks.sdk.service.database import DatabaseInstance
from databricks.sdk.service.serving import EndpointCoreConfigInput
from databricks.sdk.service.sql import CreateQueryRequestQuery
from databricks.sdk.service.vectorsearch import EndpointType

from tests.harness import Newcomer, Sandbox

Attempt = Callable[[WorkspaceClient], object]

VERSION = "16.4.x-scala2.12"
MAKERS = ("workspace-access", "databricks-sql-access", "allow-instance-pool-create")


def pipeline(sandbox: Sandbox) -> str:
    return str(next(iter(sandbox.admin.pipelines.list_pipelines(filter="name LIKE 'surveys-silver'"))).pipeline_id)


def endpoint(sandbox: Sandbox) -> str:
    return str(sandbox.admin.serving_endpoints.get("churn-prod").id)


@pytest.mark.parametrize("level", [None, "CAN_VIEW", "CAN_RUN", "CAN_MANAGE", "IS_OWNER"])
def test_a_pipeline_is_run_under_its_levels(sandbox: Sandbox, newcomer: Newcomer, level: str | None) -> None:
    """CAN_VIEW sees it, CAN_RUN starts and stops an update, CAN_MANAGE deletes it."""
    levels, one = [None, "CAN_VIEW", "CAN_RUN", "CAN_MANAGE", "IS_OWNER"], pipeline(sandbox)
    if level:
        sandbox.grant("pipelines", one, newcomer, level)
    client = sandbox.client_of(newcomer)
    calls: list[tuple[str, str, Attempt]] = [
        ("CAN_VIEW", "View", lambda client: client.pipelines.get(one)),
        ("CAN_RUN", "Run", lambda client: client.pipelines.start_update(one)),
        ("CAN_RUN", "Run", lambda client: client.pipelines.stop(one).result()),
        ("CAN_MANAGE", "Manage", lambda client: client.pipelines.delete(one)),
    ]

    for needed, word, attempt in calls:
        if levels.index(level) >= levels.index(needed):
            attempt(client)
        else:
            with pytest.raises(PermissionDenied, match=f"{newcomer.application_id} does not have {word} permissions on pipeline {one}"):
                attempt(client)


def test_an_update_ends(sandbox: Sandbox) -> None:
    """A pipeline runs one at a time; it is RUNNING, then over, or canceled by a stop."""
    one = pipeline(sandbox)
    first = str(sandbox.admin.pipelines.start_update(one).update_id)
    assert str(sandbox.admin.pipelines.get(one).state) == "PipelineState.RUNNING"
    with pytest.raises(ResourceConflict):
        sandbox.admin.pipelines.start_update(one)
    sandbox.admin.pipelines.stop(one).result()
    second = str(sandbox.admin.pipelines.start_update(one).update_id)
    sandbox.set_clock("2030-01-01T00:00:00Z")
    sandbox.renew()

    updates = {name: sandbox.admin.pipelines.get_update(one, name).update for name in (first, second)}
    assert {str(update.state) for update in updates.values() if update} == {
        "UpdateInfoState.CANCELED",
        "UpdateInfoState.COMPLETED",
    }
    assert str(sandbox.admin.pipelines.get(one).state) == "PipelineState.IDLE"


@pytest.mark.parametrize("level", [None, "CAN_VIEW", "CAN_QUERY", "CAN_MANAGE"])
def test_an_endpoint_answers_whoever_may_query(sandbox: Sandbox, newcomer: Newcomer, level: str | None) -> None:
    """CAN_VIEW is not enough; an endpoint is granted on by its id, and asked by its name."""
    if level:
        sandbox.grant("serving-endpoints", endpoint(sandbox), newcomer, level)
    client = sandbox.client_of(newcomer)

    if level in {"CAN_QUERY", "CAN_MANAGE"}:
        assert client.serving_endpoints.query("churn-prod", inputs=[[1, 2], [3, 4]]).predictions == [[1, 2], [3, 4]]
        assert client.serving_endpoints.query("churn-prod", dataframe_records=[{"tenure": 3}]).predictions == [{"tenure": 3}]
        assert str(client.serving_endpoints.get("churn-prod").permission_level).endswith(level)
    else:
        with pytest.raises(PermissionDenied, match=f"{newcomer.application_id} does not have Query permissions on churn-prod"):
            client.serving_endpoints.query("churn-prod", inputs=[1])


def test_an_endpoint_must_be_asked_something(sandbox: Sandbox) -> None:
    """A request without inputs is a bad one, and an unknown name is not found."""
    assert sandbox.http.post("/serving-endpoints/churn-prod/invocations", json={}).status_code == 400
    with pytest.raises(NotFound, match="Serving endpoint with name nothing not found"):
        sandbox.admin.serving_endpoints.query("nothing", inputs=[1])


def test_a_policy_lets_its_users_make_clusters(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Without the entitlement a cluster wants a policy that one may use, and its pool a level too."""
    policy = next(one.policy_id for one in sandbox.admin.cluster_policies.list() if one.name == "job-compute")
    pool = next(one.instance_pool_id for one in sandbox.admin.instance_pools.list() if one.instance_pool_name == "etl-pool")
    client = sandbox.client_of(newcomer)

    def make() -> object:
        return client.clusters.create(VERSION, cluster_name="mine", num_workers=1, policy_id=policy, instance_pool_id=pool)

    with pytest.raises(PermissionDenied, match="Use permissions on job-compute"):
        make()
    sandbox.grant("cluster-policies", str(policy), newcomer, "CAN_USE")
    with pytest.raises(PermissionDenied, match="Attach permissions on etl-pool"):
        make()
    sandbox.grant("instance-pools", str(pool), newcomer, "CAN_ATTACH_TO")
    make()

    assert [one.cluster_name for one in client.clusters.list()] == ["mine"]


def test_a_git_folder_is_changed_under_its_level(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Another branch wants CAN_EDIT."""
    one = next(one for one in sandbox.admin.repos.list() if one.path == "/Repos/production/ingest")
    assert one.id
    sandbox.grant("repos", str(one.id), newcomer, "CAN_RUN")
    client = sandbox.client_of(newcomer)
    with pytest.raises(PermissionDenied, match="Edit permissions on /Repos/production/ingest"):
        client.repos.update(one.id, branch="main")

    sandbox.grant("repos", str(one.id), newcomer, "CAN_EDIT")
    client.repos.update(one.id, branch="main")


def _model(client: WorkspaceClient) -> object:
    client.model_registry.create_model("mine")
    made = client.model_registry.get_model("mine").registered_model_databricks
    return made.id if made else None


def _repo(client: WorkspaceClient) -> object:
    me = client.current_user.me().user_name
    return client.repos.create("https://github.com/acme-example/x.git", "gitHub", path=f"/Repos/{me}/x").id


MADE: dict[str, tuple[Callable[[WorkspaceClient], object], Callable[[WorkspaceClient, Any], object]]] = {
    "pipelines": (lambda c: c.pipelines.create(name="mine").pipeline_id, lambda c, one: c.pipelines.delete(one)),
    "instance-pools": (
        lambda c: c.instance_pools.create("mine", "m5d.large").instance_pool_id,
        lambda c, one: c.instance_pools.delete(one),
    ),
    "repos": (_repo, lambda c, one: c.repos.delete(one)),
    "experiments": (
        lambda c: c.experiments.create_experiment("/Shared/mine").experiment_id,
        lambda c, one: c.experiments.delete_experiment(one),
    ),
    "registered-models": (
        _model,
        lambda c, _: c.model_registry.delete_model("mine"),
    ),
    "serving-endpoints": (
        lambda c: c.serving_endpoints.create_and_wait("mine", config=EndpointCoreConfigInput("mine")).id,
        lambda c, _: c.serving_endpoints.delete("mine"),
    ),
    "vector-search-endpoints": (
        lambda c: c.vector_search_endpoints.create_endpoint_and_wait("mine", EndpointType.STANDARD).id,
        lambda c, _: c.vector_search_endpoints.delete_endpoint("mine"),
    ),
    "dashboards": (
        lambda c: c.lakeview.create(Dashboard(display_name="mine", parent_path="/Shared")).dashboard_id,
        lambda c, one: c.lakeview.trash(one),
    ),
    "genie": (
        lambda c: c.genie.create_space("0123", "{}", title="mine", parent_path="/Shared").space_id,
        lambda c, one: c.genie.trash_space(one),
    ),
    "sql/queries": (
        lambda c: c.queries.create(query=CreateQueryRequestQuery(display_name="mine", query_text="SELECT 1")).id,
        lambda c, one: c.queries.delete(one),
    ),
    "apps": (lambda c: c.apps.create_and_wait(App("mine")).name, lambda c, one: c.apps.delete(one)),
    "database-instances": (
        lambda c: c.database.create_database_instance(DatabaseInstance("mine")).result().name,
        lambda c, one: c.database.delete_database_instance(one),
    ),
}


@pytest.mark.parametrize("request_type", MADE)
def test_the_creator_manages_what_it_made(sandbox: Sandbox, request_type: str) -> None:
    """It owns a pipeline, manages anything else, and may delete it; with it, its list is gone."""
    make, delete = MADE[request_type]
    maker = sandbox.newcomer("maker", entitlements=MAKERS)
    client = sandbox.client_of(maker)

    made = str(make(client))

    level = "IS_OWNER" if request_type == "pipelines" else "CAN_MANAGE"
    assert sandbox.direct_levels(request_type, made) == {maker.application_id: level}
    delete(client, made)
    assert sandbox.http.get(f"/api/2.0/permissions/{request_type}/{made}").status_code == 404


@pytest.mark.parametrize("request_type", sorted(set(MADE) - {"instance-pools", "sql/queries", "genie"}))
def test_some_names_are_taken_once(sandbox: Sandbox, request_type: str) -> None:
    """A second one of a name is refused where names are unique, and a second dashboard in one directory."""
    make, _ = MADE[request_type]
    client = sandbox.client_of(sandbox.newcomer("maker", entitlements=MAKERS))
    make(client)

    with pytest.raises(ResourceAlreadyExists, match="already exists"):
        make(client)


@pytest.mark.parametrize(
    ("refused", "attempt"),
    [
        ("not an admin", lambda c: c.cluster_policies.create(name="mine", definition="{}")),
        ("allow-instance-pool-create", lambda c: c.instance_pools.create("mine", "m5d.large")),
        ("Manage permissions on /Teams/cx", lambda c: c.lakeview.create(Dashboard(display_name="mine", parent_path="/Teams/cx"))),
        ("Manage permissions on /Platform", lambda c: c.experiments.create_experiment("/Platform/mine")),
        ("parent folder", lambda c: c.experiments.create_experiment("/Nowhere/mine")),
        ("absolute path", lambda c: c.experiments.create_experiment("mine")),
        ("Missing required field", lambda c: c.serving_endpoints.create("")),
    ],
)
def test_what_may_not_be_made_is_refused(sandbox: Sandbox, newcomer: Newcomer, refused: str, attempt: Attempt) -> None:
    """Without the right to the directory, without an entitlement, or with a name that is none."""
    with pytest.raises(DatabricksError, match=refused):
        attempt(sandbox.client_of(newcomer))


def test_an_admin_makes_a_policy(sandbox: Sandbox) -> None:
    """And may delete it, though the kind has no level for that."""
    made = sandbox.admin.cluster_policies.create(name="mine", definition="{}").policy_id
    assert made
    assert sandbox.admin.cluster_policies.get(made).name == "mine"

    sandbox.admin.cluster_policies.delete(made)

    with pytest.raises(NotFound):
        sandbox.admin.cluster_policies.get(made)
