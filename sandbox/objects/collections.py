"""The kinds of plain object, each with its path and its fields (api-facts: 7.1, 7.2)."""

import fnmatch
import re

from sandbox.clock import epoch_ms, rfc3339
from sandbox.errors import InvalidParameterValueError, Json
from sandbox.objects.collection import Collection, Making, Paging
from sandbox.objects.rows import NamedObject
from sandbox.permissions import kinds
from sandbox.permissions.kind import ObjectKind
from sandbox.routing import Call
from sandbox.workspace_tree.nodes import DASHBOARD_SUFFIX

BY_SIZE = Paging(size="page_size")
BY_RESULTS = Paging(size="max_results")


def _level(call: Call, kind: ObjectKind, row: NamedObject) -> str:
    return call.workspace.objects.level(call.caller, kind, row)


def _pipeline(call: Call, row: NamedObject) -> Json:
    return {
        "pipeline_id": row.id,
        "name": row.name,
        "state": call.workspace.pipelines.state_of(row),
        "creator_user_name": row.creator_name,
        "run_as_user_name": row.creator_name,
    }


def _pipeline_with_spec(call: Call, row: NamedObject) -> Json:
    return {**_pipeline(call, row), "spec": {"id": row.id, "name": row.name, "continuous": False, "development": False}}


def _pipeline_matches(call: Call, row: NamedObject) -> bool:
    """`filter=name LIKE 'orders-%'`; the only one that is known here."""
    given = call.query.get("filter")
    if not given:
        return True
    found = re.fullmatch(r"\s*name\s+LIKE\s+'([^']*)'\s*", given, re.IGNORECASE)
    if found is None:
        raise InvalidParameterValueError(f"The filter {given} is not supported; use name LIKE '...'.")
    pattern = "".join({"%": "*", "_": "?"}.get(letter, f"[{letter}]" if letter in "*?[" else letter) for letter in found[1])
    return fnmatch.fnmatchcase(row.name.lower(), pattern.lower())


def _policy(_call: Call, row: NamedObject) -> Json:
    made = epoch_ms(row.created_at)
    names = {"policy_id": row.id, "name": row.name, "creator_user_name": row.creator_name}
    return {**names, "created_at_timestamp": made, "definition": row.content or "{}", "is_default": False}


def _pool(_call: Call, row: NamedObject) -> Json:
    sizes = {"min_idle_instances": 0, "max_capacity": 20, "idle_instance_autotermination_minutes": 15}
    return {"instance_pool_id": row.id, "instance_pool_name": row.name, "node_type_id": "m5d.large", "state": "ACTIVE", **sizes}


def _endpoint(_call: Call, row: NamedObject) -> Json:
    made = epoch_ms(row.created_at)
    state = {"ready": "READY", "config_update": "NOT_UPDATING"}
    return {"id": row.id, "name": row.name, "creator": row.creator_name, "creation_timestamp": made, "state": state}


def _endpoint_with_level(call: Call, row: NamedObject) -> Json:
    return {**_endpoint(call, row), "permission_level": _level(call, kinds.SERVING_ENDPOINTS, row)}


def _vector_search_endpoint(_call: Call, row: NamedObject) -> Json:
    made = epoch_ms(row.created_at)
    state = {"endpoint_status": {"state": "ONLINE"}, "endpoint_type": "STANDARD", "num_indexes": 0}
    return {"id": row.id, "name": row.name, "creator": row.creator_name, "creation_timestamp": made, **state}


def _experiment(_call: Call, row: NamedObject) -> Json:
    made = {"creation_time": epoch_ms(row.created_at), "last_update_time": epoch_ms(row.created_at)}
    return {"experiment_id": row.id, "name": row.path, "lifecycle_stage": "active", **made}


def experiment(call: Call, row: NamedObject) -> Json:
    return {"experiment": _experiment(call, row)}


def _model(_call: Call, row: NamedObject) -> Json:
    made = epoch_ms(row.created_at)
    return {"name": row.name, "creation_timestamp": made, "last_updated_timestamp": made, "user_id": row.creator_name}


