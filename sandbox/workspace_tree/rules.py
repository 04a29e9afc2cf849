"""Directories, notebooks, files and Git folders: who sees what at which path, and who may change it (api-facts: 7.1, 8.2)."""

import base64
import binascii
from dataclasses import replace

from sandbox.caller import Caller
from sandbox.clock import Clock
from sandbox.errors import ApiError, InvalidParameterValueError, ResourceAlreadyExistsError, ResourceDoesNotExistError
from sandbox.objects.ids import new, number
from sandbox.objects.rows import NamedObject
from sandbox.permissions.kind import MANAGE, ObjectKind
from sandbox.permissions.kinds import DIRECTORIES, FILES, NOTEBOOKS
from sandbox.permissions.rules import HOMES, Permissions
from sandbox.state import State
from sandbox.workspace_tree.nodes import FOLDERS, Node, Nodes, normal, split

SUFFIXES = {"PYTHON": "py", "SQL": "sql", "SCALA": "scala", "R": "r"}


class WorkspaceTree:
    def __init__(self, state: State, clock: Clock, permissions: Permissions) -> None:
        self._clock = clock
        self._permissions = permissions
        self._nodes = Nodes(state)
        self._state = state

    def get(self, caller: Caller, path: str, *, at_least: str | None = None) -> Node:
        """What lies there, if the caller sees it, and has this level on it."""
        caller.require_entitlement(*DIRECTORIES.entitlements)
        node = self._nodes.at(normal(path))
        if node is None or not self._sees(caller, node):
            raise ResourceDoesNotExistError(f"Path ({path}) doesn't exist.")
        if at_least:
            caller.require(self._permissions.guarded(node.kind, node.row), at_least=at_least)
        return node

    def contents(self, caller: Caller, path: str) -> list[Node]:
        node = self.get(caller, path)
        if not node.is_folder:
            return [node]
        return [child for child in self._nodes.directly_in(node.row.path) if self._sees(caller, child)]

    def mkdirs(self, caller: Caller, path: str) -> Node:
        """The directory at this path, made together with those above it if need be."""
        caller.require_entitlement(*DIRECTORIES.entitlements)
        path = normal(path)
        if (found := self._nodes.at(path)) is not None:
            if not found.is_folder:
                raise ResourceAlreadyExistsError(f"Path ({path}) already exists.")
            return found
        folder, name = split(path)
        self.mkdirs(caller, folder)
        if not self._is_own_home(caller, path):
            self.require_to_add(caller, folder)
        return self._put(caller, DIRECTORIES, "DIRECTORY", NamedObject(new(number), name, caller.name, self._clock.now(), folder))

    def require_to_add(self, caller: Caller, folder: str) -> str:
        """The caller may put something into this directory: it manages it (inferred). Its own home is made when first needed."""
        folder = normal(folder)
        node = self.mkdirs(caller, folder) if self._is_own_home(caller, folder) else self._nodes.at(folder)
        if node is None or not node.is_folder:
            raise ResourceDoesNotExistError(f"The parent folder ({folder}) does not exist.")
        caller.require(self._permissions.guarded(node.kind, node.row), at_least=MANAGE)
        return folder

    def require_free(self, path: str) -> None:
        if self._nodes.at(path) is not None:
            raise ResourceAlreadyExistsError(f"Path ({path}) already exists.")

    def write(self, caller: Caller, path: str, content: str, language: str | None, *, overwrite: bool) -> None:
        """A notebook if it has a language, else a file. Overwriting keeps the object, and with it its access list."""
        caller.require_entitlement(*DIRECTORIES.entitlements)
        path = normal(path)
        _require_base64(content)
        kind, object_type = (NOTEBOOKS, "NOTEBOOK") if language else (FILES, "FILE")
        found = self._nodes.at(path)
        if found is None:
            folder, name = split(path)
            self.require_to_add(caller, folder)
            row = NamedObject(new(number), name, caller.name, self._clock.now(), folder, content, language or "")
            self._put(caller, kind, object_type, row)
            return
        if not overwrite or found.kind is not kind:
            raise ResourceAlreadyExistsError(f"Path ({path}) already exists.")
        self.get(caller, path, at_least="CAN_EDIT")
        self._state.table(NamedObject, kind.table_name).put(replace(found.row, content=content, language=language or ""))

    def delete(self, caller: Caller, path: str, *, recursive: bool) -> None:
        node = self.get(caller, path, at_least=MANAGE)
        if node.row.id == DIRECTORIES.root:
            raise InvalidParameterValueError("The root directory cannot be deleted.")
        if node.is_folder and not recursive and any(self._nodes.rows_in(node.row.path)):
            raise ApiError(f"Folder ({node.path}) is not empty", status=400, error_code="DIRECTORY_NOT_EMPTY")
        self.remove(node.kind, node.row)

    def remove(self, kind: ObjectKind, row: NamedObject) -> None:
        """Takes the object away with its access list, and a directory or a Git folder with all that lies in it."""
        for kind_within, row_within in list(self._nodes.rows_in(row.path)) if kind in FOLDERS else []:
            self.remove(kind_within, row_within)
        self._state.table(NamedObject, kind.table_name).remove(row.key)
        self._permissions.deleted(kind, row)

    def _put(self, caller: Caller, kind: ObjectKind, object_type: str, row: NamedObject) -> Node:
        self._state.table(NamedObject, kind.table_name).put(row)
        self._permissions.created(caller.who, kind, row)
        return Node(kind, object_type, row)

    def _sees(self, caller: Caller, node: Node) -> bool:
        """With any level on it; and a directory's name also with a level on anything within. The root is everybody's."""
        if node.row.id == DIRECTORIES.root or self._permissions.guarded(node.kind, node.row).level_of(caller):
            return True
        return node.is_folder and any(self._sees(caller, child) for child in self._nodes.directly_in(node.row.path))

    @staticmethod
    def _is_own_home(caller: Caller, path: str) -> bool:
        return path in {f"{homes}/{caller.name}" for homes in HOMES}


def _require_base64(content: str) -> None:
    try:
        base64.b64decode(content, validate=True)
    except binascii.Error as reason:
        raise InvalidParameterValueError("content must be base64.") from reason
