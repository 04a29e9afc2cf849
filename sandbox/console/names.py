"""Principals as a page names them: by what people call them, with a link to their own page."""

from dataclasses import dataclass

from sandbox.caller import PRINCIPAL_KINDS, Who
from sandbox.console.rendering import link
from sandbox.scim.directory import Directory
from sandbox.scim.rows import Group, Principal, ServicePrincipal
from sandbox.unity_catalog.rules import ACCOUNT_USERS, SYSTEM_USER

DELETED = "deleted principal"
STRANGE = "unknown kind of principal"
NOUNS = ("service principal", "person", "group", "workspace group", "Databricks itself", STRANGE, DELETED)
"""In the order in which they are listed: an integration is what a sandbox is looked at for."""
IN_NO_DIRECTORY = {ACCOUNT_USERS: "group", SYSTEM_USER: "Databricks itself"}


@dataclass(frozen=True, slots=True)
class Named:
    title: str
    noun: str
    detail: str = ""
    """What the APIs call it, where that is not its title."""
    href: str = ""
    """Empty for who is in no directory, or no longer."""

    @property
    def order(self) -> tuple[int, str]:
        return NOUNS.index(self.noun), self.title.lower()


class Names:
    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def of(self, principal: Principal) -> Named:
        href = link("principal", id=principal.id)
        if isinstance(principal, ServicePrincipal):
            return Named(principal.display_name, "service principal", principal.application_id, href)
        if isinstance(principal, Group):
            return Named(principal.display_name, "group" if principal.of_account else "workspace group", href=href)
        return Named(principal.display_name, "person", principal.user_name, href)

    def of_who(self, who: Who) -> Named:
        """As access lists name it."""
        if who.kind not in PRINCIPAL_KINDS:
            return Named(who.name, STRANGE, who.kind)
        principal = self._directory.by_who(who)
        return self.of(principal) if principal else Named(who.name, DELETED)

    def of_account_name(self, name: str) -> Named:
        """As Unity Catalog and the request log name it."""
        principal = self._directory.by_application_id(name) or self._directory.by_user_name(name) or self._directory.group(name)
        if principal:
            return self.of(principal)
        return Named(name, IN_NO_DIRECTORY.get(name, DELETED))
