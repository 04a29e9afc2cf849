"""One principal's privileges on one securable: it takes away only what it added."""

from collections.abc import Mapping

from databricks.sdk.errors import NotFound

from model.kinds import SECURABLE_KINDS
from model.nearest import did_you_mean
from provider.declared import Declared
from provider.grant import GrantInputs, new_revision
from provider.handler import Created, Handler
from provider.patience import Patience
from provider.securable_writer import Change, SecurableWriter
from provider.wire import Plain


class PrivilegesInputs(GrantInputs):
    kind: str
    full_name: str
    securable_id: str = ""
    """By which the API knows it where that is not its full name: a metastore's."""
    privileges: tuple[str, ...]
    implied: tuple[str, ...] = ()
    """Those of `privileges` that nobody declared, but that the declared ones need."""


class PrivilegesState(PrivilegesInputs):
    added: tuple[str, ...]
    """What this resource gave, and what it will take away."""
    revision: str


class SecurableGrant(Handler[PrivilegesInputs, PrivilegesState]):
    """Costs one request for each verb, and less where several arrive together on one securable; one more for an adopted principal.

    Taking ALL_PRIVILEGES away costs two more.
    """

    resource_type = "brickpass:index:SecurableGrant"
    inputs, state = PrivilegesInputs, PrivilegesState
    replaces = frozenset({"kind", "fullName", "principal"})
    outputs = frozenset({"added", "revision"})

    def __init__(self, writer: SecurableWriter, patience: Patience, declared: Declared) -> None:
        self._writer = writer
        self._declared = declared
        self._patience = patience
        self._wanted: dict[str, frozenset[str]] = {}
        """What this run gave, or found given, by a grant's id: a new grant is made before the one in its place is taken away."""

    def check(self, new: Mapping[str, Plain]) -> Mapping[str, str]:
        kind, privileges = new.get("kind"), new.get("privileges")
        if not isinstance(kind, str) or not isinstance(privileges, list):
            return {}
        if kind not in SECURABLE_KINDS:
            return {"kind": f'"{kind}" is no kind of securable; there are {", ".join(SECURABLE_KINDS)}'}
        known = SECURABLE_KINDS[kind].privileges
        for privilege in privileges:
            if isinstance(privilege, str) and privilege not in known:
                return {"privileges": f'"{privilege}" is not a privilege on {SECURABLE_KINDS[kind].a_noun}{did_you_mean(privilege, known)}'}
        return {}

    def unchanged(self, new: PrivilegesInputs) -> None:
        self._remember(new)

    def settled(self, new: Mapping[str, Plain]) -> None:
        kind, name = new.get("kind"), new.get("securableId") or new.get("fullName")
        if isinstance(kind, str) and isinstance(name, str):
            self._declared.settle(SECURABLE_KINDS[kind].grants(name), str(new.get("integration")))

    def unknown_after_update(self, old: PrivilegesState, new: PrivilegesInputs | None) -> frozenset[str]:
        return self.outputs if new is None or set(new.privileges) != set(old.privileges) else frozenset()

    async def create(self, new: PrivilegesInputs, *, urn: str) -> Created[PrivilegesState]:
        new.refuse_if_at_fault()
        held = await self._writer.read(_grants(new), new.principal) if new.adopted else frozenset()
        added = frozenset(new.privileges) - held
        await self._write(new, add=added, urn=urn)
        self._remember(new)
        return Created(_id(new), _state(new, added))

    async def update(self, resource_id: str, old: PrivilegesState, new: PrivilegesInputs, *, urn: str) -> PrivilegesState:
        del resource_id
        new.refuse_if_at_fault()
        wanted, ours = frozenset(new.privileges), frozenset(old.added)
        if wanted == frozenset(old.privileges):
            self._remember(new)
            return old.model_copy(update=new.model_dump())
        missing = wanted - frozenset(old.privileges)
        if new.adopted and missing:
            missing -= await self._writer.read(_grants(new), new.principal)
        await self._write(new, add=missing, remove=ours - wanted, urn=urn)
        self._remember(new)
        return _state(new, (ours & wanted) | missing)

    async def read(self, resource_id: str, old: PrivilegesState) -> PrivilegesState | None:
        del resource_id
        try:
            held = await self._writer.read(_grants(old), old.principal)
        except NotFound:
            return None
        # More than what was declared is not drift of this resource: somebody else gave it, and it stays.
        privileges = tuple(privilege for privilege in old.privileges if privilege in held)
        if not privileges:
            return None
        return old.model_copy(update={"privileges": privileges, "added": tuple(p for p in old.added if p in held)})

    async def delete(self, resource_id: str, old: PrivilegesState, *, urn: str) -> None:
        del resource_id
        wanted = self._wanted.get(_id(old), frozenset())
        try:
            await self._write(old, remove=frozenset(old.added) - wanted, urn=urn)
        except NotFound:
            return  # The securable, or the principal, is gone, and the grant with it.

    async def _write(
        self, grant: PrivilegesInputs, *, add: frozenset[str] = frozenset(), remove: frozenset[str] = frozenset(), urn: str
    ) -> None:
        if "ALL_PRIVILEGES" not in remove:
            await self._change(grant, add, remove, urn=urn)
            return
        # Taking it away takes every single privilege that it implies too, whoever gave it. (api-facts: 6.2)
        kept = add | await self._writer.read(_grants(grant), grant.principal) - remove
        await self._change(grant, kept, remove, urn=urn)
        # No source says whether what is added by the same request outlives that.
        await self._change(grant, kept, frozenset(), urn=urn)

    async def _change(self, grant: PrivilegesInputs, add: frozenset[str], remove: frozenset[str], *, urn: str) -> None:
        change = Change(grant.principal, add=add, remove=remove)
        if add:
            await self._patience.until_visible(lambda: self._writer.write(_grants(grant), change), urn=urn)
        elif remove:
            await self._writer.write(_grants(grant), change)

    def _remember(self, grant: PrivilegesInputs) -> None:
        self._wanted[_id(grant)] = frozenset(grant.privileges)


def _id(grant: PrivilegesInputs) -> str:
    return f"{grant.kind}/{grant.full_name}/{grant.principal}"


def _grants(grant: PrivilegesInputs) -> str:
    return SECURABLE_KINDS[grant.kind].grants(grant.securable_id or grant.full_name)


def _state(new: PrivilegesInputs, added: frozenset[str]) -> PrivilegesState:
    return PrivilegesState(**new.model_dump(), added=tuple(sorted(added)), revision=new_revision())
