"""The kinds of securable, and which privileges each of them has. (api-facts: 6.1, 6.2, 6.3)"""

from collections.abc import Mapping
from types import MappingProxyType

from model.kinds.kind import SecurableKind

# What may be granted on a schema and is inherited by what lies in it, or lets something be made in it.
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
_SCHEMA_ABOVE = MappingProxyType({"catalogs": "USE_CATALOG", "schemas": "USE_SCHEMA"})


def _each(*needing: str, needs: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return dict.fromkeys(needing, needs)


_ROWS = (
    SecurableKind(
        key="metastore",
        noun="metastore",
        securable_type="metastore",
        collection="metastores",
        privileges=(
            "CREATE_CATALOG",
            "CREATE_CLEAN_ROOM",
            "CREATE_CONNECTION",
            "CREATE_EXTERNAL_LOCATION",
            "CREATE_EXTERNAL_METADATA",
            "CREATE_PROVIDER",
            "CREATE_RECIPIENT",
            "CREATE_SERVICE_CREDENTIAL",
            "CREATE_SHARE",
            "CREATE_STORAGE_CREDENTIAL",
            "MANAGE_ALLOWLIST",
            "SET_SHARE_PERMISSION",
            "USE_MARKETPLACE_ASSETS",
            "USE_PROVIDER",
            "USE_RECIPIENT",
            "USE_SHARE",
        ),
        form=("metastore",),
    ),
    # MANAGE and BROWSE on a catalog need nothing else; ALL_PRIVILEGES holds the USE_ privileges in itself.
    SecurableKind(
        key="catalogs",
        noun="catalog",
        securable_type="catalog",
        collection="catalogs",
        privileges=("ALL_PRIVILEGES", "APPLY_TAG", "BROWSE", "CREATE_SCHEMA", "MANAGE", "USE_CATALOG", "USE_SCHEMA", *_IN_A_SCHEMA),
        form=("catalog",),
        beside={
            **_each("APPLY_TAG", "CREATE_SCHEMA", "USE_SCHEMA", needs=("USE_CATALOG",)),
            **_each(*_IN_A_SCHEMA, needs=("USE_CATALOG", "USE_SCHEMA")),
        },
        seen_with="USE_CATALOG",
    ),
    SecurableKind(
        key="schemas",
        noun="schema",
        also=("databases",),
        securable_type="schema",
        collection="schemas",
        privileges=("ALL_PRIVILEGES", "APPLY_TAG", "MANAGE", "USE_SCHEMA", *_IN_A_SCHEMA),
        form=("catalog", "schema"),
        above={"catalogs": "USE_CATALOG"},
        beside=_each("APPLY_TAG", *_IN_A_SCHEMA, needs=("USE_SCHEMA",)),
        seen_with="USE_SCHEMA",
    ),
    SecurableKind(
        key="tables",
        noun="table",
        also=("views", "materialized_views", "streaming_tables"),
        securable_type="table",
        collection="tables",
        privileges=("ALL_PRIVILEGES", "APPLY_TAG", "MANAGE", "MODIFY", "REFRESH", "SELECT"),
        form=("catalog", "schema", "table"),
        above=_SCHEMA_ABOVE,
        not_on={
            "MODIFY": ("VIEW", "METRIC_VIEW", "FOREIGN", "MATERIALIZED_VIEW", "STREAMING_TABLE"),
            "REFRESH": ("MANAGED", "EXTERNAL", "VIEW", "METRIC_VIEW", "FOREIGN"),
        },
        seen_with="SELECT",
    ),
    SecurableKind(
        key="volumes",
        noun="volume",
        securable_type="volume",
        collection="volumes",
        privileges=("ALL_PRIVILEGES", "APPLY_TAG", "MANAGE", "READ_VOLUME", "WRITE_VOLUME"),
        form=("catalog", "schema", "volume"),
        above=_SCHEMA_ABOVE,
        seen_with="READ_VOLUME",
    ),
    SecurableKind(
        key="functions",
        noun="function",
        also=("udfs",),
        securable_type="function",
        collection="functions",
        privileges=("ALL_PRIVILEGES", "EXECUTE", "MANAGE"),
        form=("catalog", "schema", "function"),
        above=_SCHEMA_ABOVE,
        seen_with="EXECUTE",
    ),
    SecurableKind(
        key="models",
        noun="registered model",
        securable_type="function",
        collection="models",
        items="registered_models",
        privileges=("ALL_PRIVILEGES", "APPLY_TAG", "CREATE_MODEL_VERSION", "EXECUTE", "MANAGE"),
        form=("catalog", "schema", "model"),
        above=_SCHEMA_ABOVE,
        seen_with="EXECUTE",
    ),
    SecurableKind(
        key="external_locations",
        noun="external location",
        securable_type="external_location",
        collection="external-locations",
        privileges=(
            "ALL_PRIVILEGES",
            "BROWSE",
            "CREATE_EXTERNAL_TABLE",
            "CREATE_EXTERNAL_VOLUME",
            "CREATE_FOREIGN_SECURABLE",
            "CREATE_MANAGED_STORAGE",
            "EXTERNAL_USE_LOCATION",
            "MANAGE",
            "READ_FILES",
            "WRITE_FILES",
        ),
        form=("name",),
    ),
    SecurableKind(
        key="storage_credentials",
        noun="storage credential",
        also=("credentials",),
        securable_type="storage_credential",
        collection="storage-credentials",
        privileges=("ALL_PRIVILEGES", "CREATE_EXTERNAL_LOCATION", "CREATE_EXTERNAL_TABLE", "MANAGE", "READ_FILES", "WRITE_FILES"),
        form=("name",),
        purpose="STORAGE",
    ),
    SecurableKind(
        key="service_credentials",
        noun="service credential",
        securable_type="credential",
        collection="credentials",
        privileges=("ACCESS", "ALL_PRIVILEGES", "CREATE_CONNECTION", "MANAGE"),
        form=("name",),
        purpose="SERVICE",
    ),
    SecurableKind(
        key="connections",
        noun="connection",
        securable_type="connection",
        collection="connections",
        privileges=("ALL_PRIVILEGES", "CREATE_FOREIGN_CATALOG", "MANAGE", "USE_CONNECTION"),
        form=("name",),
    ),
)

SECURABLE_KINDS: Mapping[str, SecurableKind] = MappingProxyType({kind.key: kind for kind in _ROWS})
