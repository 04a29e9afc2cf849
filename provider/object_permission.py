"""One principal's level on one object: the entry of nobody else is touched."""

from collections.abc import Mapping
from contextlib import suppress

from databricks.sdk.errors import NotFound
from databricks.sdk.errors.base import DatabricksError

from model.kinds import OBJECT_KINDS, OWNER, ObjectKind
from model.nearest import did_you_mean
from provider.access_list import Who
from provider.access_lists import AccessLists
from provider.access_writer import NO_LEVEL, Entry, Overtaken
from provider.declared import Declared, Thing
from provider.grant import GrantInputs, new_revision
from provider.handler import Created, Handler
from provider.owners import next_owner
from provider.patience import Patience, principal_not_yet_visible
from provider.wire import Plain


class PermissionInputs(GrantInputs):
    kind: str
    object_id: str = ""
    object_name: str
    level: str
    next_owner: str | None = None
    """Who owns the object when IS_OWNER is given up: a user, or `id:` and a service principal's Client ID."""


class PermissionState(PermissionInputs):
    level_before: str | None = None
    """What an adopted principal had, and gets back."""
    written: str | None = None
    """What we gave an adopted principal; None where it had as much. Any other level that is found is somebody else's, and stays."""
    revision: str


class ObjectPermission(Handler[PermissionInputs, PermissionState]):
    """Costs one request to create or update, and less where several grants on one object arrive together; one to read; three to delete.

    To give an adopted principal a level costs two more, since what a person changed meanwhile is left as it is; and giving up what it
    owns two more, since somebody else is made the owner first, if it still is.
    """

    resource_type = "brickpass:index:ObjectPermission"
    inputs, state = PermissionInputs, PermissionState
    replaces = frozenset({"kind", "objectId", "principal"})
    outputs = frozenset({"levelBefore", "written", "revision"})

    def __init__(self, lists: AccessLists, patience: Patience, declared: Declared) -> None:
        self._lists = lists
        self._patience = patience
        self._declared = declared
        self._principals: dict[Thing, str] = {}
        """Whom this run gave a level."""
        self._given: dict[tuple[str, str, str], tuple[str, str]] = {}
        """By which resource this run gave a principal its level on an object, or found it given, and the level."""

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

    def unchanged(self, new: PermissionInputs) -> None:
        # By a resource that stays, whichever it is: none that is deleted in this run.
        self._remember(new, urn="")

    def settled(self, new: Mapping[str, Plain]) -> None:
        kind, object_id = new.get("kind"), new.get("objectId")
        if isinstance(kind, str) and isinstance(object_id, str):
            self._declared.settle(OBJECT_KINDS[kind].access_list(object_id), str(new.get("integration")))

    def unknown_after_update(self, old: PermissionState, new: PermissionInputs | None) -> frozenset[str]:
        return self.outputs if new is None or new.level != old.level else frozenset()

    async def create(self, new: PermissionInputs, *, urn: str) -> Created[PermissionState]:
        new.refuse_if_at_fault()
        state = await self._granted(new, None, urn=urn)
        return Created(f"{new.kind}/{new.object_id}/{new.principal}", state)

    async def update(self, resource_id: str, old: PermissionState, new: PermissionInputs, *, urn: str) -> PermissionState:
        del resource_id
        new.refuse_if_at_fault()
        if new.level == old.level:
            # Only what we know of it changed, such as the object's name: nothing is written, and nothing needs another proof.
            self._remember(new, urn=urn)
            return old.model_copy(update=new.model_dump())
        return await self._granted(new, old, urn=urn)

    async def read(self, resource_id: str, old: PermissionState) -> PermissionState | None:
        del resource_id
        try:
            level = await self._level(old)
        except NotFound:
            return None
        if level is None:
            return None
        # An adopted principal's higher level is no drift: it is left as it was found.
        kept = old.adopted and _as_strong(_kind(old), level, old.level)
        return old if kept else old.model_copy(update={"level": level})

    async def delete(self, resource_id: str, old: PermissionState, *, urn: str) -> None:
        del resource_id
        # A grant that the config now names another way (by id) is another resource on the same entry, which must outlive this one;
        # unless the integration has another principal by now, and this is the entry of the one before.
        replaced = self._principals.get(_thing(old), old.principal) != old.principal
        if self._declared.has_object(_thing(old)) and not replaced:
            return
        giver, level = self._given.get(_entry(old), (urn, None))
        elsewhere = level if giver != urn else None
        if old.adopted:
            await self._give_back(old, elsewhere)
        elif not elsewhere:
            await self._lists.write(_kind(old), old.object_id, Entry(old.principal, None, _next_owner(old)))

    async def _granted(self, new: PermissionInputs, old: PermissionState | None, *, urn: str) -> PermissionState:
        before, written = None, None
        if new.adopted:
            before, written = await self._raised(new, old, urn=urn)
        else:
            await self._write(new, new.level, old, urn=urn)
        self._remember(new, urn=urn)
        return PermissionState(**new.model_dump(), level_before=before, written=written, revision=new_revision())

    async def _raised(self, new: PermissionInputs, old: PermissionState | None, *, urn: str) -> tuple[str | None, str | None]:
        """What an adopted principal had before us, and what we gave it: only that is ever lowered."""
        while True:
            current = await self._level(new)
            ours = old if old and old.written and old.written == current else None
            before = ours.level_before if ours else current
            found = current or NO_LEVEL
            with suppress(Overtaken):
                if not _as_strong(_kind(new), before, new.level):
                    await self._write(new, new.level, old, urn=urn, only_if=found)
                    return before, new.level
                if ours:
                    await self._write(new, _without_owner(before), old, urn=urn, only_if=found)
                return before, None

    async def _give_back(self, old: PermissionState, elsewhere: str | None) -> None:
        """What an adopted principal had before us, or as much as another grant of this run needs."""
        kind = _kind(old)
        back = max((level for level in (_without_owner(old.level_before), elsewhere) if level), key=kind.power, default=None)
        if old.written in (None, back):
            return
        try:
            await self._lists.write(kind, old.object_id, Entry(old.principal, back, _next_owner(old), only_if=old.written))
        except Overtaken:
            return  # Another level is somebody else's.
        except DatabricksError as error:
            # The object, or the principal, is gone, and the entry with it.
            if not isinstance(error, NotFound) and not principal_not_yet_visible(error):
                raise

    def _remember(self, grant: PermissionInputs, *, urn: str) -> None:
        self._principals[_thing(grant)] = grant.principal
        self._given[_entry(grant)] = urn, grant.level

    async def _write(
        self, new: PermissionInputs, level: str | None, old: PermissionState | None, *, urn: str, only_if: str | None = None
    ) -> None:
        given_up = old if new.level != OWNER else None
        entry = Entry(new.principal, level, _next_owner(given_up), only_if)
        await self._patience.until_visible(lambda: self._lists.write(_kind(new), new.object_id, entry), urn=urn)

    async def _level(self, grant: PermissionInputs) -> str | None:
        return await self._lists.level(_kind(grant), grant.object_id, grant.principal)


def _thing(grant: PermissionInputs) -> Thing:
    return grant.integration, grant.kind, grant.object_id


def _entry(grant: PermissionInputs) -> tuple[str, str, str]:
    return grant.principal, grant.kind, grant.object_id


def _next_owner(given_up: PermissionInputs | None) -> Who | None:
    return next_owner(given_up.next_owner) if given_up and given_up.next_owner else None


def _kind(grant: PermissionInputs) -> ObjectKind:
    return OBJECT_KINDS[grant.kind]


def _as_strong(kind: ObjectKind, level: str | None, as_this: str) -> bool:
    return level is not None and kind.power(level) >= kind.power(as_this)


def _without_owner(level: str | None) -> str | None:
    # Giving it would take it from the owner that a person made meanwhile; an owner of before keeps CAN_MANAGE. (api-facts: 5.3, 5.4)
    return "CAN_MANAGE" if level == OWNER else level
