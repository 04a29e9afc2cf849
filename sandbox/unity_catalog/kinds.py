"""What Unity Catalog guards: one row a kind of securable, and nothing else that tells them apart (api-facts: 6.1-6.3)."""

from sandbox.unity_catalog.kind import ALL, BROWSE, MANAGE, SecurableKind

METASTORE = SecurableKind(
    type="metastore",
    noun="Metastore",
    granted_as=("metastore",),
    collection="metastores",
    list_key="metastores",
    parent=None,
    created_by="",  # an account's admin makes one, and not here
    own=frozenset({
        "CREATE_CATALOG", "CREATE_CLEAN_ROOM", "CREATE_CONNECTION", "CREATE_EXTERNAL_LOCATION", "CREATE_EXTERNAL_METADATA",
        "CREATE_PROVIDER", "CREATE_RECIPIENT", "CREATE_SHARE", "CREATE_SERVICE_CREDENTIAL", "CREATE_STORAGE_CREDENTIAL",
        "MANAGE_ALLOWLIST", "SET_SHARE_PERMISSION", "USE_MARKETPLACE_ASSETS", "USE_PROVIDER", "USE_RECIPIENT", "USE_SHARE",
    }),
    missing_code="METASTORE_DOES_NOT_EXIST",
    entity={"": "METASTORE/METASTORE_STANDARD"},
)  # fmt: skip
CATALOG = SecurableKind(
    type="catalog",
    noun="Catalog",
    granted_as=("catalog",),
    collection="catalogs",
    list_key="catalogs",
    parent=None,  # nothing is inherited from the metastore
    created_by="CREATE_CATALOG",
    own=frozenset({ALL, "APPLY_TAG", BROWSE, "CREATE_SCHEMA", MANAGE, "USE_CATALOG"}),
    for_children=frozenset({
        "CREATE_FUNCTION", "CREATE_MATERIALIZED_VIEW", "CREATE_MODEL", "CREATE_TABLE", "CREATE_VOLUME", "EXECUTE", "EXTERNAL_USE_SCHEMA",
        "MODIFY", "READ_VOLUME", "REFRESH", "SELECT", "USE_SCHEMA", "WRITE_VOLUME",
    }),
    use="USE_CATALOG",
    missing_code="CATALOG_DOES_NOT_EXIST",
    entity={"": "CATALOG/CATALOG_STANDARD", "FOREIGN_CATALOG": "CATALOG/CATALOG_FOREIGN"},
    subtype_field="catalog_type",
    details=("connection_name", "options", "storage_root"),
)  # fmt: skip
SCHEMA = SecurableKind(
    type="schema",
    noun="Schema",
    granted_as=("schema",),
    collection="schemas",
    list_key="schemas",
    parent=CATALOG,
    created_by="CREATE_SCHEMA",
    own=frozenset({
        ALL, "APPLY_TAG", "CREATE_FUNCTION", "CREATE_MATERIALIZED_VIEW", "CREATE_MODEL", "CREATE_TABLE", "CREATE_VOLUME",
        "EXTERNAL_USE_SCHEMA", MANAGE, "USE_SCHEMA",
    }),
    for_children=frozenset({"EXECUTE", "MODIFY", "READ_VOLUME", "REFRESH", "SELECT", "WRITE_VOLUME"}),
    use="USE_SCHEMA",
    missing_code="SCHEMA_DOES_NOT_EXIST",
    entity={"": "SCHEMA/SCHEMA_STANDARD"},
    id_field="schema_id",
    details=("storage_root",),
)  # fmt: skip
TABLE = SecurableKind(
    type="table",
    noun="Table",
    granted_as=("table",),
    collection="tables",
    list_key="tables",
    parent=SCHEMA,
    created_by="CREATE_TABLE",
    own=frozenset({ALL, "APPLY_TAG", MANAGE, "MODIFY", "SELECT"}),
    use="SELECT",
    missing_code="TABLE_DOES_NOT_EXIST",
    entity={
        "": "TABLE/TABLE_DELTA", "VIEW": "TABLE/TABLE_VIEW", "METRIC_VIEW": "TABLE/TABLE_METRIC_VIEW", "EXTERNAL": "TABLE/TABLE_EXTERNAL",
        "MATERIALIZED_VIEW": "TABLE/TABLE_MATERIALIZED_VIEW", "STREAMING_TABLE": "TABLE/TABLE_STREAMING_LIVE_TABLE",
        "FOREIGN": "TABLE/TABLE_FOREIGN",
    },
    not_of_subtype={kind: frozenset({"MODIFY"}) for kind in ("VIEW", "METRIC_VIEW", "FOREIGN", "MATERIALIZED_VIEW", "STREAMING_TABLE")},
    only_of_subtype={kind: frozenset({"REFRESH"}) for kind in ("MATERIALIZED_VIEW", "STREAMING_TABLE")},
    id_field="table_id",
    subtype_field="table_type",
    details=("storage_location", "data_source_format"),
    required=("table_type", "storage_location"),
)  # fmt: skip
VOLUME = SecurableKind(
    type="volume",
    noun="Volume",
    granted_as=("volume",),
    collection="volumes",
    list_key="volumes",
    parent=SCHEMA,
    created_by="CREATE_VOLUME",
    own=frozenset({ALL, "APPLY_TAG", MANAGE, "READ_VOLUME", "WRITE_VOLUME"}),
    use="READ_VOLUME",
    missing_code="VOLUME_DOES_NOT_EXIST",
    entity={"": "VOLUME/VOLUME_STANDARD"},
    id_field="volume_id",
    subtype_field="volume_type",
    details=("storage_location",),
    required=("volume_type",),
)
# Functions and models are one to each other's messages, and share one code (public reports of both).
FUNCTION = SecurableKind(
    type="function",
    noun="Routine or Model",
    granted_as=("function",),
    collection="functions",
    list_key="functions",
    parent=SCHEMA,
    created_by="CREATE_FUNCTION",
    own=frozenset({ALL, "EXECUTE", MANAGE}),
    use="EXECUTE",
    entity={"": "FUNCTION/FUNCTION_STANDARD"},
    id_field="function_id",
    details=(
        "input_params", "data_type", "full_data_type", "routine_body", "routine_definition", "parameter_style", "is_deterministic",
        "sql_data_access", "is_null_call", "security_type", "specific_name",
    ),
    required=("routine_definition",),
)  # fmt: skip
MODEL = SecurableKind(
    type="model",
    noun="Routine or Model",
    granted_as=("function",),
    collection="models",
    list_key="registered_models",
    parent=SCHEMA,
    created_by="CREATE_MODEL",
    own=frozenset({ALL, "APPLY_TAG", "CREATE_MODEL_VERSION", "EXECUTE", MANAGE}),
    use="EXECUTE",
    entity={"": "FUNCTION/FUNCTION_REGISTERED_MODEL"},
    details=("storage_location",),
)
EXTERNAL_LOCATION = SecurableKind(
    type="external_location",
    noun="External Location",
    granted_as=("external_location",),
    collection="external-locations",
    list_key="external_locations",
    parent=None,
    created_by="CREATE_EXTERNAL_LOCATION",
    own=frozenset({
        ALL, BROWSE, "CREATE_EXTERNAL_TABLE", "CREATE_EXTERNAL_VOLUME", "CREATE_FOREIGN_SECURABLE", "CREATE_MANAGED_STORAGE",
        "EXTERNAL_USE_LOCATION", MANAGE, "READ_FILES", "WRITE_FILES",
    }),
    missing_code="EXTERNAL_LOCATION_DOES_NOT_EXIST",
    entity={"": "EXTERNAL_LOCATION/EXTERNAL_LOCATION_STANDARD"},
    details=("url", "credential_name", "read_only", "fallback"),
    required=("url", "credential_name"),
)  # fmt: skip
STORAGE_CREDENTIAL = SecurableKind(
    type="storage_credential",
    noun="Storage Credential",
    # The newer word for both kinds of credential knows it, too.
    granted_as=("storage_credential", "credential"),
    collection="storage-credentials",
    list_key="storage_credentials",
    parent=None,
    created_by="CREATE_STORAGE_CREDENTIAL",
    own=frozenset({ALL, "CREATE_EXTERNAL_LOCATION", "CREATE_EXTERNAL_TABLE", MANAGE, "READ_FILES", "WRITE_FILES"}),
    missing_code="STORAGE_CREDENTIAL_DOES_NOT_EXIST",
    entity={"": "STORAGE_CREDENTIAL/STORAGE_CREDENTIAL_AWS_IAM"},
    id_field="id",
    details=("aws_iam_role", "read_only"),
    required=("aws_iam_role",),
)
SERVICE_CREDENTIAL = SecurableKind(
    type="credential",
    noun="Credential",
    granted_as=("credential",),
    collection="credentials",
    list_key="credentials",
    parent=None,
    created_by="CREATE_SERVICE_CREDENTIAL",
    own=frozenset({"ACCESS", ALL, "CREATE_CONNECTION", MANAGE}),
    entity={"": "CREDENTIAL/CREDENTIAL_AWS_IAM"},
    id_field="id",
    details=("aws_iam_role", "read_only"),
    required=("aws_iam_role",),
)
CONNECTION = SecurableKind(
    type="connection",
    noun="Connection",
    granted_as=("connection",),
    collection="connections",
    list_key="connections",
    parent=None,
    created_by="CREATE_CONNECTION",
    own=frozenset({ALL, "CREATE_FOREIGN_CATALOG", MANAGE, "USE_CONNECTION"}),
    missing_code="CONNECTION_DOES_NOT_EXIST",
    entity={"": "CONNECTION/CONNECTION_{subtype}"},
    id_field="connection_id",
    subtype_field="connection_type",
    details=("options", "read_only"),
    required=("connection_type",),
)
SHARE = SecurableKind(
    type="share",
    noun="Share",
    granted_as=(),  # to recipients, by a path of its own
    collection="shares",
    list_key="shares",
    parent=None,
    created_by="CREATE_SHARE",
    own=frozenset({"SELECT"}),
    shown_by="USE_SHARE",
    missing_code="SHARE_DOES_NOT_EXIST",
    entity={"": "SHARE/SHARE_STANDARD"},
    id_field="id",
)
RECIPIENT = SecurableKind(
    type="recipient",
    noun="Recipient",
    granted_as=("recipient",),
    collection="recipients",
    list_key="recipients",
    parent=None,
    created_by="CREATE_RECIPIENT",
    own=frozenset(),
    shown_by="USE_RECIPIENT",
    missing_code="RECIPIENT_DOES_NOT_EXIST",
    entity={"": "RECIPIENT/RECIPIENT_STANDARD"},
    id_field="id",
    subtype_field="authentication_type",
    required=("authentication_type",),
)
PROVIDER = SecurableKind(
    type="provider",
    noun="Provider",
    granted_as=("provider",),
    collection="providers",
    list_key="providers",
    parent=None,
    created_by="CREATE_PROVIDER",
    own=frozenset(),
    shown_by="USE_PROVIDER",
    missing_code="PROVIDER_DOES_NOT_EXIST",
    entity={"": "PROVIDER/PROVIDER_STANDARD"},
    id_field="id",
    subtype_field="authentication_type",
    required=("authentication_type",),
)

