"""What a path of the workspace leads to (api-facts: 7.1)."""

from collections.abc import Iterator
from typing import NamedTuple

from sandbox.errors import InvalidParameterValueError
from sandbox.objects.rows import NamedObject
from sandbox.permissions.kind import ObjectKind
from sandbox.permissions.kinds import DASHBOARDS, DIRECTORIES, FILES, KINDS, NOTEBOOKS, REPOS
from sandbox.state import State

DASHBOARD_SUFFIX = ".lvdash.json"
WORKSPACE = "/Workspace"
TYPES = ((DIRECTORIES, "DIRECTORY"), (NOTEBOOKS, "NOTEBOOK"), (FILES, "FILE"), (REPOS, "REPO"), (DASHBOARDS, "DASHBOARD"))
"""The kinds that paths lead to. Queries, alerts, experiments and Genie spaces lie in directories too, but have listings of their own."""
FOLDERS = (DIRECTORIES, REPOS)


class Node(NamedTuple):
    kind: ObjectKind
    object_type: str
    row: NamedObject

    @property
    def path(self) -> str:
        return self.row.path + DASHBOARD_SUFFIX if self.kind is DASHBOARDS else self.row.path

    @property
    def object_id(self) -> int:
        """A dashboard has a number as a workspace object besides its own id, which is hexadecimal."""
        return int(self.row.id[:12], 16) if self.kind is DASHBOARDS else int(self.row.id)

    @property
    def is_folder(self) -> bool:
        return self.kind in FOLDERS


class Nodes:
    def __init__(self, state: State) -> None:
        self._tables = [(kind, object_type, state.table(NamedObject, kind.table_name)) for kind, object_type in TYPES]
        self._by_path = [(kind, object_type, table.index(lambda row: row.path)) for kind, object_type, table in self._tables]
        in_directories = [kind for kind in KINDS if kind.inherits_from == "directories"]
        self._by_folder = [(kind, state.table(NamedObject, kind.table_name).index(lambda row: row.folder)) for kind in in_directories]

    def at(self, path: str) -> Node | None:
        for kind, object_type, rows in self._by_path:
            if kind is not DASHBOARDS and (row := rows.one(path)):
                return Node(kind, object_type, row)
            if kind is DASHBOARDS and path.endswith(DASHBOARD_SUFFIX) and (row := rows.one(path.removesuffix(DASHBOARD_SUFFIX))):
                return Node(kind, object_type, row)
        return None

    def directly_in(self, path: str) -> list[Node]:
        """What a listing of this directory has, by path."""
        types = {kind.request_type: object_type for kind, object_type in TYPES}
        found = [Node(kind, types[kind.request_type], row) for kind, row in self.rows_in(path) if kind.request_type in types]
        return sorted(found, key=lambda node: node.path)

    def rows_in(self, path: str) -> Iterator[tuple[ObjectKind, NamedObject]]:
        """All that lies directly in this directory, of whatever kind."""
        for kind, rows in self._by_folder:
            for row in rows.get(path):
                yield kind, row


def normal(path: str) -> str:
    """`/Workspace/x` and `/x` are the same object (api-facts: 7.2)."""
    if not path.startswith("/"):
        raise InvalidParameterValueError(f"Path ({path}) doesn't start with '/'")
    return path.removeprefix(WORKSPACE).rstrip("/") or "/"


def split(path: str) -> tuple[str, str]:
    """The directory and the name."""
    folder, _, name = path.rpartition("/")
    return folder or "/", name
