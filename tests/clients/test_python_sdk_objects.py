"""databricks-sdk on objects: every kind listed to the end, its access list written and put back, and what is done with it."""

from collections.abc import Callable
from typing import Any

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.service.compute import State as ClusterState
from databricks.sdk.service.iam import AccessControlRequest, ObjectPermissions, PermissionLevel
from databricks.sdk.service.jobs import RunResultState
from databricks.sdk.service.pipelines import PipelineState
from databricks.sdk.service.sql import State as WarehouseState

from tests.clients.objects import BY_REQUEST_TYPE, KINDS, Kind
from tests.harness import Newcomer, Sandbox

OWN_WAYS: dict[str, Callable[[WorkspaceClient, str], Any]] = {
    "sql/warehouses": lambda client, object_id: client.warehouses.get_permissions(object_id),
    "clusters": lambda client, object_id: client.clusters.get_permissions(object_id),
    "cluster-policies": lambda client, object_id: client.cluster_policies.get_permissions(object_id),
    "instance-pools": lambda client, object_id: client.instance_pools.get_permissions(object_id),
    "jobs": lambda client, object_id: client.jobs.get_permissions(object_id),
    "pipelines": lambda client, object_id: client.pipelines.get_permissions(object_id),
    "notebooks": lambda client, object_id: client.workspace.get_permissions("notebooks", object_id),
    "directories": lambda client, object_id: client.workspace.get_permissions("directories", object_id),
    "repos": lambda client, object_id: client.repos.get_permissions(object_id),
    "experiments": lambda client, object_id: client.experiments.get_permissions(object_id),
    "registered-models": lambda client, object_id: client.model_registry.get_permissions(object_id),
    "serving-endpoints": lambda client, object_id: client.serving_endpoints.get_permissions(object_id),
    "vector-search-endpoints": lambda client, object_id: client.vector_search_endpoints.get_permissions(object_id),
    "apps": lambda client, object_id: client.apps.get_permissions(object_id),
    "knowledge-assistants": lambda client, object_id: client.knowledge_assistants.get_permissions(object_id),
    "supervisor-agents": lambda client, object_id: client.supervisor_agents.get_permissions(object_id),
}
each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.request_type)


def direct(permissions: ObjectPermissions) -> list[AccessControlRequest]:
    """All entries that are not inherited, as a PUT takes them."""
    return [
        AccessControlRequest(
            user_name=entry.user_name,
            group_name=entry.group_name,
            service_principal_name=entry.service_principal_name,
            permission_level=one.permission_level,
        )
        for entry in permissions.access_control_list or []
        for one in entry.all_permissions or []
        if not one.inherited
    ]


def principals(permissions: Any) -> list[str]:  # noqa: ANN401 - each service has its own type of the same shape
    """Everybody in an access list; of the levels, some of the services' own types know only a part."""
    entries = permissions.access_control_list
    assert entries
    return [entry.service_principal_name or entry.user_name or entry.group_name for entry in entries]


@each_kind
def test_a_listing_goes_to_its_end(sandbox: Sandbox, kind: Kind) -> None:
    """There is something of every kind, each thing once, in small pages as in the server's own."""
    listed = kind.listed(sandbox.admin, kind.page)

    assert listed
    assert all(one.id and one.name for one in listed)
    assert len({one.id for one in listed}) == len(listed)
    assert kind.page is None or len(listed) > kind.page
    assert kind.listed(sandbox.admin, None) == listed


@each_kind
def test_an_access_list_is_written_and_put_back(sandbox: Sandbox, newcomer: Newcomer, kind: Kind) -> None:
    """A PATCH adds one entry to those that are there, a PUT takes it away; type, id and levels are what the plugin expects."""
    object_id = kind.listed(sandbox.admin, None)[0].id
    permissions = sandbox.admin.permissions
    levels = permissions.get_permission_levels(kind.request_type, object_id).permission_levels or []
    assert tuple(one.permission_level.value for one in levels if one.permission_level) == kind.levels

    before = permissions.get(kind.request_type, object_id)
    assert before.object_type == kind.object_type
    assert (before.object_id or "") == kind.object_id.format(type=kind.request_type, id=object_id)

    entry = AccessControlRequest(service_principal_name=newcomer.application_id, permission_level=PermissionLevel(kind.levels[0]))
    after = permissions.update(kind.request_type, object_id, access_control_list=[entry])
    assert {repr(one) for one in direct(after)} == {repr(one) for one in [*direct(before), entry]}

    assert permissions.set(kind.request_type, object_id, access_control_list=direct(before)) == before


