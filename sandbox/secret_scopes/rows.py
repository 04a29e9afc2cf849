from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Scope:
    name: str

    @property
    def key(self) -> str:
        return self.name

    @property
    def id(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Secret:
    scope: str
    name: str
    value: str
    """In base64, as it is read."""
    updated_at: datetime

    @property
    def key(self) -> str:
        # A scope's name holds no slash.
        return f"{self.scope}/{self.name}"
