"""What the Permissions API guards: one row a kind of object, and nothing else that tells them apart (api-facts: 5.2)."""

from sandbox.clusters.rows import Cluster
from sandbox.jobs.rows import Job
from sandbox.objects import ids
from sandbox.permissions.kind import ADVICE, FOLDER_LEVELS, MANAGE, OWNER, ObjectKind
from sandbox.warehouses.rows import Warehouse

PEOPLE = ("workspace-access",)
SQL = ("databricks-sql-access", "workspace-access")
CONSUMERS = (*SQL, "workspace-consume")

OLD_VIEW = {"CAN_VIEW": "CAN_READ"}
NOT_FOUND = "{type} {{id}} not found."
"""As the newer kinds say it (api-facts: 5.6)."""

WAREHOUSES = ObjectKind(
    row_type=Warehouse,
    request_types=("sql/warehouses", "warehouses"),
    object_type="warehouses",
    noun="warehouse",
    known_as="SQL warehouse",
    levels=("CAN_VIEW", "CAN_USE", "CAN_MONITOR", MANAGE, OWNER),
    entitlements=("databricks-sql-access", "workspace-consume"),
    owners="at most one",
    missing="The warehouse {id} does not exist.",
    refusals={
        "CAN_USE": "{app} is not authorized to use this SQL Endpoint. Please contact your administrator.",
        MANAGE: "{app} is not authorized to manage this SQL Endpoint. Please contact your administrator.",
    },
)
CLUSTERS = ObjectKind(
    row_type=Cluster,
    request_types=("clusters",),
    object_type="cluster",
    noun="cluster",
    levels=("CAN_ATTACH_TO", "CAN_RESTART", MANAGE),
    entitlements=PEOPLE,
    missing="Cluster {id} does not exist",
    no_access_to_list=f"{{app}} does not have Owner permissions on {{name}}. {ADVICE}",
)
CLUSTER_POLICIES = ObjectKind(
    request_types=("cluster-policies",),
    object_type="cluster-policy",
    noun="cluster policy",
    levels=("CAN_USE",),
    entitlements=PEOPLE,
    make_id=ids.hex16,
    made_by_admins=True,
    admins_from="/cluster-policies/cluster-policies",
)
INSTANCE_POOLS = ObjectKind(
    request_types=("instance-pools",),
    object_type="instance-pool",
    noun="instance pool",
    levels=("CAN_ATTACH_TO", MANAGE),
    entitlements=PEOPLE,
    make_id=ids.of_pool,
    unique_names=False,
    made_with="allow-instance-pool-create",
)
JOBS = ObjectKind(
    row_type=Job,
    request_types=("jobs",),
    object_type="job",
    noun="job",
    levels=("CAN_VIEW", "CAN_MANAGE_RUN", MANAGE, OWNER),
    entitlements=PEOPLE,
    owners="exactly one",
    missing="Job {id} does not exist.",
    no_access_to_list=f"{{app}} does not have Manage permissions on Job with ID: ElasticJobId({{id}}). {ADVICE}",
    refusals={
        "CAN_VIEW": "User {app} does not have View or Admin or Manage Run or Owner permissions on job {id}",
        "CAN_MANAGE_RUN": "User {app} does not have Manage Run or Owner or Admin permissions on job {id}",
        MANAGE: "User {app} does not have Admin or Owner permissions on job {id}",
    },
)
PIPELINES = ObjectKind(
    request_types=("pipelines",),
    object_type="pipelines",
    noun="pipeline",
    levels=("CAN_VIEW", "CAN_RUN", MANAGE, OWNER),
    entitlements=PEOPLE,
    make_id=ids.uuid,
    owners="exactly one",
    refusals={
        "CAN_VIEW": f"{{app}} does not have View permissions on pipeline {{id}}. {ADVICE}",
        "CAN_RUN": f"{{app}} does not have Run permissions on pipeline {{id}}. {ADVICE}",
        MANAGE: f"{{app}} does not have Manage permissions on pipeline {{id}}. {ADVICE}",
    },
)