def model(call: Call, row: NamedObject) -> Json:
    """The only answer with a model's id."""
    level = _level(call, kinds.REGISTERED_MODELS, row)
    return {"registered_model_databricks": {**_model(call, row), "id": row.id, "permission_level": level}}


def repo(_call: Call, row: NamedObject) -> Json:
    return {"id": int(row.id), "path": row.path, "url": row.content, "provider": "gitHub", "branch": "main"}


def _dashboard(_call: Call, row: NamedObject) -> Json:
    made = {"create_time": rfc3339(row.created_at), "update_time": rfc3339(row.created_at)}
    where = {"path": row.path + DASHBOARD_SUFFIX, "parent_path": row.folder}
    return {"dashboard_id": row.id, "display_name": row.name, "lifecycle_state": "ACTIVE", **where, **made}


def _genie_space(_call: Call, row: NamedObject) -> Json:
    return {"space_id": row.id, "title": row.name, "parent_path": row.folder}


def _query(_call: Call, row: NamedObject) -> Json:
    made = {"create_time": rfc3339(row.created_at), "update_time": rfc3339(row.created_at)}
    names = {"id": row.id, "display_name": row.name, "owner_user_name": row.creator_name}
    return {**names, "query_text": row.content, "lifecycle_state": "ACTIVE", **made}


def _legacy_dashboard(_call: Call, row: NamedObject) -> Json:
    made = {"created_at": rfc3339(row.created_at), "updated_at": rfc3339(row.created_at)}
    return {"id": row.id, "name": row.name, "parent": f"folders{row.folder}", **made}


def _within_directory(call: Call, row: NamedObject) -> Json:
    return {**_query(call, row), "parent_path": row.folder}


def _app(call: Call, row: NamedObject) -> Json:
    states = {"compute_status": {"state": "ACTIVE"}, "app_status": {"state": "RUNNING"}}
    return {"name": row.name, "creator": row.creator_name, "url": f"http://{call.headers['host']}/apps/{row.name}", **states}


def _database_instance(_call: Call, row: NamedObject) -> Json:
    made = {"creation_time": rfc3339(row.created_at), "creator": row.creator_name}
    return {"name": row.name, "state": "AVAILABLE", "capacity": "CU_1", **made}


def _database_project(_call: Call, row: NamedObject) -> Json:
    status = {"project_id": row.id, "display_name": row.name, "owner": row.creator_name}
    return {"name": f"projects/{row.id}", "project_id": row.id, "create_time": rfc3339(row.created_at), "status": status}


def _knowledge_assistant(_call: Call, row: NamedObject) -> Json:
    made = {"create_time": rfc3339(row.created_at), "creator": row.creator_name}
    return {"name": f"knowledge-assistants/{row.id}", "id": row.id, "display_name": row.name, "state": "ACTIVE", **made}


def _supervisor_agent(_call: Call, row: NamedObject) -> Json:
    made = {"create_time": rfc3339(row.created_at), "creator": row.creator_name}
    return {"name": f"supervisor-agents/{row.id}", "supervisor_agent_id": row.id, "display_name": row.name, **made}


