from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class NamedObject:
    """One of a kind that has little of its own to remember. Each kind has a table of its own, by `state.table(NamedObject, ...)`."""

    id: str
    name: str
    creator_name: str
    created_at: datetime
    folder: str = ""
    """The path of the directory that it lies in; empty for what lies in none."""
    content: str = ""
    """A notebook's or a query's text, a file in base64, a Git folder's address."""
    language: str = ""

    @property
    def key(self) -> str:
        return self.id

    @property
    def path(self) -> str:
        """Where it lies in the workspace; its bare name if in no directory, as with the root itself."""
        return f"{self.folder.rstrip('/')}/{self.name}" if self.folder else self.name