def _in_the_tree(request_type: str, noun: str, *, known_as: str = "", root: str = "", name_is_path: bool = False) -> ObjectKind:
    return ObjectKind(
        request_types=(request_type,),
        object_type=noun,
        noun=noun,
        known_as=known_as,
        levels=FOLDER_LEVELS,
        entitlements=PEOPLE,
        make_id=ids.number,
        name_is_path=name_is_path,
        inherits_from="directories",
        root=root,
        # Seen without the two words that other kinds end with (api-facts: 8.2).
        no_access_to_list="{app} does not have Manage permissions on {name}. Please contact the owner or an administrator.",
    )


NOTEBOOKS = _in_the_tree("notebooks", "notebook")
DIRECTORIES = _in_the_tree("directories", "directory", root="0")
FILES = _in_the_tree("files", "file")
REPOS = _in_the_tree("repos", "repo", known_as="Git folder", name_is_path=True)
EXPERIMENTS = ObjectKind(
    request_types=("experiments",),
    object_type="mlflowExperiment",
    noun="experiment",
    levels=("CAN_READ", "CAN_EDIT", MANAGE),
    entitlements=PEOPLE,
    make_id=ids.number,
    name_is_path=True,
    inherits_from="directories",
)
REGISTERED_MODELS = ObjectKind(
    request_types=("registered-models",),
    object_type="registered-model",
    noun="registered model",
    levels=("CAN_READ", "CAN_EDIT", "CAN_MANAGE_STAGING_VERSIONS", "CAN_MANAGE_PRODUCTION_VERSIONS", MANAGE),
    entitlements=PEOPLE,
    make_id=ids.hex32,
    inherits_from="root",
    root="root",
    root_keeps_admins="Cannot change permissions for group 'admins' to None.",
)
SERVING_ENDPOINTS = ObjectKind(
    request_types=("serving-endpoints",),
    object_type="serving-endpoint",
    noun="serving endpoint",
    name_form="[A-Za-z0-9_-]+",
    levels=("CAN_VIEW", "CAN_QUERY", MANAGE),
    make_id=ids.hex32,
)
VECTOR_SEARCH_ENDPOINTS = ObjectKind(
    request_types=("vector-search-endpoints",),
    object_type="vector-search-endpoints",
    noun="vector search endpoint",
    levels=("CAN_USE", MANAGE),
    missing=NOT_FOUND.format(type="vector-search-endpoints"),
    make_id=ids.uuid,
)


def _in_a_directory(
    *request_types: str,
    object_type: str,
    noun: str,
    known_as: str = "",
    make_id: ids.MakeId,
    entitlements: tuple[str, ...],
    missing: str = "",
    is_old: bool = True,
) -> ObjectKind:
    return ObjectKind(
        request_types=request_types,
        object_type=object_type,
        noun=noun,
        known_as=known_as,
        levels=FOLDER_LEVELS,
        old_levels=OLD_VIEW if is_old else {},
        entitlements=entitlements,
        make_id=make_id,
        unique_names=False,
        inherits_from="directories",
        has_object_id=object_type != "genie-space",
        missing=missing,
    )


