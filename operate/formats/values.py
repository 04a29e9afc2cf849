"""What a bundle and the grants beside it have to say to a form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

from model.bundle import AuthenticationBundle, Warehouse
from model.clock import rfc3339
from model.faults import WrongUse, printable
from model.federation import FederatedLogin
from model.grants import SecurablePrivileges
from model.kinds import SECURABLE_KINDS
from model.nearest import did_you_mean
from operate.state import Deployed

MASK = "********"
SCOPE = "all-apis"  # api-facts: 1.2
# The tokens of Kubernetes' service accounts; Airflow's connection knows no others.
_KUBERNETES = "system:serviceaccount:"
_IN_SCHEMAS = ("schemas", *(key for key, kind in SECURABLE_KINDS.items() if "schemas" in kind.above))


@dataclass(frozen=True)
class Values:
    """Of the warehouses and schemas, those that were asked for, or all where none was."""

    integration: Deployed
    bundle: AuthenticationBundle
    secret: str | None = field(repr=False)
    """Masked, or not; None for an integration that logs in by federation."""
    warehouses: tuple[Warehouse, ...]
    schemas: tuple[tuple[str, str], ...]
    """Catalog and schema."""

    @classmethod
    def of(cls, integration: Deployed, *, warehouse: str | None, schema: str | None, reveal: bool) -> Self:
        """Those of a bundle that logs somebody in.

        Raises:
            WrongUse: it does not, or the integration has not what was asked for.
        """
        bundle = integration.live_bundle()
        shown = bundle.client_secret.get_secret_value() if bundle.client_secret and reveal else MASK
        return cls(
            integration=integration,
            bundle=bundle,
            secret=shown if bundle.client_secret else None,
            warehouses=_warehouses(integration.name, bundle.warehouses, warehouse),
            schemas=(_named(schema),) if schema else _schemas(integration),
        )

    def for_template(self) -> dict[str, object]:
        url = urlsplit(self.bundle.workspace_url)
        return {
            "name": self.integration.name,
            "client_id": self.bundle.client_id,
            "client_secret": self.secret,
            "workspace_url": self.bundle.workspace_url,
            "host": self.host,
            "hostname": url.hostname,
            "port": self.port,
            "tls": url.scheme == "https",
            "warehouse": self.warehouses[0] if len(self.warehouses) == 1 else None,
            "schema": self.schemas[0] if len(self.schemas) == 1 else None,
            "login": next(iter(self.bundle.federation), None),
            "kubernetes_login": self.kubernetes_login,
            "bundle": self.bundle.model_dump(mode="json") | {"client_secret": self.secret},
            "life": printable(self.life),
        }

    @property
    def host(self) -> str:
        return urlsplit(self.bundle.workspace_url).netloc

    @property
    def port(self) -> int:
        url = urlsplit(self.bundle.workspace_url)
        return url.port or (443 if url.scheme == "https" else 80)

    @property
    def kubernetes_login(self) -> FederatedLogin | None:
        return next((each for each in self.bundle.federation if each.subject.startswith(_KUBERNETES)), None)

    @property
    def life(self) -> str:
        """Whose it is and how long it lasts, for whoever finds the file."""
        whose = f"{self.integration.name} on {self.bundle.workspace_url}"
        if self.bundle.expires_at and self.bundle.rotates_at:
            rotates, expires = rfc3339(self.bundle.rotates_at), rfc3339(self.bundle.expires_at)
            return f"{whose}: the secret ends on {expires}; from {rotates} on, `pulumi up` makes the next one."
        return f"{whose}: there is no secret; it logs in by federation, as {self.bundle.federation[0].subject}."

    def asked_by_forms(self) -> Mapping[str, Sequence[str]]:
        """Each field that a label may ask for, with what there is of it. (model.form has the fields)"""
        catalogs = list(dict.fromkeys(catalog for catalog, _ in self.schemas)) or _catalogs(self.integration)
        # With several catalogs, a schema's name alone would not say which it is.
        schemas = [schema if len(catalogs) == 1 else f"{catalog}.{schema}" for catalog, schema in self.schemas]
        return {
            "client_id": [self.bundle.client_id],
            "client_secret": [self.secret] if self.secret else [],
            "workspace_url": [self.bundle.workspace_url],
            "host": [self.host],
            "port": [str(self.port)],
            "http_path": [self._of_one(each, each.http_path) for each in self.warehouses],
            "warehouse_id": [self._of_one(each, each.id) for each in self.warehouses],
            "catalog": catalogs,
            "schema": schemas,
            "token_endpoint": [self.bundle.token_endpoint],
            "scope": [SCOPE],
            "account_id": [self.bundle.account_id] if self.bundle.account_id else [],
            "service_principal_id": [self.bundle.service_principal_id],
            "name": [self.integration.name],
        }

    def _of_one(self, warehouse: Warehouse, value: str) -> str:
        """Of several, a path alone would not say which it is."""
        return value if len(self.warehouses) == 1 else f"{value} ({warehouse.name})"


def _warehouses(name: str, warehouses: tuple[Warehouse, ...], wanted: str | None) -> tuple[Warehouse, ...]:
    chosen = tuple(each for each in warehouses if wanted in (None, each.name, each.id))
    if wanted and not chosen:
        names = [each.name for each in warehouses]
        raise WrongUse(f'{name} has no SQL warehouse "{wanted}"; it has {", ".join(names) or "none"}{did_you_mean(wanted, names)}')
    return chosen


def _named(wanted: str) -> tuple[str, str]:
    catalog, _, schema = wanted.partition(".")
    if not catalog or not schema or "." in schema:
        raise WrongUse(f'"{wanted}" is no schema; write it as catalog.schema')
    return catalog, schema


def _schemas(integration: Deployed) -> tuple[tuple[str, str], ...]:
    """Those in which something was granted, the schema itself or what stands in it."""
    names = (grant.full_name.split(".") for grant in _securables(integration) if grant.kind in _IN_SCHEMAS)
    return tuple(dict.fromkeys((catalog, schema) for catalog, schema, *_ in names))


def _catalogs(integration: Deployed) -> list[str]:
    return [grant.full_name for grant in _securables(integration) if grant.kind == "catalogs"]


def _securables(integration: Deployed) -> list[SecurablePrivileges]:
    return [grant for grant in integration.grants if isinstance(grant, SecurablePrivileges)]
