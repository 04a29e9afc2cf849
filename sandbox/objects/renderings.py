"""The kinds of plain object as they are answered (api-facts: 7.2)."""

import fnmatch
import re

from sandbox.clock import epoch_ms, rfc3339
from sandbox.errors import InvalidParameterValueError, Json
from sandbox.objects.rows import NamedObject
from sandbox.permissions import kinds
from sandbox.permissions.kind import ObjectKind
from sandbox.routing import Call
from sandbox.workspace_tree.nodes import DASHBOARD_SUFFIX


def _level(call: Call, kind: ObjectKind, row: NamedObject) -> str:
    return call.workspace.objects.level(call.caller, kind, row)


def pipeline(call: Call, row: NamedObject) -> Json:
    return {
        "pipeline_id": row.id,
        "name": row.name,
        "state": call.workspace.pipelines.state_of(row),
        "creator_user_name": row.creator_name,
        "run_as_user_name": row.creator_name,
    }


def pipeline_with_spec(call: Call, row: NamedObject) -> Json:
    return {**pipeline(call, row), "spec": {"id": row.id, "name": row.name, "continuous": False, "development": False}}


def pipeline_matches(call: Call, row: NamedObject) -> bool:
    """`filter=name LIKE 'orders-%'`; the only one that is known here."""
    given = call.query.get("filter")
    if not given:
        return True
    found = re.fullmatch(r"\s*name\s+LIKE\s+'([^']*)'\s*", given, re.IGNORECASE)
    if found is None:
        raise InvalidParameterValueError(f"The filter {given} is not supported; use name LIKE '...'.")
    pattern = "".join({"%": "*", "_": "?"}.get(letter, f"[{letter}]" if letter in "*?[" else letter) for letter in found[1])
    return fnmatch.fnmatchcase(row.name.lower(), pattern.lower())


def policy(_call: Call, row: NamedObject) -> Json:
    made = epoch_ms(row.created_at)
    names = {"policy_id": row.id, "name": row.name, "creator_user_name": row.creator_name}
    return {**names, "created_at_timestamp": made, "definition": row.content or "{}", "is_default": False}


def pool(_call: Call, row: NamedObject) -> Json:
    sizes = {"min_idle_instances": 0, "max_capacity": 20, "idle_instance_autotermination_minutes": 15}
    return {"instance_pool_id": row.id, "instance_pool_name": row.name, "node_type_id": "m5d.large", "state": "ACTIVE", **sizes}


def endpoint(_call: Call, row: NamedObject) -> Json:
    made = epoch_ms(row.created_at)
    state = {"ready": "READY", "config_update": "NOT_UPDATING"}
    return {"id": row.id, "name": row.name, "creator": row.creator_name, "creation_timestamp": made, "state": state}


def endpoint_with_level(call: Call, row: NamedObject) -> Json:
    return {**endpoint(call, row), "permission_level": _level(call, kinds.SERVING_ENDPOINTS, row)}


def vector_search_endpoint(_call: Call, row: NamedObject) -> Json:
    made = epoch_ms(row.created_at)
    state = {"endpoint_status": {"state": "ONLINE"}, "endpoint_type": "STANDARD", "num_indexes": 0}
    return {"id": row.id, "name": row.name, "creator": row.creator_name, "creation_timestamp": made, **state}


def listed_experiment(_call: Call, row: NamedObject) -> Json:
    made = {"creation_time": epoch_ms(row.created_at), "last_update_time": epoch_ms(row.created_at)}
    return {"experiment_id": row.id, "name": row.path, "lifecycle_stage": "active", **made}


def experiment(call: Call, row: NamedObject) -> Json:
    return {"experiment": listed_experiment(call, row)}


def listed_model(_call: Call, row: NamedObject) -> Json:
    made = epoch_ms(row.created_at)
    return {"name": row.name, "creation_timestamp": made, "last_updated_timestamp": made, "user_id": row.creator_name}


def model(call: Call, row: NamedObject) -> Json:
    """The only answer with a model's id."""
    level = _level(call, kinds.REGISTERED_MODELS, row)
    return {"registered_model_databricks": {**listed_model(call, row), "id": row.id, "permission_level": level}}


def repo(_call: Call, row: NamedObject) -> Json:
    return {"id": int(row.id), "path": row.path, "url": row.content, "provider": "gitHub", "branch": "main"}


def dashboard(_call: Call, row: NamedObject) -> Json:
    made = {"create_time": rfc3339(row.created_at), "update_time": rfc3339(row.created_at)}
    where = {"path": row.path + DASHBOARD_SUFFIX, "parent_path": row.folder}
    return {"dashboard_id": row.id, "display_name": row.name, "lifecycle_state": "ACTIVE", **where, **made}


def genie_space(_call: Call, row: NamedObject) -> Json:
    return {"space_id": row.id, "title": row.name, "parent_path": row.folder}


def query(_call: Call, row: NamedObject) -> Json:
    made = {"create_time": rfc3339(row.created_at), "update_time": rfc3339(row.created_at)}
    names = {"id": row.id, "display_name": row.name, "owner_user_name": row.creator_name}
    return {**names, "query_text": row.content, "lifecycle_state": "ACTIVE", **made}


def legacy_dashboard(_call: Call, row: NamedObject) -> Json:
    made = {"created_at": rfc3339(row.created_at), "updated_at": rfc3339(row.created_at)}
    return {"id": row.id, "name": row.name, "parent": f"folders{row.folder}", **made}


def query_in_directory(call: Call, row: NamedObject) -> Json:
    return {**query(call, row), "parent_path": row.folder}


def app(call: Call, row: NamedObject) -> Json:
    states = {"compute_status": {"state": "ACTIVE"}, "app_status": {"state": "RUNNING"}}
    return {"name": row.name, "creator": row.creator_name, "url": f"http://{call.headers['host']}/apps/{row.name}", **states}


def database_instance(_call: Call, row: NamedObject) -> Json:
    made = {"creation_time": rfc3339(row.created_at), "creator": row.creator_name}
    return {"name": row.name, "state": "AVAILABLE", "capacity": "CU_1", **made}


def database_project(_call: Call, row: NamedObject) -> Json:
    status = {"project_id": row.id, "display_name": row.name, "owner": row.creator_name}
    return {"name": f"projects/{row.id}", "project_id": row.id, "create_time": rfc3339(row.created_at), "status": status}


def knowledge_assistant(_call: Call, row: NamedObject) -> Json:
    made = {"create_time": rfc3339(row.created_at), "creator": row.creator_name}
    return {"name": f"knowledge-assistants/{row.id}", "id": row.id, "display_name": row.name, "state": "ACTIVE", **made}


def supervisor_agent(_call: Call, row: NamedObject) -> Json:
    made = {"create_time": rfc3339(row.created_at), "creator": row.creator_name}
    return {"name": f"supervisor-agents/{row.id}", "supervisor_agent_id": row.id, "display_name": row.name, **made}
