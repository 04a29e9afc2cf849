"""The plain objects and the workspace's tree as they are at the beginning."""

import base64
from collections.abc import Callable, Iterable
from datetime import datetime

from sandbox.caller import Who
from sandbox.errors import Json
from sandbox.objects.rows import NamedObject
from sandbox.permissions.access_list import Entry
from sandbox.permissions.kind import MANAGE, ObjectKind
from sandbox.permissions.kinds import BY_REQUEST_TYPE, DIRECTORIES, FILES, NOTEBOOKS
from sandbox.permissions.rules import Permissions
from sandbox.state import State
from sandbox.workspace_tree.nodes import split


class ObjectSeed:
    def __init__(self, state: State, permissions: Permissions, who: Callable[[str], Who], *, admin: str, founded: datetime) -> None:
        self._state = state
        self._permissions = permissions
        self._who = who
        self._admin = admin
        self._founded = founded

    def write(self, given: Json) -> None:
        """Each kind under its name in the Permissions API; what lies in a directory has a path, and else a name."""
        for request_type, items in given.items():
            for item in items:
                self._put(BY_REQUEST_TYPE[request_type], item)

    def write_homes(self, people: Iterable[str]) -> None:
        for mail in people:
            self._put(DIRECTORIES, {"path": f"/Users/{mail}", "creator": mail, "access": {mail: MANAGE}})

    def _put(self, kind: ObjectKind, item: Json) -> None:
        called = item.get("path") or item["name"]
        folder, name = split(called) if "path" in item and called != "/" else ("", called)
        identity = item.get("id") or (kind.make_id(f"{kind.request_type}/{called}") if kind.make_id else name)
        text = item.get("text", "")
        content = base64.b64encode(text.encode()).decode() if kind in (NOTEBOOKS, FILES) else text
        creator = self._who(item.get("creator", self._admin)).name
        row = NamedObject(identity, name, creator, self._founded, folder, content, item.get("language", ""))
        self._state.table(NamedObject, kind.table_name).put(row)
        self._permissions.seed(kind, identity, [Entry(self._who(name), level) for name, level in item["access"].items()])
