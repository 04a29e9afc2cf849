"""What Unity Catalog guards: one row a kind of securable, and nothing else that tells them apart (api-facts: 6.2, 6.3)."""

from dataclasses import dataclass, field

ALL = "ALL_PRIVILEGES"
MANAGE = "MANAGE"
BROWSE = "BROWSE"
NOT_IN_ALL = frozenset({MANAGE, "EXTERNAL_USE_SCHEMA", "EXTERNAL_USE_LOCATION"})
"""What ALL_PRIVILEGES neither gives nor takes away."""


@dataclass(frozen=True, slots=True)
class SecurableKind:
    """A kind of securable. A full name has `parts` parts, those before the last one naming its parent."""

    type: str
    """As the paths say it."""
    noun: str
    parts: int
    parent: "SecurableKind | None"
    own: frozenset[str]
    for_children: frozenset[str]
    """May be granted here for what is inside, now and later."""
    use: str
    """What it takes to see it, and to reach whatever is inside."""
    entity: dict[str, str]
    """What a refused privilege's message calls it, by subtype, "" being the others (the words are inferred)."""
    not_of_subtype: dict[str, frozenset[str]] = field(default_factory=dict)
    only_of_subtype: dict[str, frozenset[str]] = field(default_factory=dict)

    def grantable(self, subtype: str) -> frozenset[str]:
        all_of_kind = self.own | self.for_children
        return (all_of_kind - self.not_of_subtype.get(subtype, frozenset())) | self.only_of_subtype.get(subtype, frozenset())

    def entity_of(self, subtype: str) -> str:
        return self.entity.get(subtype, self.entity[""])

    @property
    def missing_code(self) -> str:
        return f"{self.type.upper()}_DOES_NOT_EXIST"

    def has_ancestor(self, other: "SecurableKind") -> bool:
        return self.parent is not None and (self.parent is other or self.parent.has_ancestor(other))


METASTORE = SecurableKind(
    type="metastore",
    noun="Metastore",
    parts=1,
    parent=None,
    own=frozenset({
        "CREATE_CATALOG", "CREATE_CLEAN_ROOM", "CREATE_CONNECTION", "CREATE_EXTERNAL_LOCATION", "CREATE_EXTERNAL_METADATA",
        "CREATE_PROVIDER", "CREATE_RECIPIENT", "CREATE_SHARE", "CREATE_SERVICE_CREDENTIAL", "CREATE_STORAGE_CREDENTIAL",
        "MANAGE_ALLOWLIST", "SET_SHARE_PERMISSION", "USE_MARKETPLACE_ASSETS", "USE_PROVIDER", "USE_RECIPIENT", "USE_SHARE",
    }),
    for_children=frozenset(),
    use="",
    entity={"": "METASTORE/METASTORE_STANDARD"},
)  # fmt: skip
CATALOG = SecurableKind(
    type="catalog",
    noun="Catalog",
    parts=1,
    parent=None,  # nothing is inherited from the metastore
    own=frozenset({ALL, "APPLY_TAG", BROWSE, "CREATE_SCHEMA", MANAGE, "USE_CATALOG"}),
    for_children=frozenset({
        "CREATE_FUNCTION", "CREATE_MATERIALIZED_VIEW", "CREATE_MODEL", "CREATE_TABLE", "CREATE_VOLUME", "EXECUTE", "EXTERNAL_USE_SCHEMA",
        "MODIFY", "READ_VOLUME", "REFRESH", "SELECT", "USE_SCHEMA", "WRITE_VOLUME",
    }),
    use="USE_CATALOG",
    entity={"": "CATALOG/CATALOG_STANDARD"},
)  # fmt: skip
SCHEMA = SecurableKind(
    type="schema",
    noun="Schema",
    parts=2,
    parent=CATALOG,
    own=frozenset({
        ALL, "APPLY_TAG", "CREATE_FUNCTION", "CREATE_MATERIALIZED_VIEW", "CREATE_MODEL", "CREATE_TABLE", "CREATE_VOLUME",
        "EXTERNAL_USE_SCHEMA", MANAGE, "USE_SCHEMA",
    }),
    for_children=frozenset({"EXECUTE", "MODIFY", "READ_VOLUME", "REFRESH", "SELECT", "WRITE_VOLUME"}),
    use="USE_SCHEMA",
    entity={"": "SCHEMA/SCHEMA_STANDARD"},
)  # fmt: skip
TABLE = SecurableKind(
    type="table",
    noun="Table",
    parts=3,
    parent=SCHEMA,
    own=frozenset({ALL, "APPLY_TAG", MANAGE, "MODIFY", "SELECT"}),
    for_children=frozenset(),
    use="SELECT",
    entity={"": "TABLE/TABLE_DELTA", "VIEW": "TABLE/TABLE_VIEW"},
    not_of_subtype={kind: frozenset({"MODIFY"}) for kind in ("VIEW", "METRIC_VIEW", "FOREIGN", "MATERIALIZED_VIEW", "STREAMING_TABLE")},
    only_of_subtype={kind: frozenset({"REFRESH"}) for kind in ("MATERIALIZED_VIEW", "STREAMING_TABLE")},
)

KINDS = (METASTORE, CATALOG, SCHEMA, TABLE)
BY_TYPE = {kind.type: kind for kind in KINDS}

# Words that only kinds have which are not served (yet): granted here they are out of place, but no nonsense.
_ELSEWHERE = frozenset({
    "ACCESS", "CREATE_EXTERNAL_TABLE", "CREATE_EXTERNAL_VOLUME", "CREATE_FOREIGN_CATALOG", "CREATE_FOREIGN_SECURABLE",
    "CREATE_MANAGED_STORAGE", "CREATE_MODEL_VERSION", "EXECUTE_CLEAN_ROOM_TASK", "EXTERNAL_USE_LOCATION", "MODIFY_CLEAN_ROOM", "READ_FILES",
    "READ_METADATA", "USE_CONNECTION", "WRITE_FILES",
})  # fmt: skip
PRIVILEGES = _ELSEWHERE.union(*(kind.own | kind.for_children for kind in KINDS))

# Words of old, answered in the new form (api-facts: 6.2).
ALIASES = {
    ("USAGE", "catalog"): ("USE_CATALOG",),
    ("USAGE", "schema"): ("USE_SCHEMA",),
    ("CREATE", "catalog"): ("CREATE_SCHEMA",),
    ("CREATE", "schema"): ("CREATE_TABLE", "CREATE_FUNCTION"),
}
