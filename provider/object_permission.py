"""One principal's level on one object: the entry of nobody else is touched."""

from collections.abc import Mapping

from databricks.sdk.errors import NotFound

from model.kinds import OBJECT_KINDS, ObjectKind
from model.nearest import did_you_mean
from provider.access_lists import AccessLists
from provider.access_writer import Entry
from provider.declared import Declared, Thing
from provider.grant import GrantInputs, new_revision
from provider.handler import Created, Handler
from provider.patience import Patience
from provider.wire import Plain


class PermissionInputs(GrantInputs):
    kind: str
    object_id: str = ""
    object_name: str
    level: str


class PermissionState(PermissionInputs):
    level_before: str | None = None
    """What an adopted principal had, and gets back."""
    revision: str


class ObjectPermission(Handler[PermissionInputs, PermissionState]):
    """Costs one request to create or update, and less where several grants on one object arrive together; one to read; three to delete."""

    resource_type = "brickpass:index:ObjectPermission"
    inputs, state = PermissionInputs, PermissionState
    replaces = frozenset({"kind", "objectId", "principal"})
    outputs = frozenset({"levelBefore", "revision"})

    def __init__(self, lists: AccessLists, patience: Patience, declared: Declared) -> None:
        self._lists = lists
        self._patience = patience
        self._declared = declared
        self._principals: dict[Thing, str] = {}
        """Whom this run gave a level."""

    def check(self, new: Mapping[str, Plain]) -> Mapping[str, str]:
        kind, level = new.get("kind"), new.get("level")
        if not isinstance(kind, str) or not isinstance(level, str):
            return {}
        if kind not in OBJECT_KINDS:
            return {"kind": f'"{kind}" is no kind of object; there are {", ".join(OBJECT_KINDS)}'}
        if level not in OBJECT_KINDS[kind].levels:
            near = did_you_mean(level, OBJECT_KINDS[kind].levels)
            return {"level": f'"{level}" is not a level of {OBJECT_KINDS[kind].a_noun}{near}'}
        return {}

    def settled(self, new: Mapping[str, Plain]) -> None:
        kind, object_id = new.get("kind"), new.get("objectId")
        if isinstance(kind, str) and isinstance(object_id, str):
            self._declared.settle(OBJECT_KINDS[kind].access_list(object_id), str(new.get("integration")))

    def unknown_after_update(self, old: PermissionState, new: PermissionInputs | None) -> frozenset[str]:
        return self.outputs if new is None or new.level != old.level else frozenset()

    async def create(self, new: PermissionInputs, *, urn: str) -> Created[PermissionState]:
        new.refuse_if_at_fault()
        before = await self._level(new) if new.adopted else None
        await self._write(new, before, urn=urn)
        return Created(f"{new.kind}/{new.object_id}/{new.principal}", _state(new, before))

    async def update(self, resource_id: str, old: PermissionState, new: PermissionInputs, *, urn: str) -> PermissionState:
        del resource_id
        new.refuse_if_at_fault()
        if new.level == old.level:
            # Only what we know of it changed, such as the object's name: nothing is written, and nothing needs another proof.
            return old.model_copy(update=new.model_dump())
        await self._write(new, old.level_before, urn=urn)
        return _state(new, old.level_before)

    async def read(self, resource_id: str, old: PermissionState) -> PermissionState | None:
        del resource_id
        try:
            level = await self._level(old)
        except NotFound:
            return None
        if level is None:
            return None
        # An adopted principal's higher level is not drift: it was left as it was found.
        kept = old.level_before is not None and level == _strongest(_kind(old), old.level, old.level_before)
        return old if kept else old.model_copy(update={"level": level})

    async def delete(self, resource_id: str, old: PermissionState, *, urn: str) -> None:
        del resource_id, urn
        # A grant that the config now names another way (by id) is another resource on the same entry, which must outlive this one;
        # unless the integration has another principal by now, and this is the entry of the one before.
        replaced = self._principals.get(_thing(old), old.principal) != old.principal
        if replaced or not self._declared.has_object(_thing(old)):
            await self._lists.write(_kind(old), old.object_id, Entry(old.principal, old.level_before))

    async def _write(self, new: PermissionInputs, before: str | None, *, urn: str) -> None:
        level = _strongest(_kind(new), new.level, before)
        self._principals[_thing(new)] = new.principal
        entry = Entry(new.principal, level)
        await self._patience.until_visible(lambda: self._lists.write(_kind(new), new.object_id, entry), urn=urn)

    async def _level(self, grant: PermissionInputs) -> str | None:
        return await self._lists.level(_kind(grant), grant.object_id, grant.principal)


def _thing(grant: PermissionInputs) -> Thing:
    return grant.integration, grant.kind, grant.object_id


def _kind(grant: PermissionInputs) -> ObjectKind:
    return OBJECT_KINDS[grant.kind]


def _strongest(kind: ObjectKind, level: str, before: str | None) -> str:
    # An entry that was there before us is never lowered.
    return max((level, before or level), key=kind.power)


def _state(new: PermissionInputs, before: str | None) -> PermissionState:
    return PermissionState(**new.model_dump(), level_before=before, revision=new_revision())
