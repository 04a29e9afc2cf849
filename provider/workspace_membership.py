"""A service principal's place in the workspace: role, entitlements, groups. What an adopted one had before us, it has after us."""

from collections.abc import AsyncIterator, Iterable
from contextlib import suppress

from databricks.sdk.errors import NotFound

from provider.declared import Guarded
from provider.errors import sentence
from provider.grant import new_revision
from provider.handler import Created, Handler, PartlyDone
from provider.memberships import ROLES, Held, Memberships
from provider.patience import Patience
from provider.question import Group


class MembershipInputs(Guarded):
    principal: str
    """The application id."""
    principal_id: str
    role: str | None = None
    """The least that it is to be in the workspace; nothing leaves that as it is."""
    adopted: bool = False
    """The principal was there before the stack, and keeps what it had. One of our own had nothing: what it is found to have is ours,
    from a run that was killed or a state that was lost.
    """
    entitlements: tuple[str, ...] = ()
    entitled: bool = False
    """The principal was made with these entitlements. What somebody takes away of them is given again."""
    groups: tuple[Group, ...] = ()


class MembershipState(MembershipInputs):
    added_entitlements: tuple[str, ...] = ()
    """What it has of us alone, and will not have after."""
    joined: tuple[Group, ...] = ()
    raised: bool = False
    """Whether it was given its role here."""
    role_before: str | None = None
    revision: str


