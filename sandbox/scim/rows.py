"""What the directory holds: the account's principals, and who of them is in the workspace."""

from dataclasses import dataclass
from datetime import datetime

from sandbox.caller import Who

ENTITLEMENTS = ("workspace-access", "databricks-sql-access", "allow-cluster-create", "allow-instance-pool-create", "workspace-consume")


@dataclass(frozen=True, slots=True)
class ServicePrincipal:
    id: str
    application_id: str
    display_name: str
    created_at: datetime
    active: bool = True
    external_id: str | None = None
    entitlements: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return self.id

    @property
    def who(self) -> Who:
        return Who("service_principal_name", self.application_id)


@dataclass(frozen=True, slots=True)
class User:
    id: str
    user_name: str
    display_name: str
    created_at: datetime
    active: bool = True
    external_id: str | None = None
    entitlements: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return self.id

    @property
    def who(self) -> Who:
        return Who("user_name", self.user_name)


@dataclass(frozen=True, slots=True)
class Group:
    id: str
    display_name: str
    created_at: datetime
    members: tuple[str, ...] = ()
    """Ids of users, service principals and groups. The members of `users` are not written down: all who are in the workspace."""
    external_id: str | None = None
    entitlements: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    of_account: bool = True
    """A group of the workspace (`admins`, `users`, local ones) is unknown to Unity Catalog."""

    @property
    def key(self) -> str:
        return self.id

    @property
    def who(self) -> Who:
        return Who("group_name", self.display_name)


Principal = ServicePrincipal | User | Group


@dataclass(frozen=True, slots=True)
class Assignment:
    """One principal of the account is in the workspace. ADMIN is not written down: it is membership in `admins` (api-facts: 9.1)."""

    principal_id: str
    since: datetime

    @property
    def key(self) -> str:
        return self.principal_id
