"""Securables by their full names: whether they exist, what may be granted on them, and whether the admin may."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from databricks.sdk.errors import NotFound, PermissionDenied
from databricks.sdk.errors.base import DatabricksError

from model.kinds import SECURABLE_KINDS, SecurableKind
from model.nearest import did_you_mean
from provider.admin import Admin
from provider.workspace import Json, Workspace

METASTORE = "metastore"
METASTORE_SUMMARY = "/api/2.1/unity-catalog/metastore_summary"


@dataclass(frozen=True)
class Wrong:
    summary: str
    weight: Literal["fault", "rights", "hint"] = "fault"


@dataclass(frozen=True)
class Securable:
    """One that is there, and all that is to be said of it."""

    id: str | None = None
    """By which the API knows it where that is not its full name."""
    table_type: str = ""
    wrong: tuple[Wrong, ...] = ()

    def unfit(self, kind: SecurableKind, privileges: Collection[str]) -> list[Wrong]:
        """Privileges that securables of its kind may have, but not one of its type: MODIFY on a view. (api-facts: 6.3)"""
        called = self.table_type.replace("_", " ").lower()
        return [
            Wrong(f"{privilege} cannot be granted on a {called}; leave it out")
            for privilege in privileges
            if self.table_type and self.table_type in kind.not_on.get(privilege, ())
        ]


class SecurableNames:
    """Asks for each securable once. A request for each, one for the metastore, and more only where something is wrong."""

    def __init__(self, workspace: Workspace, admin: Admin) -> None:
        self._workspace = workspace
        self._admin = admin
        self._asked: dict[str, asyncio.Task[Json]] = {}

    async def check(self, kind_key: str, full_name: str) -> Securable:
        """What is wrong with granting on this securable."""
        kind = SECURABLE_KINDS[kind_key]
        try:
            found = await self._get(METASTORE_SUMMARY if kind.key == METASTORE else kind.one(full_name))
        except NotFound:
            return Securable(wrong=(Wrong(f'there is no {kind.noun} "{full_name}"{await self._near(kind, full_name)}'),))
        except PermissionDenied:
            return Securable(
                wrong=(Wrong(f'{self._admin.name} may not see the {kind.noun} "{full_name}", if there is one', weight="rights"),)
            )
        purpose = found.get("purpose", kind.purpose)
        if purpose != kind.purpose:
            other = next((each for each in SECURABLE_KINDS.values() if each.purpose == purpose), None)
            advice = f"is {other.a_noun}; write it below {other.key}" if other else f"is no {kind.noun} ({purpose})"
            return Securable(wrong=(Wrong(f'"{full_name}" {advice}'),))
        if kind.key == METASTORE and str(found.get("name")).lower() != full_name:
            return Securable(wrong=(Wrong(f'this workspace\'s metastore is "{found.get("name")}", not "{full_name}"'),))
        securable_id = str(found["metastore_id"]) if kind.key == METASTORE else None
        table_type = str(found.get("table_type", "")).upper()
        if await self._may_grant(kind, full_name, found):
            return Securable(securable_id, table_type)
        # A hint and no more: it may own the securable through a group of the account, which `Me` does not list.
        hint = Wrong(
            f"{self._admin.name} may not be allowed to grant on this {kind.noun}: that takes its owner ({found.get('owner')}), "
            "MANAGE on it, or a metastore admin",
            weight="hint",
        )
        return Securable(securable_id, table_type, (hint,))

    async def _may_grant(self, kind: SecurableKind, full_name: str, securable: Json) -> bool:
        """Owner of it, of what it lies in, or of the metastore; or the holder of MANAGE. (api-facts: 6.3)"""
        names = self._admin.names
        if securable.get("owner") in names:
            return True
        metastore = await self._seen(METASTORE_SUMMARY)
        if metastore.get("owner") in names:
            return True
        if kind.key == METASTORE:
            return False
        for depth, above in enumerate(kind.above, start=1):
            parent = await self._seen(SECURABLE_KINDS[above].one(".".join(full_name.split(".")[:depth])))
            if parent.get("owner") in names:
                return True
        effective = await self._seen(kind.effective_grants(full_name))
        return any(
            held.get("privilege") == "MANAGE"
            for assignment in effective.get("privilege_assignments", [])
            if assignment.get("principal") in names
            for held in assignment.get("privileges", [])
        )

    async def _near(self, kind: SecurableKind, full_name: str) -> str:
        """A securable beside the missing one whose name is like it."""
        parents = dict(zip((f"{part}_name" for part in kind.form[:-1]), full_name.split("."), strict=False))
        path, items = kind.listing()
        try:
            answer = await self._workspace.do("GET", path, query=parents)
        except DatabricksError:
            return ""
        same = [item for item in answer.get(items, []) if item.get("purpose", kind.purpose) == kind.purpose]
        return did_you_mean(full_name, [str(item.get("full_name", item.get("name"))) for item in same])

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
