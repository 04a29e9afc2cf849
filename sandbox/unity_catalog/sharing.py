"""Who gets what is in a share: recipients, which are no principals of the account, and by a path of its own (api-facts: 6.2, 6.3)."""

from sandbox.caller import Caller
from sandbox.errors import Json
from sandbox.unity_catalog.access import Access, denied
from sandbox.unity_catalog.changes import changes_of
from sandbox.unity_catalog.kind import MANAGE
from sandbox.unity_catalog.kinds import RECIPIENT, SHARE
from sandbox.unity_catalog.rows import Grant, Securable

_ON_THE_METASTORE = ("SET_SHARE_PERMISSION", "USE_SHARE", "USE_RECIPIENT")


class Sharing:
    def __init__(self, access: Access) -> None:
        self._access = access

    def grants(self, caller: Caller, name: str) -> tuple[Grant, ...]:
        share = self._access.find(SHARE, name)
        if missing := self._access.missing_sight(caller, share):
            raise missing
        return self._access.granted_on(share).grants

    def change(self, caller: Caller, name: str, body: Json) -> tuple[Grant, ...]:
        """All changes, or none."""
        share = self._access.find(SHARE, name)
        self._require_right(caller, share)
        for change in changes_of(body, share):
            recipient = self._access.find(RECIPIENT, change.principal)
            granted = self._access.granted_on(share)
            grant = Grant(recipient.full_name, change.principal, change.applied(granted.of(recipient.full_name)))
            self._access.grants.put(granted.with_grant(grant))
        return self._access.granted_on(share).grants

    def _require_right(self, caller: Caller, share: Securable) -> None:
        """Its owner's, a metastore admin's, and that of whoever holds all three words for it there."""
        by_metastore = all(self._access.has(caller, self._access.metastore(), word) for word in _ON_THE_METASTORE)
        if not (by_metastore or self._access.may_manage(caller, share)):
            raise denied(share, MANAGE)
