"""Who may do what with a securable (api-facts: 6.3). A workspace's admins have no data access by themselves."""

from collections.abc import Iterator

from sandbox.caller import Caller
from sandbox.errors import ApiError, PermissionDeniedError
from sandbox.state import State
from sandbox.unity_catalog.kind import ALL, BROWSE, MANAGE, NOT_IN_ALL, SecurableKind
from sandbox.unity_catalog.kinds import METASTORE
from sandbox.unity_catalog.rows import Grants, Securable


class Access:
    def __init__(self, state: State) -> None:
        self.grants = state.table(Grants)
        self.securables = state.table(Securable)
        self._by_place = self.securables.index(lambda row: (row.type, row.parent_name))
        self._by_type = self.securables.index(lambda row: row.type)

    def inside(self, kind: SecurableKind, parent_name: str) -> list[Securable]:
        """The securables of a kind in one place; of the kinds that lie in none, all."""
        return self._by_place.get((kind.type, parent_name))

    def of_kind(self, kind: SecurableKind) -> list[Securable]:
        return self._by_type.get(kind.type)

    def metastore(self) -> Securable:
        return self.inside(METASTORE, "")[0]

    def find(self, kind: SecurableKind, name: str) -> Securable:
        """The securable, whoever asks."""
        full_name = name.lower()
        row = self.securables.get(f"{kind.type}/{full_name}")
        if row is None:
            raise ApiError(f"{kind.noun} '{full_name}' does not exist.", status=404, error_code=kind.missing_code)
        return row

    def granted_on(self, securable: Securable) -> Grants:
        return self.grants.get(securable.key) or Grants(securable.key)

    def ancestors(self, securable: Securable) -> Iterator[Securable]:
        """From the catalog down, without the securable itself; nothing is inherited from the metastore."""
        if securable.kind.parent is not None:
            parent = self.securables.get(f"{securable.kind.parent.type}/{securable.parent_name}")
            if parent is not None:
                yield from self.ancestors(parent)
                yield parent

    def is_metastore_admin(self, caller: Caller) -> bool:
        return self.owns(caller, self.metastore())

    def owns(self, caller: Caller, securable: Securable) -> bool:
        return securable.owner in caller.account_names

    def has(self, caller: Caller, securable: Securable, privilege: str) -> bool:
        """By a grant here or above, or as the owner, who has all on the thing itself and nothing of it below."""
        if self.owns(caller, securable):
            return True
        return any(self._granted(caller, place, privilege) for place in (*self.ancestors(securable), securable))

    def may_manage(self, caller: Caller, securable: Securable) -> bool:
        """See and change its grants: metastore admins, owners of it or of what it is in, and holders of MANAGE that can reach it."""
        if self.is_metastore_admin(caller) or any(self.owns(caller, place) for place in (*self.ancestors(securable), securable)):
            return True
        return self.has(caller, securable, MANAGE) and self.missing_use(caller, securable) is None

    def missing_use(self, caller: Caller, securable: Securable) -> PermissionDeniedError | None:
        """What keeps the caller from reaching into the places that the securable is in, the outermost first."""
        for place in self.ancestors(securable):
            if not (self.has(caller, place, place.kind.use) or self.has(caller, place, MANAGE)):
                return denied(place, place.kind.use)
        return None

    def missing_sight(self, caller: Caller, securable: Securable) -> PermissionDeniedError | None:
        """Why the caller cannot see it; None if it can."""
        if self.may_manage(caller, securable):
            return None
        if missing := self.missing_use(caller, securable):
            return missing
        return None if self._shows(caller, securable) else denied(securable, securable.kind.use)

    def may_browse(self, caller: Caller, securable: Securable) -> bool:
        """BROWSE shows metadata without any other privilege."""
        return any(self._granted(caller, place, BROWSE) for place in (*self.ancestors(securable), securable))

    def missing_privileges(self, caller: Caller, securable: Securable, privileges: tuple[str, ...]) -> PermissionDeniedError | None:
        """Why the caller may not use the thing's data so: catalog, schema, and then the thing itself (api-facts: 8.1)."""
        for place in self.ancestors(securable):
            if not self.has(caller, place, place.kind.use):
                return denied(place, place.kind.use)
        # MODIFY on a schema does not make its views writable, and neither does owning one.
        applicable = securable.kind.grantable(securable.subtype)
        missing = (word for word in privileges if word not in applicable or not self.has(caller, securable, word))
        return next((denied(securable, word) for word in missing), None)

    def _shows(self, caller: Caller, securable: Securable) -> bool:
        kind = securable.kind
        if kind.shown_by and self.has(caller, self.metastore(), kind.shown_by):
            return True
        return any(self.has(caller, securable, word) for word in ((kind.use,) if kind.use else kind.own - {BROWSE}))

    def _granted(self, caller: Caller, place: Securable, privilege: str) -> bool:
        for grant in self.granted_on(place).grants:
            if grant.principal in caller.account_names and (
                privilege in grant.privileges or (ALL in grant.privileges and privilege not in NOT_IN_ALL)
            ):
                return True
        return False


def denied(securable: Securable, privilege: str) -> PermissionDeniedError:
    """The refusal; without one privilege that would do, any would have (the words for that are inferred)."""
    return PermissionDeniedError(f"User does not have {privilege.replace('_', ' ') or 'any privilege'} on {securable.title_in_texts}.")