KINDS = (
    METASTORE, CATALOG, SCHEMA, TABLE, VOLUME, FUNCTION, MODEL, EXTERNAL_LOCATION, STORAGE_CREDENTIAL, SERVICE_CREDENTIAL, CONNECTION,
    SHARE, RECIPIENT, PROVIDER,
)  # fmt: skip
BY_TYPE = {kind.type: kind for kind in KINDS}
WORDS_OF_PERMISSIONS = tuple(dict.fromkeys(word for kind in KINDS for word in kind.granted_as))

# Words that only kinds have which are not served: granted here they are out of place, but no nonsense.
_ELSEWHERE = frozenset({"EXECUTE_CLEAN_ROOM_TASK", "MODIFY_CLEAN_ROOM", "READ_METADATA"})
PRIVILEGES = _ELSEWHERE.union(*(kind.grantable(subtype) for kind in KINDS for subtype in ("", *kind.only_of_subtype)))

# Words of old, answered in the new form (api-facts: 6.2).
ALIASES = {
    ("USAGE", "catalog"): ("USE_CATALOG",),
    ("USAGE", "schema"): ("USE_SCHEMA",),
    ("CREATE", "catalog"): ("CREATE_SCHEMA",),
    ("CREATE", "schema"): ("CREATE_TABLE", "CREATE_FUNCTION"),
}


def granted_as(word: str) -> tuple[SecurableKind, ...]:
    """The kinds that the permissions' paths mean by a word, in any case of letters, the likeliest first; none where it is no such word."""
    word = word.lower()
    return tuple(sorted((kind for kind in KINDS if word in kind.granted_as), key=lambda kind: kind.granted_as.index(word)))


def namesakes(kind: SecurableKind) -> tuple[SecurableKind, ...]:
    """The kinds among which a name is taken once: a function and a model of one name would be one securable to the permissions."""
    return tuple(other for other in KINDS if other is kind or not set(kind.granted_as).isdisjoint(other.granted_as))
