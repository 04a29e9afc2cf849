"""Each kind of object of the Permissions API, as databricks-sdk lists it; types and levels as in api-facts: 5.2, 7.1.

The sandbox and the product have tables of their own: these are what the official clients are told and expect.
"""

from collections.abc import Callable
from dataclasses import dataclass

from databricks.sdk import WorkspaceClient
from databricks.sdk.service.workspace import ObjectType


@dataclass(frozen=True)
class Listed:
    id: str
    """As the Permissions API takes it."""
    name: str


@dataclass(frozen=True)
class Kind:
    request_type: str
    object_type: str
    levels: tuple[str, ...]
    listed: Callable[[WorkspaceClient, int | None], list[Listed]]
    """To the end, in pages of a size, or of the server's own."""
    page: int | None = None
    """A size smaller than the list, where the API has pages."""
    object_id: str = "/{type}/{id}"


FOLDER_LEVELS = ("CAN_READ", "CAN_RUN", "CAN_EDIT", "CAN_MANAGE")
MODEL_LEVELS = ("CAN_READ", "CAN_EDIT", "CAN_MANAGE_STAGING_VERSIONS", "CAN_MANAGE_PRODUCTION_VERSIONS", "CAN_MANAGE")


def _of(id_: object, name: str | None) -> Listed:
    return Listed(str(id_), str(name))


def _warehouses(client: WorkspaceClient, size: int | None) -> list[Listed]:
    return [_of(one.id, one.name) for one in client.warehouses.list(page_size=size)]


def _clusters(client: WorkspaceClient, size: int | None) -> list[Listed]:
    return [_of(one.cluster_id, one.cluster_name) for one in client.clusters.list(page_size=size)]


def _jobs(client: WorkspaceClient, size: int | None) -> list[Listed]:
    return [_of(one.job_id, one.settings.name) for one in client.jobs.list(limit=size) if one.settings]


def _pipelines(client: WorkspaceClient, size: int | None) -> list[Listed]:
    return [_of(one.pipeline_id, one.name) for one in client.pipelines.list_pipelines(max_results=size)]


def _cluster_policies(client: WorkspaceClient, _: int | None) -> list[Listed]:
    return [_of(one.policy_id, one.name) for one in client.cluster_policies.list()]


def _instance_pools(client: WorkspaceClient, _: int | None) -> list[Listed]:
    return [_of(one.instance_pool_id, one.instance_pool_name) for one in client.instance_pools.list()]


def _tree(client: WorkspaceClient, kind: ObjectType) -> list[Listed]:
    """Directories come with what is in them, so this walks down itself."""
    found, ahead = [], ["/"]
    while ahead:
        for one in client.workspace.list(ahead.pop()):
            if one.object_type == kind:
                found.append(_of(one.object_id, one.path))
            if one.object_type == ObjectType.DIRECTORY and one.path:
                ahead.append(one.path)
    return found


def _repos(client: WorkspaceClient, _: int | None) -> list[Listed]:
    return [_of(one.id, one.path) for one in client.repos.list()]


def _experiments(client: WorkspaceClient, size: int | None) -> list[Listed]:
    return [_of(one.experiment_id, one.name) for one in client.experiments.list_experiments(max_results=size)]


def _registered_models(client: WorkspaceClient, size: int | None) -> list[Listed]:
    """A listing has no ids; each model tells its own."""
    names = [str(one.name) for one in client.model_registry.list_models(max_results=size)]
    models = [client.model_registry.get_model(name).registered_model_databricks for name in names]
    return [_of(one.id, one.name) for one in models if one]


def _serving_endpoints(client: WorkspaceClient, _: int | None) -> list[Listed]:
    return [_of(one.id, one.name) for one in client.serving_endpoints.list()]


def _vector_search_endpoints(client: WorkspaceClient, _: int | None) -> list[Listed]:
    return [_of(one.id, one.name) for one in client.vector_search_endpoints.list_endpoints()]


def _dashboards(client: WorkspaceClient, size: int | None) -> list[Listed]:
    return [_of(one.dashboard_id, one.display_name) for one in client.lakeview.list(page_size=size)]


def _legacy_dashboards(client: WorkspaceClient, size: int | None) -> list[Listed]:
    return [_of(one.id, one.name) for one in client.dashboards.list(page_size=size)]


def _queries(client: WorkspaceClient, size: int | None) -> list[Listed]:
    return [_of(one.id, one.display_name) for one in client.queries.list(page_size=size)]


def _legacy_alerts(client: WorkspaceClient, size: int | None) -> list[Listed]:
    return [_of(one.id, one.display_name) for one in client.alerts.list(page_size=size)]


def _alerts(client: WorkspaceClient, size: int | None) -> list[Listed]:
    return [_of(one.id, one.display_name) for one in client.alerts_v2.list_alerts(page_size=size)]