class WorkspaceMembership(Handler[MembershipInputs, MembershipState]):
    """Costs one request to look, one for the entitlements, one for each group and two for the role; only for what is not there yet.

    The official provider's resources cannot do this: `Entitlements` owns all that a principal has, a `GroupMember` or an assignment
    that was there before goes with its resource all the same, and all of them go when a key drops out of the stack file. (api-facts: 11)
    """

    resource_type = "brickpass:index:WorkspaceMembership"
    inputs, state = MembershipInputs, MembershipState
    replaces = frozenset({"principalId"})
    outputs = frozenset({"addedEntitlements", "joined", "raised", "roleBefore", "revision"})

    def __init__(self, memberships: Memberships, patience: Patience) -> None:
        self._memberships = memberships
        self._patience = patience
        self._wanted: dict[str, MembershipInputs] = {}
        """What this run gave a principal, or found given, by the principal's id."""

    def unchanged(self, new: MembershipInputs) -> None:
        self._wanted[new.principal_id] = new

    async def create(self, new: MembershipInputs, *, urn: str) -> Created[MembershipState]:
        made = _bare(new).model_copy(update={"entitlements": new.entitlements if new.entitled else ()})
        state = await self._brought(new.principal_id, MembershipState(**made.model_dump(), revision=new_revision()), new, urn=urn)
        self._wanted[new.principal_id] = new
        return Created(new.principal_id, state)

    async def update(self, resource_id: str, old: MembershipState, new: MembershipInputs, *, urn: str) -> MembershipState:
        state = await self._brought(resource_id, old, new, urn=urn)
        self._wanted[resource_id] = new
        return state

    async def read(self, resource_id: str, old: MembershipState) -> MembershipState | None:
        held = await self._memberships.held(resource_id)
        if held is None:
            return None
        groups = tuple(group for group in old.groups if group.id in held.group_ids)
        role = await self._memberships.role(resource_id) if old.raised else old.role
        return old.model_copy(
            update={
                # A higher one than was given here is somebody else's, and no drift.
                "role": min(role, old.role, key=_power),
                "entitlements": tuple(each for each in old.entitlements if each in held.entitlements),
                "added_entitlements": tuple(each for each in old.added_entitlements if each in held.entitlements),
                "groups": groups,
                "joined": tuple(group for group in old.joined if group in groups),
            }
        )

    async def delete(self, resource_id: str, old: MembershipState, *, urn: str) -> None:
        # A principal that moved to another integration of the stack was given what it needs there before it comes to this.
        kept = self._wanted.get(resource_id, _bare(old))
        try:
            await self._brought(resource_id, old, _common(old, kept), urn=urn)
        except NotFound:
            return  # The principal is gone, and all that it had with it.

    async def _brought(self, resource_id: str, old: MembershipState, new: MembershipInputs, *, urn: str) -> MembershipState:
        """The state after each write that it takes; one that breaks off keeps what was done, for the next run to go on."""
        state = old
        try:
            async for reached in self._steps(old, new, urn=urn):
                state = reached
        except Exception as error:
            if (said := sentence(error)) is None or state is old:
                raise
            raise PartlyDone(said, id=resource_id, state=state) from error
        return state.model_copy(update={**new.model_dump(), "groups": new.groups, "revision": new_revision()})

    async def _steps(self, state: MembershipState, new: MembershipInputs, *, urn: str) -> AsyncIterator[MembershipState]:
        """In the order in which a principal comes into a workspace, and leaves it again."""
        if _power(new.role) > _power(state.role):
            yield (state := await self._raised(state, new))
        held = Held(frozenset(), frozenset())
        if set(new.entitlements) - set(state.entitlements) or _ids(new.groups) - _ids(state.groups):
            held = await self._patience.until_visible(lambda: self._memberships.held_soon(new.principal_id), urn=urn)
        yield (state := await self._with_entitlements(state, new, held))
        yield (state := await self._without_entitlements(state, new))
        for group in new.groups:
            if group.id not in _ids(state.groups):
                yield (state := await self._joined(state, new, group, held))
        for group in state.groups:
            if group.id not in _ids(new.groups):
                yield (state := await self._left(state, group))
        if _power(new.role) < _power(state.role):
            yield await self._lowered(state, new)

    async def _raised(self, state: MembershipState, new: MembershipInputs) -> MembershipState:
        current = state.role_before if state.raised else await self._memberships.role(state.principal_id)
        before = current if new.adopted or state.raised else _born(new)
        if _power(current) < _power(new.role):
            await self._memberships.give_role(state.principal_id, new.role)
        raised = _power(before) < _power(new.role)
        return state.model_copy(update={"role": new.role} | ({"raised": True, "role_before": before} if raised else {}))

    async def _lowered(self, state: MembershipState, new: MembershipInputs) -> MembershipState:
        if not state.raised:
            return state.model_copy(update={"role": new.role})
        back = max(new.role, state.role_before, key=_power)
        await self._memberships.give_role(state.principal_id, back)
        return state.model_copy(update={"role": new.role, "raised": back != state.role_before})

    async def _with_entitlements(self, state: MembershipState, new: MembershipInputs, held: Held) -> MembershipState:
        missing = frozenset(new.entitlements) - frozenset(state.entitlements)
        await self._memberships.add_entitlements(state.principal_id, missing - held.entitlements)
        # Those that an own principal was made with are the official provider's to take away.
        added = missing - held.entitlements if new.adopted or new.entitled else missing
        return _entitled(state, missing.union(state.entitlements), added.union(state.added_entitlements))

    async def _without_entitlements(self, state: MembershipState, new: MembershipInputs) -> MembershipState:
        wanted, added = frozenset(new.entitlements), frozenset(state.added_entitlements)
        await self._memberships.remove_entitlements(state.principal_id, added - wanted)
        return _entitled(state, wanted, added & wanted)

    async def _joined(self, state: MembershipState, new: MembershipInputs, group: Group, held: Held) -> MembershipState:
        is_member = group.id in held.group_ids
        if not is_member:
            await self._memberships.join(group, state.principal_id)
        joined = state.joined if is_member and new.adopted else (*state.joined, group)
        return state.model_copy(update={"groups": (*state.groups, group), "joined": joined})

    async def _left(self, state: MembershipState, group: Group) -> MembershipState:
        if group.id in _ids(state.joined):
            # A group that is gone took every membership with it.
            with suppress(NotFound):
                await self._memberships.leave(group, state.principal_id)
        groups, joined = (tuple(each for each in some if each.id != group.id) for some in (state.groups, state.joined))
        return state.model_copy(update={"groups": groups, "joined": joined})


def _bare(of: MembershipInputs) -> MembershipInputs:
    """The principal without anything that it is given."""
    kept = of.model_dump(include={"integration", "protected", "principal", "principal_id", "adopted"})
    return MembershipInputs.model_validate(kept)


def _born(of: MembershipInputs) -> str | None:
    """The role that an own principal has by its making: one that is made in a workspace is a user of it, one of an account is not."""
    return "USER" if of.entitled else None


def _common(one: MembershipInputs, other: MembershipInputs) -> MembershipInputs:
    """What a principal is given by both."""
    return _bare(one).model_copy(
        update={
            "role": min(one.role, other.role, key=_power),
            "entitlements": tuple(each for each in one.entitlements if each in other.entitlements),
            "groups": tuple(group for group in one.groups if group.id in _ids(other.groups)),
        }
    )


def _entitled(state: MembershipState, entitlements: Iterable[str], added: Iterable[str]) -> MembershipState:
    return state.model_copy(update={"entitlements": tuple(sorted(entitlements)), "added_entitlements": tuple(sorted(added))})


def _power(role: str | None) -> int:
    return ROLES.index(role) + 1 if role else 0


def _ids(groups: Iterable[Group]) -> frozenset[str]:
    return frozenset(group.id for group in groups)