DASHBOARDS = _in_a_directory(
    "dashboards", object_type="dashboard", noun="dashboard", make_id=ids.hex32, entitlements=CONSUMERS, is_old=False
)
LEGACY_DASHBOARDS = _in_a_directory(
    "dbsql-dashboards",
    object_type="dbsql-dashboard",
    noun="legacy dashboard",
    known_as="legacy SQL dashboard",
    make_id=ids.uuid,
    entitlements=SQL,
)
QUERIES = _in_a_directory("sql/queries", "queries", object_type="query", noun="query", make_id=ids.uuid, entitlements=SQL)
LEGACY_ALERTS = _in_a_directory("sql/alerts", "alerts", object_type="alert", noun="legacy alert", make_id=ids.uuid, entitlements=SQL)
ALERTS = _in_a_directory(
    "alertsv2",
    object_type="alertv2",
    noun="alert",
    make_id=ids.uuid,
    entitlements=SQL,
    missing=NOT_FOUND.format(type="alertsv2"),
    is_old=False,
)
GENIE_SPACES = _in_a_directory(
    "genie",
    object_type="genie-space",
    noun="Genie space",
    make_id=ids.hex32,
    entitlements=CONSUMERS,
    missing=NOT_FOUND.format(type="genie"),
)


def _newer(request_type: str, noun: str, lowest: str, *, make_id: ids.MakeId | None = None, unique_names: bool = True) -> ObjectKind:
    return ObjectKind(
        request_types=(request_type,),
        object_type=request_type,
        noun=noun,
        levels=(lowest, MANAGE),
        make_id=make_id,
        # Of apps by the SDK's docstring; of others whose name is their id inferred.
        name_form="" if make_id else "[A-Za-z0-9-]+",
        unique_names=unique_names,
        missing=NOT_FOUND.format(type=request_type),
    )


APPS = _newer("apps", "app", "CAN_USE")
DATABASE_INSTANCES = _newer("database-instances", "database instance", "CAN_USE")
DATABASE_PROJECTS = _newer("database-projects", "database project", "CAN_USE")
KNOWLEDGE_ASSISTANTS = _newer("knowledge-assistants", "knowledge assistant", "CAN_QUERY", make_id=ids.uuid, unique_names=False)
SUPERVISOR_AGENTS = _newer("supervisor-agents", "supervisor agent", "CAN_QUERY", make_id=ids.uuid, unique_names=False)
AUTHORIZATION = ObjectKind(
    request_types=("authorization",),
    # Each is its own type: `tokens`, `passwords`.
    object_type="{id}",
    noun="authorization",
    known_as="login method",
    levels=("CAN_USE", MANAGE),
    root="tokens",
    fewer_levels={"passwords": ("CAN_USE",)},
    missing="{id} {id} does not exist",
)

KINDS = (
    WAREHOUSES,
    CLUSTERS,
    CLUSTER_POLICIES,
    INSTANCE_POOLS,
    JOBS,
    PIPELINES,
    NOTEBOOKS,
    DIRECTORIES,
    FILES,
    REPOS,
    EXPERIMENTS,
    REGISTERED_MODELS,
    SERVING_ENDPOINTS,
    VECTOR_SEARCH_ENDPOINTS,
    DASHBOARDS,
    LEGACY_DASHBOARDS,
    QUERIES,
    LEGACY_ALERTS,
    ALERTS,
    GENIE_SPACES,
    APPS,
    DATABASE_INSTANCES,
    DATABASE_PROJECTS,
    KNOWLEDGE_ASSISTANTS,
    SUPERVISOR_AGENTS,
    AUTHORIZATION,
)
BY_REQUEST_TYPE = {request_type: kind for kind in KINDS for request_type in kind.request_types}

DESCRIPTIONS = {
    "CAN_VIEW": "Can view",
    "CAN_READ": "Can read",
    "CAN_USE": "Can use",
    "CAN_QUERY": "Can query",
    "CAN_RUN": "Can run",
    "CAN_EDIT": "Can edit",
    "CAN_MONITOR": "Can monitor",
    "CAN_ATTACH_TO": "Can attach to",
    "CAN_RESTART": "Can restart",
    "CAN_MANAGE_RUN": "Can manage runs",
    "CAN_MANAGE_STAGING_VERSIONS": "Can manage staging versions",
    "CAN_MANAGE_PRODUCTION_VERSIONS": "Can manage production versions",
    MANAGE: "Can manage",
    OWNER: "Is owner",
}
