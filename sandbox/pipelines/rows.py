from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Update:
    """One run of a pipeline."""

    id: str
    pipeline_id: str
    ends_at: datetime
    canceled: bool = False

    @property
    def key(self) -> str:
        return self.id