@pytest.mark.parametrize(("object_id", "levels"), [("tokens", ["CAN_USE", "CAN_MANAGE"]), ("passwords", ["CAN_USE"])])
def test_what_is_one_for_a_workspace_has_a_list_too(sandbox: Sandbox, newcomer: Newcomer, object_id: str, levels: list[str]) -> None:
    """Who may make tokens, and use passwords, is a list of the same shape, without a listing to find it by."""
    permissions = sandbox.admin.permissions
    found = permissions.get_permission_levels("authorization", object_id).permission_levels or []
    entry = AccessControlRequest(service_principal_name=newcomer.application_id, permission_level=PermissionLevel.CAN_USE)

    after = permissions.update("authorization", object_id, access_control_list=[entry])

    assert [one.permission_level.value for one in found if one.permission_level] == levels
    assert (after.object_id, after.object_type) == (f"/authorization/{object_id}", object_id)
    assert newcomer.application_id in {one.service_principal_name for one in after.access_control_list or []}


@pytest.mark.parametrize("request_type", OWN_WAYS)
def test_a_service_has_its_own_way_to_the_same_list(sandbox: Sandbox, request_type: str) -> None:
    """`w.warehouses.get_permissions` and its like read what `w.permissions` reads, in types of their own (api-facts: 5.1)."""
    object_id = BY_REQUEST_TYPE[request_type].listed(sandbox.admin, None)[0].id

    its_own = OWN_WAYS[request_type](sandbox.admin, object_id)

    assert principals(its_own) == principals(sandbox.admin.permissions.get(request_type, object_id))
    assert its_own.object_id == f"/{request_type}/{object_id}"


def test_tokens_and_passwords_have_their_own_ways(sandbox: Sandbox) -> None:
    """The two lists that belong to no object."""
    permissions = sandbox.admin.permissions

    assert principals(sandbox.admin.token_management.get_permissions()) == principals(permissions.get("authorization", "tokens"))
    assert principals(sandbox.admin.users_v2.get_permissions()) == principals(permissions.get("authorization", "passwords"))


def test_what_was_granted_is_used(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """A job is run to its end, a cluster restarted, a warehouse started; only whoever manages it stops the warehouse."""
    job, cluster, warehouse = sandbox.job(), sandbox.cluster(), sandbox.warehouse("platform-admin")
    sandbox.grant("jobs", str(job), newcomer, "CAN_MANAGE_RUN")
    sandbox.grant("clusters", cluster, newcomer, "CAN_RESTART")
    sandbox.grant("sql/warehouses", warehouse, newcomer, "CAN_USE")
    client = sandbox.client_of(newcomer)

    run = client.jobs.run_now_and_wait(job)
    assert run.state
    assert run.state.result_state == RunResultState.SUCCESS
    assert client.clusters.restart_and_wait(cluster).state == ClusterState.RUNNING
    assert client.warehouses.start_and_wait(warehouse).state == WarehouseState.RUNNING
    assert sandbox.admin.warehouses.stop_and_wait(warehouse).state == WarehouseState.STOPPED


def test_a_pipeline_is_updated_and_stopped(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """CAN_RUN starts an update and stops it."""
    pipeline = next(one.pipeline_id for one in sandbox.admin.pipelines.list_pipelines(filter="name LIKE 'orders-bronze'"))
    assert pipeline
    sandbox.grant("pipelines", pipeline, newcomer, "CAN_RUN")
    pipelines = sandbox.client_of(newcomer).pipelines

    update = pipelines.start_update(pipeline)

    assert update.update_id
    assert pipelines.get(pipeline).state == PipelineState.RUNNING
    assert pipelines.stop_and_wait(pipeline).state == PipelineState.IDLE


def test_an_endpoint_answers_whoever_may_query(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Its level is on its id, its path has its name."""
    endpoint = sandbox.admin.serving_endpoints.get("churn-prod")
    sandbox.grant("serving-endpoints", str(endpoint.id), newcomer, "CAN_QUERY")

    assert sandbox.client_of(newcomer).serving_endpoints.query("churn-prod", inputs=[1, 2]).predictions == [1, 2]
