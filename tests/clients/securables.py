"""Each kind of securable, as databricks-sdk lists and gets it (api-facts: 6.1, 6.2)."""

from collections.abc import Callable
from dataclasses import dataclass

from databricks.sdk import WorkspaceClient
from databricks.sdk.service.catalog import CredentialPurpose

CATALOG, SCHEMA = "main", "surveys"
"""Where those lie that are in a schema."""


@dataclass(frozen=True)
class SecurableKind:
    name: str
    grant_type: str
    """As the paths of grants say it; a registered model's is a function's."""
    privilege: str
    """One that can be granted on it."""
    listed: Callable[[WorkspaceClient, int | None], list[str]]
    """Full names, in pages of a size, or of the server's own."""
    got: Callable[[WorkspaceClient, str], str | None]


def _names(*names: str | None) -> list[str]:
    return [name for name in names if name]


SECURABLES = (
    SecurableKind(
        "metastore",
        "metastore",
        "CREATE_CATALOG",
        lambda client, size: _names(*(one.metastore_id for one in client.metastores.list(max_results=size))),
        lambda client, name: client.metastores.get(name).metastore_id,
    ),
    SecurableKind(
        "catalog",
        "catalog",
        "USE_CATALOG",
        lambda client, size: _names(*(one.full_name for one in client.catalogs.list(max_results=size))),
        lambda client, name: client.catalogs.get(name).full_name,
    ),
    SecurableKind(
        "schema",
        "schema",
        "USE_SCHEMA",
        lambda client, size: _names(*(one.full_name for one in client.schemas.list(CATALOG, max_results=size))),
        lambda client, name: client.schemas.get(name).full_name,
    ),
    SecurableKind(
        "table",
        "table",
        "SELECT",
        lambda client, size: _names(*(one.full_name for one in client.tables.list(CATALOG, SCHEMA, max_results=size))),
        lambda client, name: client.tables.get(name).full_name,
    ),
    SecurableKind(
        "volume",
        "volume",
        "READ_VOLUME",
        lambda client, size: _names(*(one.full_name for one in client.volumes.list(CATALOG, SCHEMA, max_results=size))),
        lambda client, name: client.volumes.read(name).full_name,
    ),
    SecurableKind(
        "function",
        "function",
        "EXECUTE",
        lambda client, size: _names(*(one.full_name for one in client.functions.list(CATALOG, SCHEMA, max_results=size))),
        lambda client, name: client.functions.get(name).full_name,
    ),
    SecurableKind(
        "model",
        "function",
        "EXECUTE",
        lambda client, size: _names(*(one.full_name for one in client.registered_models.list(max_results=size))),
        lambda client, name: client.registered_models.get(name).full_name,
    ),
    SecurableKind(
        "external location",
        "external_location",
        "READ_FILES",
        lambda client, size: _names(*(one.name for one in client.external_locations.list(max_results=size))),
        lambda client, name: client.external_locations.get(name).name,
    ),
    SecurableKind(
        "storage credential",
        "storage_credential",
        "CREATE_EXTERNAL_TABLE",
        lambda client, size: _names(*(one.name for one in client.storage_credentials.list(max_results=size))),
        lambda client, name: client.storage_credentials.get(name).name,
    ),
    SecurableKind(
        "service credential",
        "credential",
        "ACCESS",
        lambda client, size: _names(
            *(one.name for one in client.credentials.list_credentials(max_results=size, purpose=CredentialPurpose.SERVICE))
        ),
        lambda client, name: client.credentials.get_credential(name).name,
    ),
    SecurableKind(
        "connection",
        "connection",
        "USE_CONNECTION",
        lambda client, size: _names(*(one.name for one in client.connections.list(max_results=size))),
        lambda client, name: client.connections.get(name).name,
    ),
)
