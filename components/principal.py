"""The service principal of an integration, made or adopted, and its place in the workspace."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TypedDict

import pulumi

from components.databricks import MwsPermissionAssignment, ServicePrincipal
from components.preflight import Answer, external_id
from components.resources import Grantee, MaybeText, WorkspaceMembership, or_nothing
from model.declaration import Declaration


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
    standing: Sequence[MaybeText]
    """What it is and may use at all: where one of these changes, the proof is made anew."""
    of_account: ServicePrincipal | None = None
    """The principal where it is the stack's own, in an account: deleted, it takes its secrets and entries with it."""


def principal_of(
    name: str, declared: Declaration, answer: Answer, providers: Providers, *, protected: bool, parent: pulumi.Resource
) -> Principal:
    """Costs two requests to make one; with an account two more to assign it to the workspace. See `WorkspaceMembership` for the rest."""
    if declared.config.adopt:
        return _adopted(name, declared, answer, protected=protected, parent=parent)
    if providers.account:
        return _of_account(name, declared, answer, providers.account, protected=protected, parent=parent)
    return _of_workspace(name, declared, answer, protected=protected, parent=parent)


def _adopted(name: str, declared: Declaration, answer: Answer, *, protected: bool, parent: pulumi.Resource) -> Principal:
    # Where it was not found, nothing is granted to nobody: the provider says so in one sentence.
    application_id, principal_id = answer.adopted.get(name, (None, None))
    grantee = Grantee(name, application_id, principal_id, protected, adopted=True)
    membership = _membership(grantee, declared, answer, entitlements=declared.entitlements, parent=parent)
    known = pulumi.Output.from_input(application_id or "")
    return Principal(_once_there(grantee, membership), known, membership)


def _of_workspace(name: str, declared: Declaration, answer: Answer, *, protected: bool, parent: pulumi.Resource) -> Principal:
    principal = ServicePrincipal(
        name,
        display_name=name,
        external_id=external_id(name),
        active=not declared.ended,
        **_flags(declared.entitlements),
        # What must never be replaced. The rest is guarded by the brickpass provider, since it must be able to follow a new principal.
        opts=pulumi.ResourceOptions(parent=parent, protect=protected),
    )
    grantee = Grantee(name, or_nothing(principal.application_id), or_nothing(principal.id), protected)
    membership = _membership(grantee, declared, answer, entitlements=(), parent=parent)
    standing = [or_nothing(_standing(principal)), *membership]
    return Principal(_once_there(grantee, membership), principal.application_id, standing)


def _of_account(
    name: str, declared: Declaration, answer: Answer, account: pulumi.ProviderResource, *, protected: bool, parent: pulumi.Resource
) -> Principal:
    at_account = pulumi.ResourceOptions(parent=parent, provider=account, protect=protected)
    principal = ServicePrincipal(
        name,
        display_name=name,
        external_id=external_id(name),
        active=not declared.ended,
        api="account",
        # By itself the provider would only deactivate it. (api-facts: 0)
        disable_as_user_deletion=False,
        opts=at_account,
    )
    grantee = Grantee(name, or_nothing(principal.application_id), or_nothing(principal.id), protected)
    assignment = MwsPermissionAssignment(
        name,
        workspace_id=answer.workspace_id,
        principal_id=or_nothing(principal.id),
        # Never anything else: a change of this replaces the assignment, which takes the principal out of the workspace. (api-facts: 11)
        permissions=["USER"],
        opts=pulumi.ResourceOptions.merge(at_account, pulumi.ResourceOptions(ignore_changes=["permissions"])),
    )
    assigned = _once_there(grantee, [or_nothing(assignment.id)])
    membership = _membership(assigned, declared, answer, entitlements=declared.entitlements, parent=parent)
    standing = [or_nothing(principal.active.apply(json.dumps)), *membership]
    return Principal(_once_there(assigned, membership), principal.application_id, standing, of_account=principal)


def _once_there(grantee: Grantee, needed: Sequence[MaybeText]) -> Grantee:
    """Whom nothing is granted before, or without, what it needs: by value, since `depends_on` of what failed ends the program."""

    def gated(value: MaybeText) -> MaybeText:
        return pulumi.Output.all(value, *needed).apply(lambda known: None if None in known[1:] else known[0]) if needed else value

    return replace(grantee, principal=gated(grantee.principal), principal_id=gated(grantee.principal_id))


def _membership(
    grantee: Grantee, declared: Declaration, answer: Answer, *, entitlements: Sequence[str], parent: pulumi.Resource
) -> list[MaybeText]:
    """The revision of the principal's membership; nothing where it is given nothing but what making it gives."""
    groups = [answer.groups[name] for name in declared.groups if name in answer.groups]
    role = declared.role if grantee.adopted or declared.role == "ADMIN" else None
    if not (groups or role or entitlements):
        return []
    opts = pulumi.ResourceOptions(parent=parent)
    membership = WorkspaceMembership(grantee.integration, to=grantee, role=role, entitlements=entitlements, groups=groups, opts=opts)
    return [or_nothing(membership.revision)]


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
    """What the principal is and may use at all, as one text."""
    flags = (principal.active, principal.databricks_sql_access, principal.workspace_access, principal.workspace_consume)
    return pulumi.Output.all(*flags).apply(json.dumps)
