from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Warehouse:
    id: str
    name: str
    creator_name: str
    """Never empty: the official plugin takes an empty one for "the object is gone" (api-facts: 7.2)."""
    cluster_size: str = "Small"
    warehouse_type: str = "PRO"
    serverless: bool = True
    auto_stop_mins: int = 10
    running_from: datetime | None = None
    """When it is (or was) up after a start; None while it is stopped."""

    @property
    def key(self) -> str:
        return self.id
