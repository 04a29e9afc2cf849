"""What an object has from elsewhere: from the directories that it lies in, from the object that stands for its kind (api-facts: 5.4)."""

from collections.abc import Iterator

from sandbox.objects.rows import NamedObject
from sandbox.permissions.access_list import ADMINS, AccessList
from sandbox.permissions.guarded import Inherited
from sandbox.permissions.kind import GuardedRow, ObjectKind
from sandbox.permissions.kinds import DIRECTORIES, REPOS
from sandbox.state import State


class Inheritance:
    def __init__(self, state: State) -> None:
        self._lists = state.table(AccessList)
        # What lies in a Git folder has its entries too.
        self._folders = {
            kind.request_type: state.table(NamedObject, kind.table_name).index(lambda row: row.path) for kind in (DIRECTORIES, REPOS)
        }

    def of(self, kind: ObjectKind, row: GuardedRow) -> tuple[Inherited, ...]:
        if row.id == kind.root:
            return ()
        if kind.inherits_from == "nothing":
            return (Inherited(ADMINS, kind.admins_have, kind.admins_from or f"/{kind.request_type}/"),)
        above = self._folders_above(row) if kind.inherits_from == "directories" else [(kind.request_type, kind.root)]
        return tuple(
            Inherited(entry.who, kind.handed_down(entry.level), _shown(request_type, object_id))
            for request_type, object_id in above
            if (access := self._lists.get(f"{request_type}/{object_id}"))
            for entry in access.entries
        )

    def _folders_above(self, row: GuardedRow) -> Iterator[tuple[str, str]]:
        """From the nearest to the root."""
        folder = row.folder if isinstance(row, NamedObject) else ""
        while folder:
            for request_type, folders in self._folders.items():
                if found := folders.one(folder):
                    yield request_type, found.id
            folder = parent_of(folder)


def parent_of(path: str) -> str:
    """The path of the directory around; empty for the root's."""
    return "" if path == "/" else path.rpartition("/")[0] or "/"


def _shown(request_type: str, object_id: str) -> str:
    is_root_directory = (request_type, object_id) == (DIRECTORIES.request_type, DIRECTORIES.root)
    return "/directories/" if is_root_directory else f"/{request_type}/{object_id}"
