"""What the Permissions API guards: one row a kind of object, and nothing else that tells them apart (api-facts: 5.2)."""

from dataclasses import dataclass
from typing import Literal, Protocol

from sandbox.clusters.rows import Cluster
from sandbox.jobs.rows import Job
from sandbox.warehouses.rows import Warehouse

OWNER = "IS_OWNER"
MANAGE = "CAN_MANAGE"


class GuardedRow(Protocol):
    @property
    def key(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class ObjectKind:
    """A kind of object. Texts are filled in with `app` (who calls), `id` and `name` (of the object)."""

    row_type: type[GuardedRow]
    request_types: tuple[str, ...]
    """As the paths say it: first the one that answers use in `object_id`, then its aliases."""
    object_type: str
    noun: str
    levels: tuple[str, ...]
    """Ascending: each includes those before it."""
    owners: Literal["none", "at most one", "exactly one"]
    missing: str
    no_access_to_list: str
    refusals: dict[str, str]
    """What is said to whoever calls without the level that the call needs (api-facts: 8.2)."""

    @property
    def request_type(self) -> str:
        return self.request_types[0]

    @property
    def root(self) -> str:
        return f"/{self.request_type}/"


WAREHOUSES = ObjectKind(
    row_type=Warehouse,
    request_types=("sql/warehouses", "warehouses"),
    object_type="warehouses",
    noun="warehouse",
    levels=("CAN_VIEW", "CAN_USE", "CAN_MONITOR", MANAGE, OWNER),
    owners="at most one",
    missing="The warehouse {id} does not exist.",
    no_access_to_list="{app} does not have Manage permissions on {name}. Please contact the owner or an administrator for access.",
    refusals={
        "CAN_VIEW": "{app} does not have View permissions on {name}. Please contact the owner or an administrator for access.",
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
    owners="none",
    missing="Cluster {id} does not exist",
    no_access_to_list="{app} does not have Owner permissions on {name}. Please contact the owner or an administrator for access.",
    refusals={
        "CAN_ATTACH_TO": "{app} does not have Attach permissions on {name}. Please contact the owner or an administrator for access.",
        "CAN_RESTART": "{app} does not have Restart permissions on {name}. Please contact the owner or an administrator for access.",
        MANAGE: "{app} does not have Manage permissions on {name}. Please contact the owner or an administrator for access.",
    },
)
JOBS = ObjectKind(
    row_type=Job,
    request_types=("jobs",),
    object_type="job",
    noun="job",
    levels=("CAN_VIEW", "CAN_MANAGE_RUN", MANAGE, OWNER),
    owners="exactly one",
    missing="Job {id} does not exist.",
    no_access_to_list=(
        "{app} does not have Manage permissions on Job with ID: ElasticJobId({id}). "
        "Please contact the owner or an administrator for access."
    ),
    refusals={
        "CAN_VIEW": "User {app} does not have View or Admin or Manage Run or Owner permissions on job {id}",
        "CAN_MANAGE_RUN": "User {app} does not have Manage Run or Owner or Admin permissions on job {id}",
        MANAGE: "User {app} does not have Admin or Owner permissions on job {id}",
    },
)

KINDS = (WAREHOUSES, CLUSTERS, JOBS)
BY_REQUEST_TYPE = {request_type: kind for kind in KINDS for request_type in kind.request_types}

DESCRIPTIONS = {
    "CAN_VIEW": "Can view",
    "CAN_USE": "Can use",
    "CAN_MONITOR": "Can monitor",
    "CAN_ATTACH_TO": "Can attach to",
    "CAN_RESTART": "Can restart",
    "CAN_MANAGE_RUN": "Can manage runs",
    MANAGE: "Can manage",
    OWNER: "Is owner",
}
