"""Who is there, and by which names each goes when something is granted."""

from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.caller import Who
from sandbox.console.names import Named, Names
from sandbox.console.rendering import matches
from sandbox.federation.rows import FederationPolicy
from sandbox.scim.rows import Group, Principal, ServicePrincipal
from sandbox.secrets.rules import ServicePrincipalSecret
from sandbox.workspace import Workspace


@dataclass(frozen=True, slots=True)
class PrincipalShown:
    row: Principal
    named: Named
    in_workspace: bool
    active: bool
    groups: tuple[Named, ...]
    """All that it is in, by other groups too."""
    entitlements: dict[str, tuple[Named, ...]]
    """Each with whom it comes from: the principal itself, or its groups."""
    secrets: tuple[ServicePrincipalSecret, ...]
    """The live ones. The secrets themselves are nowhere: the workspace keeps their hashes."""
    policies: tuple[FederationPolicy, ...]
    """Its own and the account's: whose tokens log it in without a secret."""

    @property
    def can_log_in(self) -> bool:
        return bool(self.secrets or self.policies)


class Principals:
    def __init__(self, workspace: Workspace) -> None:
        self._directory = workspace.directory
        self._secrets = workspace.secrets
        self._federation = workspace.federation
        self._names = Names(workspace.directory)

    def service_principals(self, wanted: str = "") -> list[PrincipalShown]:
        return self._all(self._directory.service_principals, wanted)

    def people(self, wanted: str = "") -> list[PrincipalShown]:
        return self._all(self._directory.users, wanted)

    def groups(self, wanted: str = "") -> list[PrincipalShown]:
        return self._all(self._directory.groups, wanted)

    def find(self, principal_id: str) -> PrincipalShown | None:
        row = self._directory.by_id(principal_id)
        return self._shown(row) if row else None

    def members(self, group: Group) -> list[Named]:
        """Direct ones. Those of `users` are written down nowhere: all who are in the workspace."""
        found = (self._directory.by_id(member) for member in group.members)
        return sorted((self._names.of(member) for member in found if member), key=lambda named: named.order)

    def names_in_workspace(self, row: Principal) -> frozenset[Who]:
        """Its own and its groups', as access lists know them. Whoever is out or deactivated goes by none."""
        if isinstance(row, Group):
            return frozenset(group.who for group in self._group_with_its(row)) if self._directory.in_workspace(row) else frozenset()
        caller = self._directory.caller(row.id)
        return caller.names if caller and caller.in_workspace else frozenset()

    def names_in_account(self, row: Principal) -> frozenset[str]:
        """The same, as Unity Catalog knows them."""
        if isinstance(row, Group):
            return frozenset(group.display_name for group in self._group_with_its(row) if group.of_account)
        caller = self._directory.caller(row.id)
        return caller.account_names if caller else frozenset()

    def _all(self, rows: Iterable[Principal], wanted: str) -> list[PrincipalShown]:
        """Those with these words in their name, in what the APIs call them, or in an id."""
        found = (self._shown(row) for row in rows)
        return sorted(
            (one for one in found if matches(wanted, one.named.title, one.named.detail, one.row.id, one.row.external_id or "")),
            key=lambda shown: shown.named.order,
        )

    def _shown(self, row: Principal) -> PrincipalShown:
        return PrincipalShown(
            row=row,
            named=self._names.of(row),
            in_workspace=self._directory.in_workspace(row),
            active=isinstance(row, Group) or row.active,
            groups=tuple(self._names.of(group) for group in self._directory.groups_of(row.id)),
            entitlements=self._entitlements(row),
            secrets=tuple(self._secrets.live(row.id)) if isinstance(row, ServicePrincipal) else (),
            policies=(*self._federation.listed(row.id), *self._federation.listed(None)) if isinstance(row, ServicePrincipal) else (),
        )

    def _entitlements(self, row: Principal) -> dict[str, tuple[Named, ...]]:
        holders = self._with_groups(row)
        words = sorted({word for holder in holders for word in holder.entitlements})
        return {word: tuple(self._names.of(holder) for holder in holders if word in holder.entitlements) for word in words}

    def _with_groups(self, row: Principal) -> list[Principal]:
        if isinstance(row, Group):
            return list(self._group_with_its(row))
        # In the workspace, everybody is in `users` too.
        users = [self._directory.system_group("users")] if self._directory.in_workspace(row) else []
        return [row, *self._directory.groups_of(row.id), *users]

    def _group_with_its(self, row: Group) -> list[Group]:
        return [row, *self._directory.groups_of(row.id)]
