"""Who acts in a schedule: two runs of Brickpass, or two of the official `Permissions` resource, each with a login of its own."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import httpx

from model.kinds import OBJECT_KINDS
from provider.access_lists import AccessLists
from provider.declared import Declared
from provider.engine_log import EngineLog
from provider.object_permission import ObjectPermission, PermissionInputs, PermissionState
from provider.patience import Patience
from provider.workspace import Workspace
from tests.harness import Newcomer
from tests.soak.history import Levels

Batch = Mapping[str, str | None]
"""What is done at once on one object: to whom which level is given; None takes it away."""


LEVELS = {
    "warehouses": ("CAN_VIEW", "CAN_USE", "CAN_MONITOR", "CAN_MANAGE"),
    "clusters": ("CAN_ATTACH_TO", "CAN_RESTART", "CAN_MANAGE"),
    "jobs": ("CAN_VIEW", "CAN_MANAGE_RUN", "CAN_MANAGE"),
}
"""Of each kind that is fought about, but for its owner's."""
_REQUEST_TYPES = {"warehouses": "sql/warehouses", "clusters": "clusters", "jobs": "jobs"}


@dataclass(frozen=True)
class Thing:
    """An object that is fought about."""

    kind: str
    id: str

    @property
    def request_type(self) -> str:
        return _REQUEST_TYPES[self.kind]

    @property
    def path(self) -> str:
        return f"/api/2.0/permissions/{self.request_type}/{self.id}"


@dataclass(frozen=True)
class Login:
    """An admin, and the principals whose grants it deploys."""

    admin: Newcomer
    principals: Sequence[Newcomer]

    @property
    def own(self) -> frozenset[str]:
        return frozenset(each.application_id for each in self.principals)


class Run(Protocol):
    async def carry_out(self, thing: Thing, batch: Batch) -> None: ...

    def wants(self) -> dict[tuple[str, str], str]:
        """Path and principal, to the level that this run gave last to a principal of its own."""


class Ours:
    """One `pulumi up` of Brickpass, as far as it writes access lists: the provider's own handlers on its own workspace."""

    def __init__(self, workspace: Workspace, log: EngineLog) -> None:
        self.lists = AccessLists(workspace, Declared(), log)
        self._handler = ObjectPermission(self.lists, Patience(log), Declared())
        self._deployed: dict[tuple[str, str], PermissionState] = {}

    async def carry_out(self, thing: Thing, batch: Batch) -> None:
        await asyncio.gather(*(self._one(thing, principal, level) for principal, level in batch.items()))

    async def _one(self, thing: Thing, principal: str, level: str | None) -> None:
        key, urn = (thing.path, principal), f"urn:{thing.id}:{principal}"
        old = self._deployed.pop(key, None)
        if level is None:
            if old:
                await self._handler.delete("", old, urn=urn)
            return
        new = PermissionInputs(
            integration=principal, principal=principal, kind=thing.kind, object_id=thing.id, object_name=thing.id, level=level
        )
        if old:
            self._deployed[key] = await self._handler.update("", old, new, urn=urn)
        else:
            self._deployed[key] = (await self._handler.create(new, urn=urn)).state

    def wants(self) -> dict[tuple[str, str], str]:
        return {key: state.level for key, state in self._deployed.items()}

    async def refreshed(self) -> dict[tuple[str, str], str | None]:
        """The same as a `pulumi refresh` finds them; None where the grant is gone."""
        found = {key: await self._handler.read("", state) for key, state in self._deployed.items()}
        return {key: state.level if state else None for key, state in found.items()}


class Official:
    """One `pulumi up` with `databricks.Permissions`, which owns an object's whole list: what its file says is what it writes.

    The file lists everybody who had access when it was written, as a careful user would do. (api-facts: 11)
    """

    def __init__(self, http: httpx.AsyncClient, login: Login, lists: Mapping[str, Levels]) -> None:
        self._http = http
        self._me = login.admin.application_id
        self._own = login.own
        self._files = {path: dict(levels) for path, levels in lists.items()}
        self._knows_itself = False

    async def carry_out(self, thing: Thing, batch: Batch) -> None:
        if not self._knows_itself:
            await self._http.get("/api/2.0/preview/scim/v2/Me?excludedAttributes=entitlements")
            self._knows_itself = True
        file = self._files[thing.path]
        for principal, level in batch.items():
            if level is None:
                file.pop(principal, None)
            else:
                file[principal] = level
        entries = [{_key(who): who, "permission_level": level} for who, level in file.items()]
        if self._me not in file and thing.kind in {"warehouses", "clusters"}:
            entries.append({"user_name": self._me, "permission_level": "CAN_MANAGE"})
        if "IS_OWNER" in OBJECT_KINDS[thing.kind].levels and "IS_OWNER" not in file.values():
            entries.append({"user_name": self._me, "permission_level": "IS_OWNER"})
        written = await self._http.put(thing.path, json={"access_control_list": entries})
        assert written.status_code == httpx.codes.OK, written.text
        await self._http.get(thing.path)

    def wants(self) -> dict[tuple[str, str], str]:
        return {(path, who): level for path, file in self._files.items() for who, level in file.items() if who in self._own}


def _key(who: str) -> str:
    if "@" in who:
        return "user_name"
    return "service_principal_name" if re.fullmatch(r"[0-9a-f-]{36}", who) else "group_name"
