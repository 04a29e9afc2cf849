"""Each kind of object of the Permissions API, as databricks-sdk lists it; types and levels as in api-facts: 5.2, 7.1.

The sandbox and the product have tables of their own: these are what the official clients are told and expect.
"""

from collections.abc import Callable
from dataclasses import dataclass

from databricks.sdk import WorkspaceClient


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


def _of(id_: object, name: str | None) -> Listed:
    return Listed(str(id_), str(name))


def _warehouses(client: WorkspaceClient, size: int | None) -> list[Listed]:
    return [_of(one.id, one.name) for one in client.warehouses.list(page_size=size)]


def _clusters(client: WorkspaceClient, size: int | None) -> list[Listed]:
    return [_of(one.cluster_id, one.cluster_name) for one in client.clusters.list(page_size=size)]


def _jobs(client: WorkspaceClient, size: int | None) -> list[Listed]:
    return [_of(one.job_id, one.settings.name) for one in client.jobs.list(limit=size) if one.settings]


KINDS = (
    Kind("sql/warehouses", "warehouses", ("CAN_VIEW", "CAN_USE", "CAN_MONITOR", "CAN_MANAGE", "IS_OWNER"), _warehouses, page=7),
    Kind("clusters", "cluster", ("CAN_ATTACH_TO", "CAN_RESTART", "CAN_MANAGE"), _clusters, page=7),
    Kind("jobs", "job", ("CAN_VIEW", "CAN_MANAGE_RUN", "CAN_MANAGE", "IS_OWNER"), _jobs, page=25),
)
BY_REQUEST_TYPE = {kind.request_type: kind for kind in KINDS}
