"""Names that stay on an access list when nobody bears them any more: the workspace takes no list that has one. (TFP#2302)"""

import re

from provider.access_list import Who
from provider.directory import Directory, quoted
from provider.workspace import Workspace

_REFUSED = re.compile(r"Principal: (\w+)\((.*)\) does not exist", re.DOTALL)
# What refusals, access lists and SCIM call the same kind of principal (api-facts: 3.1, 5.1, 5.6).
_KEYS = {"UserName": "user_name", "GroupName": "group_name", "ServicePrincipalName": "service_principal_name"}
_LISTED = {
    "user_name": ("Users", "userName"),
    "group_name": ("Groups", "displayName"),
    "service_principal_name": ("ServicePrincipals", "applicationId"),
}


def refused_name(refusal: Exception) -> Who | None:
    """Whom a write to an access list was refused for, since the workspace does not know anybody of that name."""
    refused = _REFUSED.search(str(refusal))
    return Who(_KEYS[refused[1]], refused[2]) if refused and refused[1] in _KEYS else None


async def has_departed(workspace: Workspace, who: Who) -> bool:
    """Whether the directory, too, has nobody of that name; False where it cannot be read.

    The refusal alone is no proof: the Permissions API may not know yet who came a moment ago. (api-facts: 10.3)
    """
    collection, attribute = _LISTED[who.key]
    return await Directory(workspace).has(collection, f"{attribute} eq {quoted(who.name)}") is False
