"""One third party's access: a service principal, its secret, its grants, and the proof that they work."""

from collections.abc import Sequence

import pulumi

from components.preflight import Answer
from components.principal import Principal, Providers, principal_of
from components.resources import Grantee, ObjectPermission, RotatingSecret, SecurableGrant, Verification, or_nothing
from model.bundle import AuthenticationBundle, Warehouse, token_endpoint
from model.clock import instant
from model.declaration import Declaration
from model.grants import ObjectGrant, SecurablePrivileges

WAREHOUSES = "warehouses"
ADMINS = "admins"


class Integration(pulumi.ComponentResource):
    """Costs what `principal_of` says, two requests for the secret, at most one for each grant, and those of the verification."""

    bundle: pulumi.Output[dict[str, object]]
    """What the third party is configured with. Always a secret output; empty where the principal or the secret failed, or has ended."""

    def __init__(
        self,
        name: str,
        declared: Declaration,
        answer: Answer,
        *,
        host: str,
        protect: bool,
        providers: Providers,
        opts: pulumi.ResourceOptions,
    ) -> None:
        config = declared.config
        resolved = [answer.resolve(grant) for grant in declared.grants]
        as_json = [grant.model_dump(mode="json") for grant in resolved]
        memberships = [*declared.groups, *([ADMINS] if declared.role == "ADMIN" else [])]
        # Under its former name's alias a renamed integration keeps its principal; the children's aliases follow from it.
        renamed = pulumi.ResourceOptions(aliases=[pulumi.Alias(name=config.was)] if config.was else [])
        # What is declared stands in the state whatever becomes of the children, so that a proof can miss what was not deployed.
        stated = {"grants": as_json, "memberships": memberships}
        super().__init__("brickpass:index:Integration", name, stated, pulumi.ResourceOptions.merge(opts, renamed))
        principal = principal_of(name, declared, answer, providers, protected=protect and not config.retire, parent=self)
        self.bundle = pulumi.Output.secret({})
        if not declared.ended:
            self._give(name, declared, answer, principal, resolved, memberships=memberships, host=host)
        self.register_outputs({"bundle": self.bundle})

    def _give(
        self,
        name: str,
        declared: Declaration,
        answer: Answer,
        principal: Principal,
        resolved: Sequence[ObjectGrant | SecurablePrivileges],
        *,
        memberships: Sequence[str],
        host: str,
    ) -> None:
        """Secret, grants, and the proof of both."""
        mine = pulumi.ResourceOptions(parent=self)
        grantee = principal.grantee
        # Only an account really deletes a principal, its entries and secrets with it; out of a workspace they are taken one by one.
        with_it = pulumi.ResourceOptions.merge(mine, pulumi.ResourceOptions(deleted_with=principal.of_account))
        secret = RotatingSecret(name, to=grantee, schedule=declared.config.secret, opts=with_it)
        granted = [
            _grant(f"{name}-{grant.slug}", grantee, as_known, answer.fault(name, grant), on_object=with_it, on_securable=mine)
            for grant, as_known in zip(declared.grants, resolved, strict=True)
        ]
        Verification(
            name,
            client_id=grantee.principal,
            client_secret=or_nothing(secret.client_secret),
            grants=[grant.model_dump(mode="json") for grant in resolved],
            memberships=memberships,
            # After each write of any of them, and of the principal and the secret, the proof is made anew.
            revisions=[*principal.standing, *(or_nothing(each.revision) for each in (secret, *granted))],
            not_rotated=or_nothing(secret.not_rotated),
            active=declared.config.verify,
            opts=mine,
        )
        self.bundle = _bundle(host, principal, secret, resolved)


def _grant(
    name: str,
    to: Grantee,
    grant: ObjectGrant | SecurablePrivileges,
    fault: str | None,
    *,
    on_object: pulumi.ResourceOptions,
    on_securable: pulumi.ResourceOptions,
) -> ObjectPermission | SecurableGrant:
    if isinstance(grant, ObjectGrant):
        return ObjectPermission(name, to=to, grant=grant, fault=fault, opts=on_object)
    # A deleted principal's privileges may linger in Unity Catalog (api-facts: 3.3), so they are taken away in any case.
    return SecurableGrant(name, to=to, grant=grant, fault=fault, opts=on_securable)


def _bundle(
    host: str, principal: Principal, secret: RotatingSecret, grants: Sequence[ObjectGrant | SecurablePrivileges]
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
