"""Each kind of object as Databricks lists and gets it (api-facts: 5.2, 7.1, and the SDK's own paths), told independently of the server."""

from dataclasses import dataclass
from typing import Any

import httpx

READ_TO_MANAGE = ["CAN_READ", "CAN_RUN", "CAN_EDIT", "CAN_MANAGE"]
MODEL_LEVELS = ["CAN_READ", "CAN_EDIT", "CAN_MANAGE_STAGING_VERSIONS", "CAN_MANAGE_PRODUCTION_VERSIONS", "CAN_MANAGE"]
GET_STATUS = "/api/2.0/workspace/get-status?path={name}"


@dataclass(frozen=True)
class Kind:
    request_type: str
    object_type: str
    levels: list[str]
    seeded: str
    """The name, or the path, of one that is there from the beginning."""
    get: str
    listing: str = ""
    """Nothing for what is listed by directory."""
    items: str = ""
    id: str = "id"
    page: str = ""
    """The parameter that asks for small pages."""
    token: str = "page_token"
    name: str = "name"
    entitled: bool = True
    """Whether an entitlement is needed at all."""

    def object_id(self, http: httpx.Client) -> str:
        if not self.listing:
            return str(http.get(self.get.format(name=self.seeded)).json()["object_id"])
        return next(identity for identity, name in self.all(http).items() if name == self.seeded)

    def one(self, http: httpx.Client, object_id: str) -> httpx.Response:
        return http.get(self.get.format(id=object_id, name=self.seeded))

    def all(self, http: httpx.Client, size: int | None = None) -> dict[str, str]:
        """Ids and names of all pages; where a page begins, the token leads."""
        found: dict[str, str] = {}
        token = ""
        for _ in range(1000):
            asked = {**({self.page: str(size)} if size and self.page else {}), **({self.token: token} if token else {})}
            answer = http.get(self.listing, params=asked)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            for item in page.get(self.items, []):
                found[self._id(item, http)] = str(item[self.name])
            token = page.get("next_page_token", "")
            if not token:
                return found
        raise AssertionError(f"{self.listing} never ends")

    def _id(self, item: dict[str, Any], http: httpx.Client) -> str:
        if self.request_type == "registered-models":
            # A listing has no ids (api-facts: 7.1).
            return str(http.get(self.get.format(name=item["name"])).json()["registered_model_databricks"]["id"])
        return str(item[self.id])


