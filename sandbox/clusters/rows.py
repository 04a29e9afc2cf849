from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Cluster:
    id: str
    name: str
    creator_name: str
    spark_version: str = "16.4.x-scala2.12"
    node_type_id: str = "m5d.large"
    num_workers: int = 2
    single_user_name: str | None = None
    running_from: datetime | None = None
    """When it is (or was) up after a start; None while it is terminated."""
    restarted: bool = False

    @property
    def key(self) -> str:
        return self.id
