"""Who of the account is in the workspace, as USER or as ADMIN, which is membership in `admins` (api-facts: 9)."""

from sandbox.caller import Caller, who_of
from sandbox.clock import Clock
from sandbox.errors import InvalidParameterValueError, Json, PermissionDeniedError, ResourceDoesNotExistError
from sandbox.scim.directory import Directory
from sandbox.scim.rows import Assignment, Group, Principal

PERMISSIONS = {"USER": "Access to the workspace", "ADMIN": "Administers the workspace"}


class Assignments:
    def __init__(self, clock: Clock, directory: Directory) -> None:
        self._clock = clock
        self._directory = directory

    def listed(self, caller: Caller) -> list[Json]:
        _require_admin(caller)
        found = (self._directory.by_id(assignment.principal_id) for assignment in self._directory.assignments)
        return [self._shown(principal) for principal in found if principal]

    def put(self, caller: Caller, principal_id: str, permissions: object, *, workspace_id: str) -> Json:
        """Sets one principal's; an empty list takes it out."""
        _require_admin(caller)
        principal = self._directory.by_id(principal_id)
        if principal is None or (isinstance(principal, Group) and not principal.of_account):
            raise ResourceDoesNotExistError(f"Principal {principal_id} does not exist.")
        wanted = _permissions(permissions)
        if not wanted:
            self._directory.leave_workspace(principal)
            return {}
        if not self._directory.has_settled(principal, "assignments"):
            # What users see of a principal that is too new (api-facts: 9.1); the status is inferred.
            raise ResourceDoesNotExistError(f"Principal {principal_id} not in workspace {workspace_id}")
        self._assign(principal, admin="ADMIN" in wanted)
        return self._shown(principal)

    def post(self, caller: Caller, items: object) -> list[Json]:
        """Several by name, always as USER. A fault of one is in its item of a good answer (api-facts: 9.2)."""
        _require_admin(caller)
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise InvalidParameterValueError("permission_assignments must be a list.")
        return [self._posted(item) for item in items]

    def delete(self, caller: Caller, principal_id: str) -> None:
        """One that is not there is out already."""
        _require_admin(caller)
        if principal := self._directory.by_id(principal_id):
            self._directory.leave_workspace(principal)

    def _posted(self, item: Json) -> Json:
        who = who_of(item)
        principal = self._directory.by_who(who) if who else None
        if who is None or principal is None or not self._directory.has_settled(principal, "assignments"):
            return {**item, "error": f"Principal {who.name if who else item} does not exist."}
        if _permissions(item.get("permissions")) != {"USER"}:
            return {**item, "error": "Only USER can be assigned by name."}
        self._assign(principal, admin=None)
        return self._shown(principal)

    def _assign(self, principal: Principal, *, admin: bool | None) -> None:
        """Without `admin` the membership in `admins` stays as it is."""
        if self._directory.assignments.get(principal.id) is None:
            self._directory.assignments.put(Assignment(principal.id, self._clock.now()))
        admins = self._directory.system_group("admins")
        if admin is not None and admin != (principal.id in admins.members):
            members = [principal.id]
            self._directory.change_members(admins, add=members if admin else (), remove=() if admin else members)

    def _shown(self, principal: Principal) -> Json:
        is_admin = principal.id in self._directory.system_group("admins").members
        named = {"principal_id": int(principal.id), "display_name": principal.display_name, principal.who.kind: principal.who.name}
        return {"permissions": ["ADMIN" if is_admin else "USER"], "principal": named, "error": ""}


def _permissions(given: object) -> set[str]:
    if not isinstance(given, list) or not set(given) <= set(PERMISSIONS):
        raise InvalidParameterValueError(f"permissions must be a list of USER and ADMIN, not {given}.")
    return set(given)


def _require_admin(caller: Caller) -> None:
    if not (caller.is_account_admin or caller.is_workspace_admin):
        raise PermissionDeniedError(f"{caller.name} is neither an account admin nor an admin of this workspace.")