MODEL = "/api/2.0/mlflow/databricks/registered-models/get?name={name}"
SQL_PAGE = "page_size"
KINDS = [
    Kind(
        "cluster-policies",
        "cluster-policy",
        ["CAN_USE"],
        "job-compute",
        "/api/2.0/policies/clusters/get?policy_id={id}",
        "/api/2.0/policies/clusters/list",
        "policies",
        "policy_id",
    ),
    Kind(
        "instance-pools",
        "instance-pool",
        ["CAN_ATTACH_TO", "CAN_MANAGE"],
        "etl-pool",
        "/api/2.0/instance-pools/get?instance_pool_id={id}",
        "/api/2.0/instance-pools/list",
        "instance_pools",
        "instance_pool_id",
        name="instance_pool_name",
    ),
    Kind(
        "pipelines",
        "pipelines",
        ["CAN_VIEW", "CAN_RUN", "CAN_MANAGE", "IS_OWNER"],
        "surveys-silver",
        "/api/2.0/pipelines/{id}",
        "/api/2.0/pipelines",
        "statuses",
        "pipeline_id",
        page="max_results",
    ),
    Kind("notebooks", "notebook", READ_TO_MANAGE, "/Teams/cx/surveys/clean_answers", GET_STATUS),
    Kind("directories", "directory", READ_TO_MANAGE, "/Teams/cx/surveys", GET_STATUS),
    Kind("files", "file", READ_TO_MANAGE, "/Teams/cx/surveys/mapping.json", GET_STATUS),
    Kind(
        "repos",
        "repo",
        READ_TO_MANAGE,
        "/Repos/production/ingest",
        "/api/2.0/repos/{id}",
        "/api/2.0/repos",
        "repos",
        token="next_page_token",
        name="path",
    ),
    Kind(
        "experiments",
        "mlflowExperiment",
        ["CAN_READ", "CAN_EDIT", "CAN_MANAGE"],
        "/Teams/science/churn/experiments/baseline",
        "/api/2.0/mlflow/experiments/get?experiment_id={id}",
        "/api/2.0/mlflow/experiments/list",
        "experiments",
        "experiment_id",
        page="max_results",
    ),
    Kind(
        "registered-models",
        "registered-model",
        MODEL_LEVELS,
        "churn",
        MODEL,
        "/api/2.0/mlflow/registered-models/list",
        "registered_models",
        page="max_results",
    ),
    Kind(
        "serving-endpoints",
        "serving-endpoint",
        ["CAN_VIEW", "CAN_QUERY", "CAN_MANAGE"],
        "churn-prod",
        "/api/2.0/serving-endpoints/{name}",
        "/api/2.0/serving-endpoints",
        "endpoints",
        entitled=False,
    ),
    Kind(
        "vector-search-endpoints",
        "vector-search-endpoints",
        ["CAN_USE", "CAN_MANAGE"],
        "docs-search",
        "/api/2.0/vector-search/endpoints/{name}",
        "/api/2.0/vector-search/endpoints",
        "endpoints",
        entitled=False,
    ),
    Kind(
        "dashboards",
        "dashboard",
        READ_TO_MANAGE,
        "Ticket backlog",
        "/api/2.0/lakeview/dashboards/{id}",
        "/api/2.0/lakeview/dashboards",
        "dashboards",
        "dashboard_id",
        page=SQL_PAGE,
        name="display_name",
    ),
    Kind(
        "dbsql-dashboards",
        "dbsql-dashboard",
        READ_TO_MANAGE,
        "NPS by week",
        "/api/2.0/preview/sql/dashboards/{id}",
        "/api/2.0/preview/sql/dashboards",
        "results",
    ),
    Kind(
        "sql/queries",
        "query",
        READ_TO_MANAGE,
        "Response rate",
        "/api/2.0/sql/queries/{id}",
        "/api/2.0/sql/queries",
        "results",
        page=SQL_PAGE,
        name="display_name",
    ),
    Kind(
        "sql/alerts",
        "alert",
        READ_TO_MANAGE,
        "No answers today",
        "/api/2.0/sql/alerts/{id}",
        "/api/2.0/sql/alerts",
        "results",
        page=SQL_PAGE,
        name="display_name",
    ),
    Kind(
        "alertsv2",
        "alertv2",
        READ_TO_MANAGE,
        "NPS below target",
        "/api/2.0/alerts/{id}",
        "/api/2.0/alerts",
        "alerts",
        page=SQL_PAGE,
        name="display_name",
    ),
    Kind(
        "genie",
        "genie-space",
        READ_TO_MANAGE,
        "Ask finance",
        "/api/2.0/genie/spaces/{id}",
        "/api/2.0/genie/spaces",
        "spaces",
        "space_id",
        page=SQL_PAGE,
        name="title",
    ),
    Kind(
        "apps",
        "apps",
        ["CAN_USE", "CAN_MANAGE"],
        "survey-explorer",
        "/api/2.0/apps/{name}",
        "/api/2.0/apps",
        "apps",
        "name",
        page=SQL_PAGE,
        entitled=False,
    ),
    Kind(
        "database-instances",
        "database-instances",
        ["CAN_USE", "CAN_MANAGE"],
        "feature-store",
        "/api/2.0/database/instances/{name}",
        "/api/2.0/database/instances",
        "database_instances",
        "name",
        page=SQL_PAGE,
        entitled=False,
    ),
    Kind(
        "database-projects",
        "database-projects",
        ["CAN_USE", "CAN_MANAGE"],
        "survey-app",
        "/api/2.0/postgres/projects/{name}",
        "/api/2.0/postgres/projects",
        "projects",
        "project_id",
        page=SQL_PAGE,
        name="project_id",
        entitled=False,
    ),
    Kind(
        "knowledge-assistants",
        "knowledge-assistants",
        ["CAN_QUERY", "CAN_MANAGE"],
        "Survey handbook",
        "/api/2.1/knowledge-assistants/{id}",
        "/api/2.1/knowledge-assistants",
        "knowledge_assistants",
        page=SQL_PAGE,
        name="display_name",
        entitled=False,
    ),
    Kind(
        "supervisor-agents",
        "supervisor-agents",
        ["CAN_QUERY", "CAN_MANAGE"],
        "Support triage",
        "/api/2.1/supervisor-agents/{id}",
        "/api/2.1/supervisor-agents",
        "supervisor_agents",
        "supervisor_agent_id",
        page=SQL_PAGE,
        name="display_name",
        entitled=False,
    ),
]
