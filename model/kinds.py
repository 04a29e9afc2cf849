"""The table of kinds: all that the product knows of each kind of object and of securable. A new kind is a new row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import quote


@dataclass(frozen=True)
class Listing:
    """How a workspace tells the objects of one kind. (api-facts: 7.1)"""

    path: str
    items: str
    """The key of the answer that holds them."""
    name: str
    """The field with the name that people see; a dot leads into a nested one."""
    id: str
    query: str | None = None
    """The request parameter that filters by exact name, where there is one: a full listing is then never needed."""
    page_size: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """The request parameter that asks for the largest page."""


class _Kind:
    noun: str

    @property
    def a_noun(self) -> str:
        """The noun with its article, as it stands inside a sentence."""
        return f"{'an' if self.noun[0] in 'aeiou' else 'a'} {self.noun}"

    @property
    def A_noun(self) -> str:  # noqa: N802 -- the capital is the point
        """The same at a sentence's beginning."""
        return self.a_noun[0].upper() + self.a_noun[1:]


@dataclass(frozen=True)
class ObjectKind(_Kind):
    """A kind of object, guarded by the Permissions API. (api-facts: 5.2)"""

    key: str
    """Its key in `grants`."""
    noun: str
    request_type: str
    """`{type}` in the path of the Permissions API."""
    levels: tuple[str, ...]
    """All levels, each stronger than those before it."""
    entitlements: tuple[str, ...]
    """Without one of these, a principal cannot use the objects whatever its level."""
    listing: Listing

    @property
    def grantable(self) -> tuple[str, ...]:
        # IS_OWNER is taken from whoever has it (api-facts: 5.4), so giving it would wipe somebody's access.
        return tuple(level for level in self.levels if level != "IS_OWNER")

    def access_list(self, object_id: str) -> str:
        """The path of an object's access list. An id may hold anything, and stays one part of the path."""
        return f"/api/2.0/permissions/{self.request_type}/{quote(object_id, safe='')}"

    def power(self, level: str) -> int:
        """How strong a level is among those of this kind."""
        return self.levels.index(level)


@dataclass(frozen=True)
class SecurableKind(_Kind):
    """A kind of securable, guarded by Unity Catalog. (api-facts: 6.2, 6.3)"""

    key: str
    noun: str
    securable_type: str
    privileges: tuple[str, ...]
    form: tuple[str, ...]
    """The parts of a full name."""
    above: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What any privilege needs on the securables that this one lies in: kind to privilege, outermost first."""
    beside: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """What a privilege needs on the same securable."""

    def grants(self, full_name: str) -> str:
        """The path of what was granted on a securable."""
        return f"/api/2.1/unity-catalog/permissions/{self.securable_type}/{quote(full_name, safe='')}"


def _each(*needing: str, needs: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return dict.fromkeys(needing, needs)


ENTITLEMENTS = ("allow-cluster-create", "allow-instance-pool-create", "databricks-sql-access", "workspace-access", "workspace-consume")

OBJECT_KINDS: Mapping[str, ObjectKind] = MappingProxyType(
    {
        kind.key: kind
        for kind in (
            ObjectKind(
                key="warehouses",
                noun="SQL warehouse",
                request_type="sql/warehouses",
                levels=("CAN_VIEW", "CAN_USE", "CAN_MONITOR", "CAN_MANAGE", "IS_OWNER"),
                entitlements=("databricks-sql-access", "workspace-consume"),
                listing=Listing(path="/api/2.0/sql/warehouses", items="warehouses", name="name", id="id", page_size={"page_size": 100}),
            ),
            ObjectKind(
                key="clusters",
                noun="cluster",
                request_type="clusters",
                levels=("CAN_ATTACH_TO", "CAN_RESTART", "CAN_MANAGE"),
                entitlements=("workspace-access",),
                listing=Listing(
                    path="/api/2.1/clusters/list", items="clusters", name="cluster_name", id="cluster_id", page_size={"page_size": 100}
                ),
            ),
            ObjectKind(
                key="jobs",
                noun="job",
                request_type="jobs",
                levels=("CAN_VIEW", "CAN_MANAGE_RUN", "CAN_MANAGE", "IS_OWNER"),
                entitlements=("workspace-access",),
                listing=Listing(
                    path="/api/2.2/jobs/list", items="jobs", name="settings.name", id="job_id", query="name", page_size={"limit": 100}
                ),
            ),
        )
    }
)

# What may be granted on a schema and is inherited by what lies in it, or lets something be made in it. (api-facts: 6.3)
_IN_A_SCHEMA = (
    "CREATE_FUNCTION",
    "CREATE_MATERIALIZED_VIEW",
    "CREATE_MODEL",
    "CREATE_TABLE",
    "CREATE_VOLUME",
    "EXECUTE",
    "EXTERNAL_USE_SCHEMA",
    "MODIFY",
    "READ_VOLUME",
    "REFRESH",
    "SELECT",
    "WRITE_VOLUME",
)

SECURABLE_KINDS: Mapping[str, SecurableKind] = MappingProxyType(
    {
        kind.key: kind
        for kind in (
            # MANAGE and BROWSE on a catalog need nothing else; ALL_PRIVILEGES holds the USE_ privileges in itself.
            SecurableKind(
                key="catalogs",
                noun="catalog",
                securable_type="catalog",
                privileges=(
                    "ALL_PRIVILEGES",
                    "APPLY_TAG",
                    "BROWSE",
                    "CREATE_SCHEMA",
                    "MANAGE",
                    "USE_CATALOG",
                    "USE_SCHEMA",
                    *_IN_A_SCHEMA,
                ),
                form=("catalog",),
                beside={
                    **_each("APPLY_TAG", "CREATE_SCHEMA", "USE_SCHEMA", needs=("USE_CATALOG",)),
                    **_each(*_IN_A_SCHEMA, needs=("USE_CATALOG", "USE_SCHEMA")),
                },
            ),
            SecurableKind(
                key="schemas",
                noun="schema",
                securable_type="schema",
                privileges=("ALL_PRIVILEGES", "APPLY_TAG", "MANAGE", "USE_SCHEMA", *_IN_A_SCHEMA),
                form=("catalog", "schema"),
                above={"catalogs": "USE_CATALOG"},
                beside=_each("APPLY_TAG", *_IN_A_SCHEMA, needs=("USE_SCHEMA",)),
            ),
            SecurableKind(
                key="tables",
                noun="table",
                securable_type="table",
                # REFRESH is a materialized view's and a streaming table's, which the API takes for tables.
                privileges=("ALL_PRIVILEGES", "APPLY_TAG", "MANAGE", "MODIFY", "REFRESH", "SELECT"),
                form=("catalog", "schema", "table"),
                above={"catalogs": "USE_CATALOG", "schemas": "USE_SCHEMA"},
            ),
        )
    }
)

KINDS: tuple[str, ...] = (*OBJECT_KINDS, *SECURABLE_KINDS)
