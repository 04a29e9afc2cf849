"""Who is calling, with all that says what it may do. The gate makes it, before any handler runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from sandbox.errors import PermissionDeniedError

PRINCIPAL_KINDS = ("service_principal_name", "user_name", "group_name")


class Who(NamedTuple):
    """A principal as access lists name it; the application id of a service principal, the mail address of a person."""

    kind: str
    """One of `PRINCIPAL_KINDS`, or one that no client knows yet: only the sandbox's control makes an entry of such a kind."""
    name: str


class Guarded(Protocol):
    """Something with an access list of its own that can tell a level, and word a refusal."""

    def level_of(self, caller: "Caller") -> str | None: ...

    def admits(self, level: str | None, at_least: str) -> bool: ...

    def refusal(self, caller: "Caller", at_least: str) -> PermissionDeniedError: ...


@dataclass(frozen=True, slots=True)
class Caller:
    principal_id: str
    who: Who
    names: frozenset[Who]
    """Itself and all groups that it is in, nested ones and `users` included."""
    account_names: frozenset[str]
    """As Unity Catalog knows it: itself, its account groups, `account users`; no group of the workspace (api-facts: 6.3)."""
    entitlements: frozenset[str]
    """Its own and its groups'."""
    in_workspace: bool
    is_workspace_admin: bool
    is_account_admin: bool

    @property
    def name(self) -> str:
        return self.who.name

    def require(self, guarded: Guarded, *, at_least: str) -> None:
        if not guarded.admits(guarded.level_of(self), at_least):
            raise guarded.refusal(self, at_least)

    def require_workspace_admin(self) -> None:
        if not self.is_workspace_admin:
            raise PermissionDeniedError(f"{self.name} is not an admin of this workspace.")

    def require_account_admin(self) -> None:
        if not self.is_account_admin:
            raise PermissionDeniedError(f"{self.name} is not an account admin.")

    def require_entitlement(self, *any_of: str) -> None:
        """One of these; where none is named, none is needed. The text is inferred (api-facts: 8.1)."""
        if any_of and not self.is_workspace_admin and self.entitlements.isdisjoint(any_of):
            raise PermissionDeniedError(f"This API is disabled for users without the {' or '.join(any_of)} entitlements.")


def who_of(entry: Mapping[str, object]) -> Who | None:
    """The one principal that an item of an access list or of an assignment names; None where it names none, or several."""
    return _only([Who(kind, value) for kind in PRINCIPAL_KINDS if isinstance(value := entry.get(kind), str) and value])


def stranger_of(entry: Mapping[str, object]) -> Who | None:
    """The one principal of an unknown kind that an item of an access list names; None where it names none, several, or a known one."""
    strange = {key: value for key, value in entry.items() if key.endswith("_name") and key != "display_name"}
    named = _only([Who(kind, value) for kind, value in strange.items() if isinstance(value, str) and value])
    return named if named and named.kind not in PRINCIPAL_KINDS else None


def _only(named: list[Who]) -> Who | None:
    return named[0] if len(named) == 1 else None
