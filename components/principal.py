"""The service principal of an integration, made or adopted, and its place in the workspace."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TypedDict

import pulumi

from components.children import Children
from components.databricks import ServicePrincipal
from components.federation import trust
from components.preflight import Answer, external_id
from components.resources import Grantee, MaybeText, WorkspaceMembership, or_nothing
from model.declaration import Declaration
from model.federation import Policy


@dataclass(frozen=True)
class Providers:
    """The official provider, for the workspace and where the stack declares one for its account."""

    workspace: pulumi.ProviderResource
    account: pulumi.ProviderResource | None = None


@dataclass(frozen=True)
class Principal:
    """Whom an integration's secret and grants are for."""

    grantee: Grantee
    application_id: pulumi.Output[str]
    id: pulumi.Output[str]
    standing: Sequence[MaybeText]
    """What it is and may use at all: where one of these changes, the proof is made anew."""
    trusted: Sequence[pulumi.Output[str]]
    """What came of each policy by which somebody else's tokens log it in."""


def principal_of(
    name: str,
    declared: Declaration,
    answer: Answer,
    providers: Providers,
    *,
    policies: Sequence[Policy],
    protected: bool,
    parent: Children,
) -> Principal:
    """Costs two requests to make one, and one for each policy. See `WorkspaceMembership` for its place in the workspace.

    The policies are the official provider's to take away, which knows nothing of an integration that dropped out of its file by mistake.
    So its place in the workspace and its grants depend on them: these are guarded, and what they depend on the engine leaves then.
    """
    if declared.config.adopt:
        return _adopted(name, declared, answer, providers, policies=policies, protected=protected, parent=parent)
    at_account = providers.account is not None
    principal = ServicePrincipal(
        name,
        display_name=name,
        external_id=external_id(name),
        active=not declared.ended,
        api="account" if at_account else None,
        # By itself the provider would only deactivate one of an account. (api-facts: 0)
        disable_as_user_deletion=False if at_account else None,
        **_flags(None if at_account else declared.entitlements),
        # What must never be replaced. The rest is guarded by the brickpass provider, since it must be able to follow a new principal.
        opts=parent.opts("", protect=protected, provider=providers.account),
    )
    grantee = Grantee(name, or_nothing(principal.application_id), or_nothing(principal.id), protected)
    trusted = trust(name, policies, principal_id=grantee.principal_id, account=providers.account, parent=parent)
    grantee = _once_there(grantee, [or_nothing(each) for each in trusted])
    membership = _membership(
        grantee,
        declared,
        answer,
        role=declared.role or "USER" if at_account else ("ADMIN" if declared.role == "ADMIN" else None),
        # Entitlements are a workspace's: an account's principal gets them when it is assigned there.
        entitled=not at_account,
        parent=parent,
    )
    return Principal(
        _once_there(grantee, membership),
        principal.application_id,
        principal.id,
        [or_nothing(_standing(principal)), *membership],
        trusted,
    )


def _adopted(
    name: str,
    declared: Declaration,
    answer: Answer,
    providers: Providers,
    *,
    policies: Sequence[Policy],
    protected: bool,
    parent: Children,
) -> Principal:
    # Where it was not found, nothing is granted to nobody: the provider says so in one sentence.
    application_id, principal_id = answer.adopted.get(name, (None, None))
    grantee = Grantee(name, application_id, principal_id, protected, adopted=True)
    trusted = trust(name, policies, principal_id=principal_id, account=providers.account, parent=parent)
    grantee = _once_there(grantee, [or_nothing(each) for each in trusted])
    membership = _membership(grantee, declared, answer, role=declared.role, entitled=False, guards=bool(trusted), parent=parent)
    known = pulumi.Output.from_input(application_id or ""), pulumi.Output.from_input(principal_id or "")
    return Principal(_once_there(grantee, membership), *known, membership, trusted)


def _once_there(grantee: Grantee, needed: Sequence[MaybeText]) -> Grantee:
    """Whom nothing is granted before, or without, what it needs: by value, since `depends_on` of what failed ends the program."""

    def gated(value: MaybeText) -> MaybeText:
        return pulumi.Output.all(value, *needed).apply(lambda known: None if None in known[1:] else known[0]) if needed else value

    return replace(grantee, principal=gated(grantee.principal), principal_id=gated(grantee.principal_id))


def _membership(
    grantee: Grantee, declared: Declaration, answer: Answer, *, role: str | None, entitled: bool, guards: bool = False, parent: Children
) -> list[MaybeText]:
    """The revision of the principal's membership; nothing where it is given nothing, and guards nothing that it depends on.

    One that was made with its entitlements has them in the membership too: the official provider does not see that somebody took one
    away. (api-facts: 11)
    """
    if not (declared.groups or role or declared.entitlements or guards):
        return []
    membership = WorkspaceMembership(
        grantee.integration,
        to=grantee,
        role=role,
        entitlements=declared.entitlements,
        entitled=entitled,
        groups=[answer.groups[name] for name in declared.groups if name in answer.groups],
        fault=answer.fault_of_membership(grantee.integration, declared),
        opts=parent.opts(""),
    )
    return [or_nothing(membership.revision)]


class _Flags(TypedDict):
    allow_cluster_create: bool | None
    allow_instance_pool_create: bool | None
    databricks_sql_access: bool | None
    workspace_access: bool | None
    workspace_consume: bool | None


def _flags(entitlements: Collection[str] | None) -> _Flags:
    """Each entitlement is said either way, so that a preview shows one that is taken away; none where they are not the principal's own."""
    said = entitlements is not None
    held = entitlements or ()
    consumer = "workspace-consume" in held
    return _Flags(
        allow_cluster_create="allow-cluster-create" in held if said else None,
        allow_instance_pool_create="allow-instance-pool-create" in held if said else None,
        # The provider refuses this one beside the two that it excludes, whatever their values. (api-facts: 11)
        databricks_sql_access="databricks-sql-access" in held if said and not consumer else None,
        workspace_access="workspace-access" in held if said and not consumer else None,
        workspace_consume=consumer or None,
    )


def _standing(principal: ServicePrincipal) -> pulumi.Output[str]:
    """What the principal is and may use at all, as one text."""
    flags = (principal.active, principal.databricks_sql_access, principal.workspace_access, principal.workspace_consume)
    return pulumi.Output.all(*flags).apply(json.dumps)
