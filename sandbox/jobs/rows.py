from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Job:
    id: str
    """An int64 on the wire, its digits here, as in the paths of the Permissions API."""
    name: str
    creator_name: str
    created_at: datetime
    notebook_path: str = "/Shared/main"
    max_concurrent_runs: int = 1

    @property
    def key(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class Run:
    id: str
    job_id: str
    creator_name: str
    started_at: datetime
    ends_at: datetime
    idempotency_token: str | None = None
    canceled: bool = False

    @property
    def key(self) -> str:
        return self.id
