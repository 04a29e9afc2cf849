"""Finds principals, and tells who is in which group and who is in the workspace. All services ask here."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal, NamedTuple

from sandbox.caller import Caller, Who
from sandbox.clock import Clock
from sandbox.faults import Area, Faults
from sandbox.scim.rows import Assignment, Group, Principal, ServicePrincipal, User
from sandbox.state import State


class Memberships(NamedTuple):
    """What follows from the rows at one version of them."""

    version: int
    parents: dict[str, list[Group]]
    """The groups that have this principal as a direct member."""
    in_workspace: frozenset[str]
    callers: dict[str, Caller]


class Directory:
    def __init__(self, state: State, clock: Clock, faults: Faults) -> None:
        self._clock = clock
        self._faults = faults
        self.service_principals = state.table(ServicePrincipal)
        self.users = state.table(User)
        self.groups = state.table(Group)
        self.assignments = state.table(Assignment)
        # Names compare without case for users and application ids, groups exactly (api-facts: 5.4).
        self._by_application_id = self.service_principals.index(lambda row: row.application_id.lower())
        self._by_user_name = self.users.index(lambda row: row.user_name.lower())
        self._by_display_name = self.groups.index(lambda row: row.display_name)
        self._kept = Memberships(-1, {}, frozenset(), {})

    def by_id(self, principal_id: str) -> Principal | None:
        return self.service_principals.get(principal_id) or self.users.get(principal_id) or self.groups.get(principal_id)

    def by_application_id(self, application_id: str) -> ServicePrincipal | None:
        return self._by_application_id.one(application_id.lower())

    def by_user_name(self, user_name: str) -> User | None:
        return self._by_user_name.one(user_name.lower())

    def group(self, display_name: str) -> Group | None:
        return self._by_display_name.one(display_name)

    def system_group(self, display_name: Literal["admins", "users"]) -> Group:
        group = self.group(display_name)
        if group is None:
            raise RuntimeError(f"the workspace has no group {display_name}")
        return group

    def by_who(self, who: Who) -> Principal | None:
        if who.kind == "group_name":
            return self.group(who.name)
        if who.kind == "service_principal_name":
            return self.by_application_id(who.name)
        if who.kind == "user_name":
            # A service principal may be given so, by its application id: the official plugin does so for itself (api-facts: 5.4).
            return self.by_user_name(who.name) or self.by_application_id(who.name)
        return None

    def change_members(self, group: Group, *, add: Iterable[str] = (), remove: Iterable[str] = ()) -> Group:
        """The group with these added and those taken out; repeating is no error (api-facts: 3.3)."""
        gone = set(remove)
        kept = [member for member in dict.fromkeys((*group.members, *add)) if member not in gone]
        changed = replace(group, members=tuple(kept))
        self.groups.put(changed)
        return changed

    def leave_workspace(self, principal: Principal) -> None:
        """Out of the workspace and its own groups; in the account it lives on, and so do its entries (api-facts: 0)."""
        for group in self.groups:
            if not group.of_account and principal.id in group.members:
                self.change_members(group, remove=[principal.id])
        self.assignments.remove(principal.id)

    def leave_groups(self, principal: Principal) -> None:
        for group in self.groups:
            if principal.id in group.members:
                self.change_members(group, remove=[principal.id])

    def remove(self, principal: Principal) -> None:
        for table in (self.service_principals, self.users, self.groups):
            table.remove(principal.id)

    @property
    def version(self) -> int:
        """Another one after each change of anything here: what is derived may be kept as long as it stays the same."""
        return self.service_principals.version + self.users.version + self.groups.version + self.assignments.version

    def groups_of(self, principal_id: str) -> list[Group]:
        """All groups that the principal is in, through others too; without `users`."""
        parents = self._memberships().parents
        found: dict[str, Group] = {}
        waiting = [principal_id]
        while waiting:
            for group in parents.get(waiting.pop(), ()):
                if group.id not in found:
                    found[group.id] = group
                    waiting.append(group.id)
        return list(found.values())

    def in_workspace(self, principal: Principal) -> bool:
        """Assigned itself, or through a group; a group of the workspace is there by itself."""
        if isinstance(principal, Group) and not principal.of_account:
            return True
        return principal.id in self._memberships().in_workspace

    def has_settled(self, principal: Principal, area: Area) -> bool:
        """False while a principal is too new for other parts of the workspace to know it (api-facts: 10.3)."""
        return self._faults.has_propagated(area, principal.created_at, self._clock.now())

    def caller(self, principal_id: str) -> Caller | None:
        """What the gate hands to all handlers; kept until anything in the directory changes."""
        callers = self._memberships().callers
        if principal_id not in callers:
            principal = self.service_principals.get(principal_id) or self.users.get(principal_id)
            if principal is None or not principal.active:
                return None
            callers[principal_id] = self._caller(principal)
        return callers[principal_id]

    def _memberships(self) -> Memberships:
        if self._kept.version != self.version:
            parents: dict[str, list[Group]] = {}
            for group in self.groups:
                for member in group.members:
                    parents.setdefault(member, []).append(group)
            self._kept = Memberships(self.version, parents, frozenset(self._assigned()), {})
        return self._kept

    def _assigned(self) -> set[str]:
        found: set[str] = set()
        waiting = [assignment.principal_id for assignment in self.assignments]
        while waiting:
            if (principal_id := waiting.pop()) not in found:
                found.add(principal_id)
                group = self.groups.get(principal_id)
                waiting.extend(group.members if group else ())
        return found

    def _caller(self, principal: ServicePrincipal | User) -> Caller:
        groups = self.groups_of(principal.id)
        in_workspace = self.in_workspace(principal)
        if in_workspace and (users := self.group("users")):
            groups.append(users)
        entitlements = {word for row in (principal, *groups) for word in row.entitlements}
        return Caller(
            principal_id=principal.id,
            who=principal.who,
            names=frozenset({principal.who, *(group.who for group in groups)}),
            account_names=frozenset({principal.who.name, "account users", *(g.display_name for g in groups if g.of_account)}),
            entitlements=frozenset(entitlements),
            in_workspace=in_workspace,
            is_workspace_admin=in_workspace and any(group.who == Who("group_name", "admins") for group in groups),
            is_account_admin="account_admin" in principal.roles,
        )
