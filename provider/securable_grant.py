"""One principal's privileges on one securable: it takes away only what it added."""

from collections.abc import Mapping

from databricks.sdk.errors import NotFound

from model.kinds import SECURABLE_KINDS
from model.nearest import nearest
from provider.faulty import refuse
from provider.handler import Created, Handler
from provider.object_permission import new_revision
from provider.patience import Patience
from provider.securable_writer import Change, Securable, SecurableWriter
from provider.wire import Plain, Wire


class GrantInputs(Wire):
    kind: str
    full_name: str
    principal: str
    """An application id."""
    privileges: tuple[str, ...]
    implied: tuple[str, ...] = ()
    """Those of `privileges` that nobody declared, but that the declared ones need."""
    adopted: bool = False
    """The principal was there before the stack, so that it may hold some of the privileges already."""
    fault: str | None = None


class GrantState(GrantInputs):
    added: tuple[str, ...]
    """What this resource gave, and what it will take away."""
    revision: str


class SecurableGrant(Handler[GrantInputs, GrantState]):
    """Costs one request for each verb, and less where several arrive together on one securable; one more for an adopted principal."""

    resource_type = "brickpass:index:SecurableGrant"
    inputs, state = GrantInputs, GrantState
    replaces = frozenset({"kind", "fullName", "principal"})
    outputs = frozenset({"added", "revision"})

    def __init__(self, writer: SecurableWriter, patience: Patience) -> None:
        self._writer = writer
        self._patience = patience

    def check(self, new: Mapping[str, Plain]) -> Mapping[str, str]:
        kind, privileges = new.get("kind"), new.get("privileges")
        if not isinstance(kind, str) or not isinstance(privileges, list):
            return {}
        if kind not in SECURABLE_KINDS:
            return {"kind": f'"{kind}" is no kind of securable; there are {", ".join(SECURABLE_KINDS)}'}
        known = SECURABLE_KINDS[kind].privileges
        for privilege in privileges:
            if isinstance(privilege, str) and privilege not in known:
                near = nearest(privilege, known)
                hint = f'; did you mean "{near}"?' if near else ""
                return {"privileges": f'"{privilege}" is not a privilege on {SECURABLE_KINDS[kind].a_noun}{hint}'}
        return {}

    async def create(self, new: GrantInputs, *, urn: str) -> Created[GrantState]:
        refuse(new.fault)
        held = await self._writer.read(_securable(new), new.principal) if new.adopted else frozenset()
        added = frozenset(new.privileges) - held
        await self._write(new, add=added, urn=urn)
        return Created(id=f"{new.kind}/{new.full_name}/{new.principal}", state=_state(new, added))

    async def update(self, resource_id: str, old: GrantState, new: GrantInputs, *, urn: str) -> GrantState:
        del resource_id
        refuse(new.fault)
        wanted, ours = frozenset(new.privileges), frozenset(old.added)
        missing = wanted - frozenset(old.privileges)
        if new.adopted and missing:
            missing -= await self._writer.read(_securable(new), new.principal)
        await self._write(new, add=missing, remove=ours - wanted, urn=urn)
        return _state(new, (ours & wanted) | missing)

    async def read(self, resource_id: str, old: GrantState) -> GrantState | None:
        del resource_id
        try:
            held = await self._writer.read(_securable(old), old.principal)
        except NotFound:
            return None
        # More than what was declared is not drift of this resource: somebody else gave it, and it stays.
        privileges = tuple(privilege for privilege in old.privileges if privilege in held)
        if not privileges:
            return None
        return old.model_copy(update={"privileges": privileges, "added": tuple(p for p in old.added if p in held)})

    async def delete(self, resource_id: str, old: GrantState, *, urn: str) -> None:
        del resource_id
        try:
            await self._write(old, remove=frozenset(old.added), urn=urn)
        except NotFound:
            return  # The securable, or the principal, is gone, and the grant with it.

    async def _write(
        self, grant: GrantInputs, *, add: frozenset[str] = frozenset(), remove: frozenset[str] = frozenset(), urn: str
    ) -> None:
        if not add and not remove:
            return
        change = Change(grant.principal, add=add, remove=remove)
        if add:
            await self._patience.until_visible(lambda: self._writer.write(_securable(grant), change), urn=urn)
        else:
            await self._writer.write(_securable(grant), change)


def _securable(grant: GrantInputs) -> Securable:
    return Securable(SECURABLE_KINDS[grant.kind].securable_type, grant.full_name)


def _state(new: GrantInputs, added: frozenset[str]) -> GrantState:
    return GrantState(**new.model_dump(), added=tuple(sorted(added)), revision=new_revision())
