"""The table of kinds: all that the product knows of each kind of object and of securable. A new kind is a new row."""

from collections.abc import Mapping

from model.kinds.kind import OWNER, Fixed, Listing, Lookup, ObjectKind, SecurableKind
from model.kinds.objects import OBJECT_KINDS
from model.kinds.securables import SECURABLE_KINDS

__all__ = [
    "ENTITLEMENTS",
    "KIND",
    "KINDS",
    "OBJECT_KINDS",
    "OWNER",
    "SECURABLE_KINDS",
    "Fixed",
    "Listing",
    "Lookup",
    "ObjectKind",
    "SecurableKind",
]

ENTITLEMENTS = ("allow-cluster-create", "allow-instance-pool-create", "databricks-sql-access", "workspace-access", "workspace-consume")

KIND: Mapping[str, ObjectKind | SecurableKind] = {**OBJECT_KINDS, **SECURABLE_KINDS}
KINDS: tuple[str, ...] = tuple(KIND)