def _genie_spaces(client: WorkspaceClient, size: int | None) -> list[Listed]:
    """No iterator: whoever calls turns the pages (api-facts: 7.1)."""
    found, token = [], None
    while True:
        page = client.genie.list_spaces(page_size=size, page_token=token)
        found += [_of(one.space_id, one.title) for one in page.spaces or []]
        token = page.next_page_token
        if not token:
            return found


def _apps(client: WorkspaceClient, size: int | None) -> list[Listed]:
    return [_of(one.name, one.name) for one in client.apps.list(page_size=size)]


def _database_instances(client: WorkspaceClient, size: int | None) -> list[Listed]:
    return [_of(one.name, one.name) for one in client.database.list_database_instances(page_size=size)]


def _database_projects(client: WorkspaceClient, size: int | None) -> list[Listed]:
    names = [str(one.name).removeprefix("projects/") for one in client.postgres.list_projects(page_size=size)]
    return [_of(name, name) for name in names]


def _knowledge_assistants(client: WorkspaceClient, size: int | None) -> list[Listed]:
    return [_of(one.id, one.display_name) for one in client.knowledge_assistants.list_knowledge_assistants(page_size=size)]


def _supervisor_agents(client: WorkspaceClient, size: int | None) -> list[Listed]:
    return [_of(one.supervisor_agent_id, one.display_name) for one in client.supervisor_agents.list_supervisor_agents(page_size=size)]


KINDS = (
    Kind("sql/warehouses", "warehouses", ("CAN_VIEW", "CAN_USE", "CAN_MONITOR", "CAN_MANAGE", "IS_OWNER"), _warehouses, page=7),
    Kind("clusters", "cluster", ("CAN_ATTACH_TO", "CAN_RESTART", "CAN_MANAGE"), _clusters, page=7),
    Kind("jobs", "job", ("CAN_VIEW", "CAN_MANAGE_RUN", "CAN_MANAGE", "IS_OWNER"), _jobs, page=25),
    Kind("pipelines", "pipelines", ("CAN_VIEW", "CAN_RUN", "CAN_MANAGE", "IS_OWNER"), _pipelines, page=50),
    Kind("cluster-policies", "cluster-policy", ("CAN_USE",), _cluster_policies),
    Kind("instance-pools", "instance-pool", ("CAN_ATTACH_TO", "CAN_MANAGE"), _instance_pools),
    Kind("directories", "directory", FOLDER_LEVELS, lambda client, _: _tree(client, ObjectType.DIRECTORY)),
    Kind("notebooks", "notebook", FOLDER_LEVELS, lambda client, _: _tree(client, ObjectType.NOTEBOOK)),
    Kind("files", "file", FOLDER_LEVELS, lambda client, _: _tree(client, ObjectType.FILE)),
    Kind("repos", "repo", FOLDER_LEVELS, _repos),
    Kind("experiments", "mlflowExperiment", ("CAN_READ", "CAN_EDIT", "CAN_MANAGE"), _experiments, page=2),
    Kind("registered-models", "registered-model", MODEL_LEVELS, _registered_models, page=2),
    Kind("serving-endpoints", "serving-endpoint", ("CAN_VIEW", "CAN_QUERY", "CAN_MANAGE"), _serving_endpoints),
    Kind("vector-search-endpoints", "vector-search-endpoints", ("CAN_USE", "CAN_MANAGE"), _vector_search_endpoints),
    Kind("dashboards", "dashboard", FOLDER_LEVELS, _dashboards, page=2),
    Kind("dbsql-dashboards", "dbsql-dashboard", FOLDER_LEVELS, _legacy_dashboards, page=2),
    Kind("sql/queries", "query", FOLDER_LEVELS, _queries, page=2),
    Kind("sql/alerts", "alert", FOLDER_LEVELS, _legacy_alerts, page=2),
    Kind("alertsv2", "alertv2", FOLDER_LEVELS, _alerts, page=2),
    # The one answer without an id of the object (api-facts: 5.2).
    Kind("genie", "genie-space", FOLDER_LEVELS, _genie_spaces, page=2, object_id=""),
    Kind("apps", "apps", ("CAN_USE", "CAN_MANAGE"), _apps, page=2),
    Kind("database-instances", "database-instances", ("CAN_USE", "CAN_MANAGE"), _database_instances, page=2),
    Kind("database-projects", "database-projects", ("CAN_USE", "CAN_MANAGE"), _database_projects, page=2),
    Kind("knowledge-assistants", "knowledge-assistants", ("CAN_QUERY", "CAN_MANAGE"), _knowledge_assistants, page=2),
    Kind("supervisor-agents", "supervisor-agents", ("CAN_QUERY", "CAN_MANAGE"), _supervisor_agents, page=2),
)
BY_REQUEST_TYPE = {kind.request_type: kind for kind in KINDS}
