"""One third party's access: a service principal, its secret, its grants, and the proof that they work."""

import json
from collections.abc import Collection, Sequence
from typing import TypedDict

import pulumi

from components.databricks import ServicePrincipal
from components.preflight import Answer, external_id
from components.resources import Grantee, ObjectPermission, RotatingSecret, SecurableGrant, Verification, or_nothing
from model.bundle import AuthenticationBundle, Warehouse, token_endpoint
from model.clock import instant
from model.declaration import Declaration
from model.grants import ObjectGrant, SecurablePrivileges

WAREHOUSES = "warehouses"


class Integration(pulumi.ComponentResource):
    """Costs two requests for the principal, two for the secret, at most one for each grant, and those of the verification."""

    bundle: pulumi.Output[dict[str, object]]
    """What the third party is configured with. Always a secret output; empty where the principal or the secret failed."""

    def __init__(self, name: str, declared: Declaration, answer: Answer, *, host: str, protect: bool, opts: pulumi.ResourceOptions) -> None:
        config = declared.config
        resolved = [answer.resolve(grant) for grant in declared.grants]
        as_json = [grant.model_dump(mode="json") for grant in resolved]
        # Under its former name's alias a renamed integration keeps its principal; the children's aliases follow from it.
        renamed = pulumi.ResourceOptions(aliases=[pulumi.Alias(name=config.was)] if config.was else [])
        # What is declared stands in the state whatever becomes of the children, so that a proof can miss what was not deployed.
        super().__init__("brickpass:index:Integration", name, {"grants": as_json}, pulumi.ResourceOptions.merge(opts, renamed))
        mine = pulumi.ResourceOptions(parent=self)
        protected = protect and not config.retire

        principal = ServicePrincipal(
            name,
            display_name=name,
            external_id=external_id(name),
            **_flags(declared.entitlements),
            # What must never be replaced. Secret and grants are guarded by the provider: they must be able to follow a new principal.
            opts=pulumi.ResourceOptions(parent=self, protect=protected),
        )
        grantee = Grantee(name, or_nothing(principal.application_id), protected)
        secret = RotatingSecret(name, to=grantee, principal_id=or_nothing(principal.id), schedule=config.secret, opts=mine)
        granted = [
            _grant(f"{name}-{grant.slug}", grantee, as_known, answer.fault(name, grant), opts=mine)
            for grant, as_known in zip(declared.grants, resolved, strict=True)
        ]

        Verification(
            name,
            client_id=grantee.principal,
            client_secret=or_nothing(secret.client_secret),
            grants=as_json,
            # After each write of any of them, and of the principal and the secret, the proof is made anew.
            revisions=[or_nothing(_standing(principal)), *(or_nothing(each.revision) for each in (secret, *granted))],
            not_rotated=or_nothing(secret.not_rotated),
            active=config.verify,
            opts=mine,
        )
        self.bundle = _bundle(host, principal, secret, resolved)
        self.register_outputs({"bundle": self.bundle})


class _Flags(TypedDict):
    allow_cluster_create: bool
    allow_instance_pool_create: bool
    databricks_sql_access: bool | None
    workspace_access: bool | None
    workspace_consume: bool | None


def _flags(entitlements: Collection[str]) -> _Flags:
    """Each entitlement is said either way, so that a preview shows one that is taken away."""
    consumer = "workspace-consume" in entitlements
    return _Flags(
        allow_cluster_create="allow-cluster-create" in entitlements,
        allow_instance_pool_create="allow-instance-pool-create" in entitlements,
        # The provider refuses this one beside the two that it excludes, whatever their values. (api-facts: 11)
        databricks_sql_access=None if consumer else "databricks-sql-access" in entitlements,
        workspace_access=None if consumer else "workspace-access" in entitlements,
        workspace_consume=consumer or None,
    )


def _standing(principal: ServicePrincipal) -> pulumi.Output[str]:
    """What the principal is and may use at all, as one text: another one calls for another proof."""
    flags = (principal.active, principal.databricks_sql_access, principal.workspace_access, principal.workspace_consume)
    return pulumi.Output.all(*flags).apply(json.dumps)


def _grant(
    name: str, to: Grantee, grant: ObjectGrant | SecurablePrivileges, fault: str | None, *, opts: pulumi.ResourceOptions
) -> ObjectPermission | SecurableGrant:
    if isinstance(grant, ObjectGrant):
        return ObjectPermission(name, to=to, grant=grant, fault=fault, opts=opts)
    return SecurableGrant(name, to=to, grant=grant, fault=fault, opts=opts)


def _bundle(
    host: str, principal: ServicePrincipal, secret: RotatingSecret, grants: Sequence[ObjectGrant | SecurablePrivileges]
) -> pulumi.Output[dict[str, object]]:
    warehouses = tuple(
        Warehouse.at(host, id=grant.id, name=grant.name)
        for grant in grants
        if isinstance(grant, ObjectGrant) and grant.kind == WAREHOUSES and grant.id
    )
    parts = pulumi.Output.all(
        client_id=principal.application_id,
        client_secret=secret.client_secret,
        secret_id=secret.secret_id,
        issued_at=secret.issued_at,
        expires_at=secret.expires_at,
        rotates_at=secret.rotates_at,
    )
    # One integration that failed must not withhold the bundles of the others.
    return pulumi.Output.secret(parts.apply(lambda known: _revealed(host, known, warehouses)).recover(lambda _: {}))


def _revealed(host: str, known: dict[str, str], warehouses: tuple[Warehouse, ...]) -> dict[str, object]:
    moments = {name: instant(known[name]) for name in ("issued_at", "expires_at", "rotates_at")}
    bundle = AuthenticationBundle(workspace_url=host, token_endpoint=token_endpoint(host), warehouses=warehouses, **(known | moments))
    return bundle.revealed()