ENDPOINTS = Collection(
    kind=kinds.SERVING_ENDPOINTS,
    path="/api/2.0/serving-endpoints",
    items="endpoints",
    listed=_endpoint,
    got=_endpoint_with_level,
    by="name",
    missing="Serving endpoint with name {id} not found",
    making=Making(),
)
EXPERIMENTS = Collection(
    kind=kinds.EXPERIMENTS,
    path="/api/2.0/mlflow/experiments",
    items="experiments",
    listed=_experiment,
    got=experiment,
    parameter="experiment_id",
    missing="Node ID {id} does not exist.",
    paging=Paging(size="max_results", default=1000, largest=50_000),
    making=Making(answer=lambda _call, row: {"experiment_id": row.id}),
)
MODELS = Collection(
    kind=kinds.REGISTERED_MODELS,
    path="/api/2.0/mlflow/registered-models",
    items="registered_models",
    listed=_model,
    got=lambda call, row: {"registered_model": _model(call, row)},
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
    listed=repo,
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
        listed=_pipeline,
        got=_pipeline_with_spec,
        missing="The specified pipeline {id} was not found.",
        paging=Paging(size="max_results", default=25),
        making=Making(answer=lambda _call, row: {"pipeline_id": row.id}),
        matches=_pipeline_matches,
    ),
    Collection(
        kind=kinds.CLUSTER_POLICIES,
        path="/api/2.0/policies/clusters",
        items="policies",
        listed=_policy,
        parameter="policy_id",
        making=Making(content="definition", answer=lambda _call, row: {"policy_id": row.id}),
    ),
    Collection(
        kind=kinds.INSTANCE_POOLS,
        path="/api/2.0/instance-pools",
        items="instance_pools",
        listed=_pool,
        parameter="instance_pool_id",
        making=Making(name="instance_pool_name", answer=lambda _call, row: {"instance_pool_id": row.id}),
    ),
    ENDPOINTS,
    Collection(
        kind=kinds.VECTOR_SEARCH_ENDPOINTS,
        path="/api/2.0/vector-search/endpoints",
        items="endpoints",
        listed=_vector_search_endpoint,
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
        listed=_dashboard,
        missing="Unable to find dashboard [dashboardId={id}]",
        paging=BY_SIZE,
        making=Making(name="display_name"),
    ),
    Collection(
        kind=kinds.GENIE_SPACES,
        path="/api/2.0/genie/spaces",
        items="spaces",
        listed=_genie_space,
        missing="Genie space not found",
        paging=BY_SIZE,
        making=Making(name="title"),
    ),
    Collection(
        kind=kinds.QUERIES,
        path="/api/2.0/sql/queries",
        items="results",
        listed=_query,
        got=_within_directory,
        paging=BY_SIZE,
        making=Making(name="display_name", within="query", content="query_text"),
    ),
    Collection(
        kind=kinds.ALERTS,
        path="/api/2.0/alerts",
        items="alerts",
        listed=_query,
        got=_within_directory,
        paging=BY_SIZE,
        making=Making(name="display_name", content="query_text"),
    ),
    Collection(
        kind=kinds.LEGACY_ALERTS,
        path="/api/2.0/sql/alerts",
        items="results",
        listed=_query,
        got=_within_directory,
        paging=BY_SIZE,
        making=Making(name="display_name", within="alert"),
    ),
    Collection(
        kind=kinds.LEGACY_DASHBOARDS,
        path="/api/2.0/preview/sql/dashboards",
        items="results",
        listed=_legacy_dashboard,
        paging=Paging(size="page_size", default=25, largest=250, numbered=True),
    ),
    Collection(kind=kinds.APPS, path="/api/2.0/apps", items="apps", listed=_app, paging=BY_SIZE, making=Making()),
    Collection(
        kind=kinds.DATABASE_INSTANCES,
        path="/api/2.0/database/instances",
        items="database_instances",
        listed=_database_instance,
        missing="DatabaseInstance not found: {id}",
        paging=BY_SIZE,
        making=Making(),
    ),
    Collection(
        kind=kinds.DATABASE_PROJECTS,
        path="/api/2.0/postgres/projects",
        items="projects",
        listed=_database_project,
        paging=BY_SIZE,
    ),
    Collection(
        kind=kinds.KNOWLEDGE_ASSISTANTS,
        path="/api/2.1/knowledge-assistants",
        items="knowledge_assistants",
        listed=_knowledge_assistant,
        paging=BY_SIZE,
        making=Making(name="display_name"),
    ),
    Collection(
        kind=kinds.SUPERVISOR_AGENTS,
        path="/api/2.1/supervisor-agents",
        items="supervisor_agents",
        listed=_supervisor_agent,
        paging=BY_SIZE,
        making=Making(name="display_name"),
    ),
)
