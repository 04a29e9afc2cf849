"""The kinds of plain object, each with its path, its paging and how it is made (api-facts: 7.1, 7.3)."""

from sandbox.objects import renderings as shown
from sandbox.objects.collection import Collection, Making, Paging
from sandbox.permissions import kinds

BY_SIZE = Paging(size="page_size")


ENDPOINTS = Collection(
    kind=kinds.SERVING_ENDPOINTS,
    path="/api/2.0/serving-endpoints",
    items="endpoints",
    listed=shown.endpoint,
    got=shown.endpoint_with_level,
    by="name",
    missing="Serving endpoint with name {id} not found",
    making=Making(),
)
EXPERIMENTS = Collection(
    kind=kinds.EXPERIMENTS,
    path="/api/2.0/mlflow/experiments",
    items="experiments",
    listed=shown.listed_experiment,
    got=shown.experiment,
    parameter="experiment_id",
    missing="Node ID {id} does not exist.",
    paging=Paging(size="max_results", default=1000, largest=50_000),
    making=Making(answer=lambda _call, row: {"experiment_id": row.id}),
)
MODELS = Collection(
    kind=kinds.REGISTERED_MODELS,
    path="/api/2.0/mlflow/registered-models",
    items="registered_models",
    listed=shown.listed_model,
    got=lambda call, row: {"registered_model": shown.listed_model(call, row)},
    by="name",
    parameter="name",
    missing="RegisteredModel '{id}' does not exist.",
    paging=Paging(size="max_results", default=100, largest=1000),
    making=Making(),
)
REPOS = Collection(
    kind=kinds.REPOS,
    path="/api/2.0/repos",
    items="repos",
    listed=shown.repo,
    # The token has the same name in the request as in the answer.
    paging=Paging(token="next_page_token"),  # noqa: S106 - a parameter's name
    making=Making(name="path", content="url"),
    matches=lambda call, row: row.path.startswith(call.query.get("path_prefix", "").removeprefix("/Workspace")),
)
COLLECTIONS = (
    Collection(
        kind=kinds.PIPELINES,
        path="/api/2.0/pipelines",
        items="statuses",
        listed=shown.pipeline,
        got=shown.pipeline_with_spec,
        missing="The specified pipeline {id} was not found.",
        paging=Paging(size="max_results", default=25),
        making=Making(answer=lambda _call, row: {"pipeline_id": row.id}),
        matches=shown.pipeline_matches,
    ),
    Collection(
        kind=kinds.CLUSTER_POLICIES,
        path="/api/2.0/policies/clusters",
        items="policies",
        listed=shown.policy,
        parameter="policy_id",
        making=Making(content="definition", answer=lambda _call, row: {"policy_id": row.id}),
    ),
    Collection(
        kind=kinds.INSTANCE_POOLS,
        path="/api/2.0/instance-pools",
        items="instance_pools",
        listed=shown.pool,
        parameter="instance_pool_id",
        making=Making(name="instance_pool_name", answer=lambda _call, row: {"instance_pool_id": row.id}),
    ),
    ENDPOINTS,
    Collection(
        kind=kinds.VECTOR_SEARCH_ENDPOINTS,
        path="/api/2.0/vector-search/endpoints",
        items="endpoints",
        listed=shown.vector_search_endpoint,
        by="name",
        paging=Paging(),
        making=Making(),
    ),
    EXPERIMENTS,
    MODELS,
    REPOS,
    Collection(
        kind=kinds.DASHBOARDS,
        path="/api/2.0/lakeview/dashboards",
        items="dashboards",
        listed=shown.dashboard,
        missing="Unable to find dashboard [dashboardId={id}]",
        paging=BY_SIZE,
        making=Making(name="display_name"),
    ),
    Collection(
        kind=kinds.GENIE_SPACES,
        path="/api/2.0/genie/spaces",
        items="spaces",
        listed=shown.genie_space,
        missing="Genie space not found",
        paging=BY_SIZE,
        making=Making(name="title"),
    ),
    Collection(
        kind=kinds.QUERIES,
        path="/api/2.0/sql/queries",
        items="results",
        listed=shown.query,
        got=shown.query_in_directory,
        paging=BY_SIZE,
        making=Making(name="display_name", within="query", content="query_text"),
    ),
    Collection(
        kind=kinds.ALERTS,
        path="/api/2.0/alerts",
        items="alerts",
        listed=shown.query,
        got=shown.query_in_directory,
        paging=BY_SIZE,
        making=Making(name="display_name", content="query_text"),
    ),
    Collection(
        kind=kinds.LEGACY_ALERTS,
        path="/api/2.0/sql/alerts",
        items="results",
        listed=shown.query,
        got=shown.query_in_directory,
        paging=BY_SIZE,
        making=Making(name="display_name", within="alert"),
    ),
    Collection(
        kind=kinds.LEGACY_DASHBOARDS,
        path="/api/2.0/preview/sql/dashboards",
        items="results",
        listed=shown.legacy_dashboard,
        paging=Paging(size="page_size", default=25, largest=250, numbered=True),
    ),
    Collection(kind=kinds.APPS, path="/api/2.0/apps", items="apps", listed=shown.app, paging=BY_SIZE, making=Making()),
    Collection(
        kind=kinds.DATABASE_INSTANCES,
        path="/api/2.0/database/instances",
        items="database_instances",
        listed=shown.database_instance,
        missing="DatabaseInstance not found: {id}",
        paging=BY_SIZE,
        making=Making(),
    ),
    Collection(
        kind=kinds.DATABASE_PROJECTS,
        path="/api/2.0/postgres/projects",
        items="projects",
        listed=shown.database_project,
        paging=BY_SIZE,
    ),
    Collection(
        kind=kinds.KNOWLEDGE_ASSISTANTS,
        path="/api/2.1/knowledge-assistants",
        items="knowledge_assistants",
        listed=shown.knowledge_assistant,
        paging=BY_SIZE,
        making=Making(name="display_name"),
    ),
    Collection(
        kind=kinds.SUPERVISOR_AGENTS,
        path="/api/2.1/supervisor-agents",
        items="supervisor_agents",
        listed=shown.supervisor_agent,
        paging=BY_SIZE,
        making=Making(name="display_name"),
    ),
)
