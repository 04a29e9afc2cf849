"""One third party's access: a service principal, its secret, its grants, and the proof that they work."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pulumi

from components.children import INTEGRATION, Children
from components.host import Workspace
from components.login import Login, login_of
from components.preflight import Answer
from components.principal import Principal, Providers, principal_of
from components.resources import Delivery, Granted, ObjectPermission, SecurableGrant, Verification, or_nothing
from model.bundle import AuthenticationBundle, Warehouse, token_endpoint
from model.declaration import Declaration
from model.grants import ObjectGrant, SecurablePrivileges, slug

ADMINS = "admins"


class Integration(pulumi.ComponentResource):
    """Costs what `principal_of` and `login_of` say, at most one request for each grant, those of the verification, and what
    its deliveries cost their targets.
    """

    bundle: pulumi.Output[dict[str, object]]
    """What the third party is configured with. Always a secret output; empty where the principal or the secret failed, or has ended."""

    def __init__(
        self,
        name: str,
        declared: Declaration,
        answer: Answer,
        *,
        workspace: Workspace,
        protect: bool,
        runs_every: timedelta | None,
        providers: Providers,
        opts: pulumi.ResourceOptions,
    ) -> None:
        config = declared.config
        granted = Granted(
            grants=[answer.resolve(grant) for grant in declared.grants],
            memberships=[*declared.groups, *([ADMINS] if declared.role == "ADMIN" else [])],
            entitlements=declared.entitlements,
        )
        # Under its former name's alias a renamed integration keeps its state; its children have their own.
        renamed = pulumi.ResourceOptions(aliases=[pulumi.Alias(name=config.was)] if config.was else [])
        policies = [] if declared.ended else [each.policy(workspace.account_id or "") for each in config.federation]
        # What is declared stands in the state whatever becomes of the children, so that a proof can miss what was not deployed.
        stated = granted.properties | {
            "consumer": config.consumer,
            "purpose": config.purpose,
            "owner": config.owner,
            "deliver": list(declared.deliver) or None,
            "federation": [each.login.model_dump() for each in policies] or None,
            "endedOn": declared.ended_on.isoformat() if declared.ended_on else None,
            "runsEvery": int(runs_every.total_seconds()) if runs_every else None,
        }
        super().__init__(INTEGRATION, name, stated, pulumi.ResourceOptions.merge(opts, renamed))
        mine = Children(self, config.was)
        protected = protect and not config.retire
        principal = principal_of(name, declared, answer, providers, policies=policies, protected=protected, parent=mine)
        self.bundle = pulumi.Output.secret({})
        if not declared.ended:
            login = login_of(name, declared, policies, principal, parent=mine)
            self._give(name, declared, granted, answer=answer, principal=principal, login=login, children=mine, workspace=workspace)
        # Not the bundle: what is registered here, Pulumi's SDK writes in clear to the log of a run with --debug or --json.
        self.register_outputs({})

    def _give(
        self,
        name: str,
        declared: Declaration,
        granted: Granted,
        *,
        answer: Answer,
        principal: Principal,
        login: Login,
        children: Children,
        workspace: Workspace,
    ) -> None:
        """Grants, and the proof of them and of the login.

        Nothing is left to go with a principal that is deleted (`deleted_with`): where that one is protected it stays, and what went with
        it would be forgotten; and one that failed ends the program.
        """
        grantee = principal.grantee
        grants: list[ObjectPermission | SecurableGrant] = []
        for said, grant in zip(declared.grants, granted.grants, strict=True):
            suffix, fault = f"-{said.slug}", answer.fault(name, said)
            if isinstance(grant, ObjectGrant):
                grants.append(ObjectPermission(name + suffix, to=grantee, grant=grant, fault=fault, opts=children.opts(suffix)))
            else:
                grants.append(SecurableGrant(name + suffix, to=grantee, grant=grant, fault=fault, opts=children.opts(suffix)))
        proof = Verification(
            name,
            client_id=grantee.principal,
            client_secret=login.client_secret,
            granted=granted,
            # After each write of any of them, of the principal and of what it logs in with, the proof is made anew.
            revisions=[*principal.standing, *login.standing, *(or_nothing(each.revision) for each in grants)],
            not_rotated=login.not_rotated,
            active=declared.config.verify,
            adopted=grantee.adopted,
            opts=children.opts(""),
        )
        self.bundle = _bundle(workspace, principal, login, granted.grants)
        if secret := login.secret:
            bundle = self.bundle.apply(_to_deliver)
            for address in declared.deliver:
                at, opts = f"-{_slug(address)}", children.opts(f"-{_slug(address)}")
                Delivery(name + at, integration=name, address=address, bundle=bundle, secret=secret, proof=proof, opts=opts)


def _slug(address: str) -> str:
    kind, _, place = address.partition(":")
    return slug(kind, place)


def _to_deliver(bundle: dict[str, object]) -> str | None:
    """All but the warehouses, which no target takes: a grant on one is no reason to deliver anew. Nothing, where there is no bundle."""
    return json.dumps(bundle | {"warehouses": []}) if bundle else None


def _bundle(
    workspace: Workspace, principal: Principal, login: Login, grants: Sequence[ObjectGrant | SecurablePrivileges]
) -> pulumi.Output[dict[str, object]]:
    warehouses = Warehouse.among(workspace.host, grants)
    ids = pulumi.Output.all(client_id=principal.application_id, service_principal_id=principal.id)
    parts = pulumi.Output.all(ids, login.said).apply(lambda both: both[0] | both[1])
    # One integration that failed must not withhold the bundles of the others.
    return pulumi.Output.secret(parts.apply(lambda known: _revealed(workspace, known, warehouses)).recover(lambda _: {}))


def _revealed(workspace: Workspace, known: dict[str, Any], warehouses: tuple[Warehouse, ...]) -> dict[str, object]:
    bundle = AuthenticationBundle(
        workspace_url=workspace.host,
        account_id=workspace.account_id,
        token_endpoint=token_endpoint(workspace.host),
        warehouses=warehouses,
        **known,
    )
    return bundle.revealed()
