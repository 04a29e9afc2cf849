"""The kinds of object, in the order in which a stack file's documentation has them. (api-facts: 5.2, 7.1)"""

from collections.abc import Mapping
from types import MappingProxyType

from model.kinds.kind import Fixed, Listing, Lookup, ObjectKind

_PEOPLE = ("workspace-access",)
_SQL = ("databricks-sql-access", "workspace-access")
_CONSUMERS = ("databricks-sql-access", "workspace-access", "workspace-consume")

_READ_TO_MANAGE = ("CAN_READ", "CAN_RUN", "CAN_EDIT", "CAN_MANAGE")
_OLD_VIEW = MappingProxyType({"CAN_VIEW": "CAN_READ"})
_USE_TO_MANAGE = ("CAN_USE", "CAN_MANAGE")
_QUERY_TO_MANAGE = ("CAN_QUERY", "CAN_MANAGE")
_PAGES_OF_100 = MappingProxyType({"page_size": 100})

_ROWS = (
    ObjectKind(
        key="warehouses",
        noun="SQL warehouse",
        also=("sql_endpoints", "endpoints"),
        request_type="sql/warehouses",
        levels=("CAN_VIEW", "CAN_USE", "CAN_MONITOR", "CAN_MANAGE", "IS_OWNER"),
        entitlements=("databricks-sql-access", "workspace-consume"),
        found=Listing(
            "/api/2.0/sql/warehouses", items="warehouses", name="name", id="id", apart=("creator_name",), page_size=_PAGES_OF_100
        ),
        seen_at="/api/2.0/sql/warehouses/{id}",
    ),
    ObjectKind(
        key="clusters",
        noun="cluster",
        also=("compute",),
        request_type="clusters",
        levels=("CAN_ATTACH_TO", "CAN_RESTART", "CAN_MANAGE"),
        entitlements=_PEOPLE,
        found=Listing(
            "/api/2.1/clusters/list",
            items="clusters",
            name="cluster_name",
            id="cluster_id",
            apart=("creator_user_name",),
            page_size=_PAGES_OF_100,
        ),
        seen_at="/api/2.1/clusters/get?cluster_id={id}",
    ),
    ObjectKind(
        key="cluster_policies",
        noun="cluster policy",
        also=("policies",),
        request_type="cluster-policies",
        levels=("CAN_USE",),
        entitlements=_PEOPLE,
        found=Listing("/api/2.0/policies/clusters/list", items="policies", name="name", id="policy_id"),
        seen_at="/api/2.0/policies/clusters/get?policy_id={id}",
    ),
    ObjectKind(
        key="instance_pools",
        noun="instance pool",
        also=("pools",),
        request_type="instance-pools",
        levels=("CAN_ATTACH_TO", "CAN_MANAGE"),
        entitlements=_PEOPLE,
        found=Listing("/api/2.0/instance-pools/list", items="instance_pools", name="instance_pool_name", id="instance_pool_id"),
        seen_at="/api/2.0/instance-pools/get?instance_pool_id={id}",
    ),
    ObjectKind(
        key="jobs",
        noun="job",
        also=("workflows",),
        request_type="jobs",
        levels=("CAN_VIEW", "CAN_MANAGE_RUN", "CAN_MANAGE", "IS_OWNER"),
        entitlements=_PEOPLE,
        found=Listing(
            "/api/2.2/jobs/list",
            items="jobs",
            name="settings.name",
            id="job_id",
            apart=("creator_user_name",),
            query="name",
            page_size=MappingProxyType({"limit": 100}),
        ),
        seen_at="/api/2.2/jobs/get?job_id={id}",
    ),
    ObjectKind(
        key="pipelines",
        noun="pipeline",
        also=("delta_live_tables",),
        request_type="pipelines",
        levels=("CAN_VIEW", "CAN_RUN", "CAN_MANAGE", "IS_OWNER"),
        entitlements=_PEOPLE,
        found=Listing(
            "/api/2.0/pipelines",
            items="statuses",
            name="name",
            id="pipeline_id",
            apart=("creator_user_name",),
            page_size=MappingProxyType({"max_results": 100}),
        ),
        seen_at="/api/2.0/pipelines/{id}",
    ),
    *(
        ObjectKind(
            key=key,
            noun=noun,
            also=also,
            request_type=key,
            levels=_READ_TO_MANAGE,
            entitlements=_PEOPLE,
            found=Lookup("/api/2.0/workspace/get-status", query="path", id="object_id", name="path", type=object_type),
            seen_at="/api/2.0/workspace/get-status?path={name}",
        )
        for key, noun, object_type, also in (
            ("notebooks", "notebook", "NOTEBOOK", ()),
            ("directories", "directory", "DIRECTORY", ("folders",)),
            ("files", "workspace file", "FILE", ()),
            ("repos", "Git folder", "REPO", ("git_repos", "repositories")),
        )
    ),
    ObjectKind(
        key="experiments",
        noun="experiment",
        request_type="experiments",
        levels=("CAN_READ", "CAN_EDIT", "CAN_MANAGE"),
        entitlements=_PEOPLE,
        found=Lookup(
            "/api/2.0/mlflow/experiments/get-by-name",
            query="experiment_name",
            id="experiment.experiment_id",
            name="experiment.name",
            others=Listing("/api/2.0/mlflow/experiments/list", items="experiments", name="name", id="experiment_id"),
        ),
        seen_at="/api/2.0/mlflow/experiments/get?experiment_id={id}",
    ),
    ObjectKind(
        key="registered_models",
        noun="workspace model",
        request_type="registered-models",
        levels=("CAN_READ", "CAN_EDIT", "CAN_MANAGE_STAGING_VERSIONS", "CAN_MANAGE_PRODUCTION_VERSIONS", "CAN_MANAGE"),
        entitlements=_PEOPLE,
        found=Lookup(
            "/api/2.0/mlflow/databricks/registered-models/get",
            query="name",
            id="registered_model_databricks.id",
            name="registered_model_databricks.name",
            form="name",
            # A listing has no ids, but names.
            others=Listing("/api/2.0/mlflow/registered-models/list", items="registered_models", name="name", id="name"),
        ),
        seen_at="/api/2.0/mlflow/databricks/registered-models/get?name={name}",
    ),
    ObjectKind(
        key="serving_endpoints",
        noun="serving endpoint",
        also=("endpoints", "model_serving"),
        request_type="serving-endpoints",
        levels=("CAN_VIEW", "CAN_QUERY", "CAN_MANAGE"),
        found=Listing("/api/2.0/serving-endpoints", items="endpoints", name="name", id="id"),
        seen_at="/api/2.0/serving-endpoints/{name}",
    ),
    ObjectKind(
        key="vector_search_endpoints",
        noun="vector search endpoint",
        also=("endpoints", "vector_search"),
        request_type="vector-search-endpoints",
        levels=_USE_TO_MANAGE,
        found=Listing("/api/2.0/vector-search/endpoints", items="endpoints", name="name", id="id"),
        seen_at="/api/2.0/vector-search/endpoints/{name}",
    ),
    ObjectKind(
        key="dashboards",
        noun="dashboard",
        also=("lakeview",),
        request_type="dashboards",
        levels=_READ_TO_MANAGE,
        entitlements=_CONSUMERS,
        found=Listing(
            "/api/2.0/lakeview/dashboards",
            items="dashboards",
            name="display_name",
            id="dashboard_id",
            apart=("path", "create_time"),
            page_size=_PAGES_OF_100,
        ),
        seen_at="/api/2.0/lakeview/dashboards/{id}",
    ),
    ObjectKind(
        key="legacy_dashboards",
        noun="legacy SQL dashboard",
        also=("sql_dashboards",),
        request_type="dbsql-dashboards",
        levels=_READ_TO_MANAGE,
        old_levels=_OLD_VIEW,
        entitlements=_SQL,
        found=Listing(
            "/api/2.0/preview/sql/dashboards",
            items="results",
            name="name",
            id="id",
            apart=("user.email",),
            page_size=_PAGES_OF_100,
            numbered=True,
        ),
        seen_at="/api/2.0/preview/sql/dashboards/{id}",
    ),
    ObjectKind(
        key="genie_spaces",
        noun="Genie space",
        request_type="genie",
        levels=_READ_TO_MANAGE,
        old_levels=_OLD_VIEW,
        entitlements=_CONSUMERS,
        found=Listing(
            "/api/2.0/genie/spaces", items="spaces", name="title", id="space_id", apart=("parent_path",), page_size=_PAGES_OF_100
        ),
        seen_at="/api/2.0/genie/spaces/{id}",
    ),
    ObjectKind(
        key="queries",
        noun="query",
        request_type="sql/queries",
        levels=_READ_TO_MANAGE,
        old_levels=_OLD_VIEW,
        entitlements=_SQL,
        found=Listing(
            "/api/2.0/sql/queries", items="results", name="display_name", id="id", apart=("owner_user_name",), page_size=_PAGES_OF_100
        ),
        seen_at="/api/2.0/sql/queries/{id}",
    ),
    ObjectKind(
        key="alerts",
        noun="alert",
        request_type="alertsv2",
        levels=_READ_TO_MANAGE,
        entitlements=_SQL,
        found=Listing(
            "/api/2.0/alerts",
            items="alerts",
            name="display_name",
            id="id",
            apart=("parent_path", "owner_user_name"),
            page_size=_PAGES_OF_100,
        ),
        seen_at="/api/2.0/alerts/{id}",
    ),
    ObjectKind(
        key="legacy_alerts",
        noun="legacy alert",
        request_type="sql/alerts",
        levels=_READ_TO_MANAGE,
        old_levels=_OLD_VIEW,
        entitlements=_SQL,
        found=Listing(
            "/api/2.0/sql/alerts", items="results", name="display_name", id="id", apart=("owner_user_name",), page_size=_PAGES_OF_100
        ),
        seen_at="/api/2.0/sql/alerts/{id}",
    ),
    ObjectKind(
        key="apps",
        noun="app",
        request_type="apps",
        levels=_USE_TO_MANAGE,
        found=Listing("/api/2.0/apps", items="apps", name="name", id="name", page_size=_PAGES_OF_100),
        seen_at="/api/2.0/apps/{name}",
    ),
    ObjectKind(
        key="database_instances",
        noun="database instance",
        also=("databases", "lakebase"),
        request_type="database-instances",
        levels=_USE_TO_MANAGE,
        found=Listing("/api/2.0/database/instances", items="database_instances", name="name", id="name", page_size=_PAGES_OF_100),
        seen_at="/api/2.0/database/instances/{name}",
    ),
    ObjectKind(
        key="database_projects",
        noun="database project",
        also=("lakebase",),
        request_type="database-projects",
        levels=_USE_TO_MANAGE,
        found=Listing("/api/2.0/postgres/projects", items="projects", name="project_id", id="project_id", page_size=_PAGES_OF_100),
        seen_at="/api/2.0/postgres/projects/{name}",
    ),
    ObjectKind(
        key="knowledge_assistants",
        noun="knowledge assistant",
        request_type="knowledge-assistants",
        levels=_QUERY_TO_MANAGE,
        found=Listing(
            "/api/2.1/knowledge-assistants",
            items="knowledge_assistants",
            name="display_name",
            id="id",
            apart=("creator",),
            page_size=_PAGES_OF_100,
        ),
        seen_at="/api/2.1/knowledge-assistants/{id}",
    ),
    ObjectKind(
        key="supervisor_agents",
        noun="supervisor agent",
        request_type="supervisor-agents",
        levels=_QUERY_TO_MANAGE,
        found=Listing(
            "/api/2.1/supervisor-agents",
            items="supervisor_agents",
            name="display_name",
            id="supervisor_agent_id",
            apart=("creator",),
            page_size=_PAGES_OF_100,
        ),
        seen_at="/api/2.1/supervisor-agents/{id}",
    ),
    ObjectKind(
        key="authorization",
        noun="login method",
        request_type="authorization",
        levels=_USE_TO_MANAGE,
        found=Fixed(("tokens", "passwords")),
        only=MappingProxyType({"passwords": ("CAN_USE",), "id:passwords": ("CAN_USE",)}),
    ),
    ObjectKind(
        key="secret_scopes",
        noun="secret scope",
        also=("scopes", "secrets"),
        request_type="",
        levels=("READ", "WRITE", "MANAGE"),
        found=Listing("/api/2.0/secrets/scopes/list", items="scopes", name="name", id="name"),
        seen_at="/api/2.0/secrets/list?scope={id}",
        guarded_by="secrets",
    ),
)

OBJECT_KINDS: Mapping[str, ObjectKind] = MappingProxyType({kind.key: kind for kind in _ROWS})
