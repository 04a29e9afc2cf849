"""The newest requests, all or some of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Self
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from sandbox.console.names import Named, Names
from sandbox.request_log import Logged
from sandbox.workspace import Workspace

SHOWN = 100
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
OUTCOMES = {2: "answered", 3: "answered", 4: "refused", 5: "failed", 0: "cut"}
"""By the hundreds of a status; see faults.py for what is cut."""
NOBODY = "nobody"


def outcome_of(entry: Logged) -> str:
    return OUTCOMES[entry.status // 100]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which requests to show; what is empty admits all."""

    principal: str = ""
    method: str = ""
    outcome: str = ""
    path: str = ""

    @classmethod
    def by(cls, query: QueryParams) -> Self:
        return cls(*(query.get(name, "") for name in ("principal", "method", "outcome", "path")))

    def admits(self, entry: Logged) -> bool:
        return (
            self.principal in ("", entry.principal or NOBODY)
            and self.method in ("", entry.method)
            and self.outcome in ("", outcome_of(entry))
            and self.path in entry.path
        )

    @property
    def is_narrow(self) -> bool:
        return self != Wanted()

    @property
    def query(self) -> str:
        return urlencode({"principal": self.principal, "method": self.method, "outcome": self.outcome, "path": self.path})


@dataclass(frozen=True, slots=True)
class RequestShown:
    number: int
    entry: Logged
    caller: Named | None
    outcome: str


class Requests:
    def __init__(self, workspace: Workspace) -> None:
        self._log = workspace.request_log
        self._names = Names(workspace.directory)

    def __len__(self) -> int:
        return len(self._log)

    def newest(self, wanted: Wanted, *, limit: int = SHOWN) -> list[RequestShown]:
        return [self._shown(number, entry) for number, entry in islice(self._matching(wanted), limit)]

    def callers(self) -> list[tuple[str, Named]]:
        """All who are in the log, with what the log calls them."""
        found = {entry.principal for _, entry in self._log.newest_first() if entry.principal}
        return sorted(((name, self._names.of_account_name(name)) for name in found), key=lambda one: one[1].order)

    def _matching(self, wanted: Wanted) -> Iterator[tuple[int, Logged]]:
        return (numbered for numbered in self._log.newest_first() if wanted.admits(numbered[1]))

    def _shown(self, number: int, entry: Logged) -> RequestShown:
        caller = self._names.of_account_name(entry.principal) if entry.principal else None
        return RequestShown(number, entry, caller, outcome_of(entry))
