"""Securables by their full names: whether they exist, and whether the admin may grant on them."""

import asyncio
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from databricks.sdk.errors import NotFound, PermissionDenied
from databricks.sdk.errors.base import DatabricksError

from model.kinds import SECURABLE_KINDS, SecurableKind
from model.nearest import did_you_mean
from provider.admin import Admin
from provider.workspace import Json, Workspace

UNITY_CATALOG = "/api/2.1/unity-catalog"


@dataclass(frozen=True)
class Wrong:
    summary: str
    weight: Literal["fault", "rights", "hint"] = "fault"


class SecurableNames:
    """Asks for each securable once. A request for each, one for the metastore, and more only where something is wrong."""

    def __init__(self, workspace: Workspace, admin: Admin) -> None:
        self._workspace = workspace
        self._admin = admin
        self._asked: dict[str, asyncio.Task[Json]] = {}

    async def check(self, kind_key: str, full_name: str) -> Wrong | None:
        """What is wrong with granting on this securable; None if nothing is."""
        kind = SECURABLE_KINDS[kind_key]
        try:
            securable = await self._get(_path(kind, full_name))
        except NotFound:
            return Wrong(f'there is no {kind.noun} "{full_name}"{await self._near(kind, full_name)}')
        except PermissionDenied:
            return Wrong(f'{self._admin.name} may not see the {kind.noun} "{full_name}", if there is one', weight="rights")
        if await self._may_grant(kind, full_name, securable):
            return None
        # A hint and no more: it may own the securable through a group of the account, which `Me` does not list.
        return Wrong(
            f"{self._admin.name} may not be allowed to grant on this {kind.noun}: that takes its owner ({securable.get('owner')}), "
            "MANAGE on it, or a metastore admin",
            weight="hint",
        )

    async def _may_grant(self, kind: SecurableKind, full_name: str, securable: Json) -> bool:
        """Owner of it, of what it lies in, or of the metastore; or the holder of MANAGE. (api-facts: 6.3)"""
        names = self._admin.names
        if securable.get("owner") in names:
            return True
        metastore = await self._get(f"{UNITY_CATALOG}/metastore_summary")
        if metastore.get("owner") in names:
            return True
        for depth, above in enumerate(kind.above, start=1):
            parent = await self._seen(_path(SECURABLE_KINDS[above], ".".join(full_name.split(".")[:depth])))
            if parent.get("owner") in names:
                return True
        effective = await self._seen(f"{UNITY_CATALOG}/effective-permissions/{kind.securable_type}/{quote(full_name, safe='')}")
        return any(
            held.get("privilege") == "MANAGE"
            for assignment in effective.get("privilege_assignments", [])
            if assignment.get("principal") in names
            for held in assignment.get("privileges", [])
        )

    async def _near(self, kind: SecurableKind, full_name: str) -> str:
        """A securable beside the missing one whose name is like it."""
        parents = dict(zip((f"{part}_name" for part in kind.form[:-1]), full_name.split("."), strict=False))
        try:
            answer = await self._workspace.do("GET", _collection(kind), query=parents)
        except DatabricksError:
            return ""
        return did_you_mean(full_name, [str(item.get("full_name", item.get("name"))) for item in answer.get(kind.key, [])])

    async def _seen(self, path: str) -> Json:
        """What the admin may see at a path; nothing where it may not."""
        try:
            return await self._get(path)
        except (NotFound, PermissionDenied):
            return {}

    async def _get(self, path: str) -> Json:
        if path not in self._asked:
            self._asked[path] = asyncio.create_task(self._workspace.do("GET", path))
        return await self._asked[path]


def _collection(kind: SecurableKind) -> str:
    return f"{UNITY_CATALOG}/{kind.key.replace('_', '-')}"


def _path(kind: SecurableKind, full_name: str) -> str:
    return f"{_collection(kind)}/{quote(full_name, safe='')}"
