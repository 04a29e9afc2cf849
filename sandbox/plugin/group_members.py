"""A group's members as one process knows them: the official plugin asks once for each group, and from then on goes by its own changes.

(api-facts: 3.4, 11)
"""

from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.plugin.workspace import Body, Workspace

_SCHEMAS = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]


class GroupMembers:
    def __init__(self, workspace: "Workspace", group_id: str, *, account: bool) -> None:
        self._workspace = workspace
        self._path = f"/Groups/{group_id}"
        self._account = account
        self._lock = Lock()
        self._known: set[str] | None = None

    def add(self, member_id: str) -> None:
        with self._lock:
            self._patch({"op": "add", "path": "members", "value": [{"value": member_id}]})
            if self._known is not None:
                self._known.add(member_id)

    def remove(self, member_id: str) -> None:
        with self._lock:
            self._patch({"op": "remove", "path": f'members[value eq "{member_id}"]'})
            if self._known is not None:
                self._known.discard(member_id)

    def has(self, member_id: str) -> bool:
        with self._lock:
            if self._known is None:
                found = self._workspace.scim("GET", self._path, query={"attributes": "members"}, account=self._account).get("members")
                self._known = {str(member["value"]) for member in found} if isinstance(found, list) else set()
            return member_id in self._known

    def _patch(self, operation: "Body") -> None:
        self._workspace.scim("PATCH", self._path, {"schemas": _SCHEMAS, "Operations": [operation]}, account=self._account)
