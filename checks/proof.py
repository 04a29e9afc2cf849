"""Proves a bundle: what was declared works, with the bundle's credentials alone."""

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import requests
from databricks.sdk import WorkspaceClient
from databricks.sdk.core import DatabricksError
from databricks.sdk.errors import NotFound, PermissionDenied
from databricks.sdk.service.iam import ServicePrincipal
from databricks.sdk.service.sql import State

from checks.check import Check, Outcome, Verdict
from checks.clients import Credentials, client
from checks.login import LoginRefused
from checks.memberships import prove_membership
from checks.objects import prove_level
from checks.patience import A_SHORT_WHILE, HALF_A_MINUTE, NotInForce, Patience
from checks.sdk import without_settings
from checks.securables import prove_privilege
from checks.troubles import enduring
from checks.witnesses import Witnesses
from model.grants import Grant, ObjectGrant
from model.kinds import OBJECT_KINDS

__all__ = ["Check", "Credentials", "Verdict", "prove"]

AT_ONCE = 8
_ONLY_ITS_CONSUMER = (
    "it has no secret, and the token that it logs in with is given to its consumer alone; "
    "with one in a file, `brickpass verify NAME --oidc-token-file FILE` tries it"
)
UNPROVEN = (DatabricksError, NotInForce, TimeoutError, requests.RequestException)
"""What a request ends with that did not come to a good answer, also after the SDK's own repetitions."""


@dataclass(frozen=True)
class _Task:
    check: str
    target: str
    grant: Grant | None
    proof: Callable[[Witnesses], Outcome]


def prove(
    bundle: Credentials,
    grants: Sequence[Grant],
    *,
    admin: WorkspaceClient | None,
    active: bool = True,
    memberships: Sequence[str] = (),
    entitlements: Sequence[str] = (),
    patience: timedelta = A_SHORT_WHILE,
    troubles: timedelta = HALF_A_MINUTE,
) -> list[Check]:
    """Checks the login, if it is one that anybody can try, every membership and every grant, several at once, and changes nothing.

    Costs four requests for the login, one for `Me`, one to find a warehouse that runs; then one or two for each level and each privilege,
    and one for each group.

    Args:
        bundle: the credentials that are proven.
        grants: what they should be good for.
        admin: reads entries back that cannot be tried; without it these are not tried.
        active: False leaves only the reading back.
        memberships: the groups that it should be in, by name.
        entitlements: those that it should have itself.
        patience: for how long from now a refusal is taken for the delay of a new grant.
        troubles: for how long each request that meets a workspace in trouble is tried again.

    Raises:
        WorkspaceUnreachable: nobody answers, so nothing is proven and nothing refuted.
    """
    waiting = Patience(patience, troubles=troubles)
    checks: list[Check] = []
    principal = None
    if active and bundle.can_log_in:
        try:
            principal = waiting.wait_for(lambda: client(bundle))
        except LoginRefused as error:
            return [Check("login", bundle.client_id, Verdict.FAILED, f"{error}: {_way_in(bundle)}")]
        checks.append(Check("login", bundle.client_id, Verdict.EXERCISED, "the credentials were traded for a token"))
        checks += _who_it_is(principal, bundle, grants, entitlements, waiting)
    elif active:
        checks.append(Check("login", bundle.client_id, Verdict.NOT_TRIED, _ONLY_ITS_CONSUMER))
        checks += _who_it_is_to(admin, bundle, grants, entitlements, waiting) if admin else ()
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="check") as pool:
        # First in, first run: no check can wait for this one while it waits for a thread.
        warehouse = pool.submit(copy_context().run, _running_warehouse, principal, grants)
        nobody = "nobody here can log in as it" if active else "the stack says `verify: false`"
        witnesses = Witnesses(bundle.client_id, principal, admin, warehouse, waiting, nobody)
        carried_out = [pool.submit(copy_context().run, _carried_out, task, witnesses) for task in _tasks(memberships, grants)]
        checks += [each.result() for each in carried_out]
    return checks


def _tasks(memberships: Sequence[str], grants: Sequence[Grant]) -> Iterator[_Task]:
    for group in memberships:
        yield _Task("membership", f"group {group}", None, partial(prove_membership, group))
    for grant in grants:
        if isinstance(grant, ObjectGrant):
            yield _Task(grant.level, grant.target, grant, partial(prove_level, grant))
        else:
            for privilege in grant.privileges:
                yield _Task(privilege, grant.target, grant, partial(prove_privilege, grant, privilege))


def _carried_out(task: _Task, witnesses: Witnesses) -> Check:
    try:
        outcome = witnesses.patience.wait_for(lambda: task.proof(witnesses))
    except UNPROVEN as error:
        answer = without_settings(str(error)).rstrip(".")
        outcome = Outcome(Verdict.FAILED, f"{answer}; {_advice(error)}")
    return Check(task.check, task.target, outcome.verdict, outcome.detail, task.grant)


def _advice(error: Exception) -> str:
    if isinstance(error, NotFound):
        return "look whether it is still there under this name, then `pulumi refresh` and `pulumi up`"
    if isinstance(error, PermissionDenied | NotInForce):
        return "`pulumi refresh` and `pulumi up` grant it again"
    return "the workspace is slow or in trouble, so try again later"


def _who_it_is(
    principal: WorkspaceClient, bundle: Credentials, grants: Sequence[Grant], entitlements: Sequence[str], patience: Patience
) -> Iterator[Check]:
    try:
        me = patience.wait_for(principal.current_user.me)
    except UNPROVEN as error:
        yield Check("identity", bundle.client_id, Verdict.FAILED, without_settings(str(error)))
        return
    if me.user_name == bundle.client_id:
        yield Check("identity", bundle.client_id, Verdict.EXERCISED, f"the workspace knows it as {me.display_name}")
    else:
        yield Check("identity", bundle.client_id, Verdict.FAILED, f"the workspace takes it for {me.user_name}")
    held = {entitlement.value for entitlement in me.entitlements or []}
    yield from _entitlements(held, grants, entitlements, Outcome(Verdict.EXERCISED, "the principal sees it as its own"))


def _who_it_is_to(
    admin: WorkspaceClient, bundle: Credentials, grants: Sequence[Grant], entitlements: Sequence[str], patience: Patience
) -> Iterator[Check]:
    """The same, of a principal that nobody here can log in as."""

    def found() -> ServicePrincipal:
        for it in admin.service_principals.list(filter=f'applicationId eq "{bundle.client_id}"'):
            if it.active:
                return it
        raise NotInForce("it is not in this workspace, or deactivated; `pulumi refresh` and `pulumi up` mend that")

    try:
        it = patience.wait_for(found)
    except PermissionDenied:
        yield Check("identity", bundle.client_id, Verdict.NOT_TRIED, "whom the environment logs in may not read it")
        return
    except UNPROVEN as error:
        yield Check("identity", bundle.client_id, Verdict.FAILED, without_settings(str(error)))
        return
    yield Check("identity", bundle.client_id, Verdict.CONFIRMED, f"an admin knows it as {it.display_name}")
    held = {entitlement.value for entitlement in it.entitlements or []}
    yield from _entitlements(held, grants, entitlements, Outcome(Verdict.CONFIRMED, "an admin read it back"))


def _way_in(bundle: Credentials) -> str:
    """What to do about a login that was refused."""
    if not bundle.id_token:
        return "the secret has ended, or the principal is not in this workspace; `pulumi refresh` and `pulumi up` mend that"
    differences = [bundle.id_token.differs_from(login) for login in bundle.federation]
    if differences and None not in differences:
        return f"{differences[0]}; log in from where that is so, or declare what is"
    return "the policy that takes this token is gone, or the token is too old; `pulumi refresh` and `pulumi up` mend the policy"


def _entitlements(held: Collection[str | None], grants: Sequence[Grant], declared: Sequence[str], seen: Outcome) -> Iterator[Check]:
    """Those that were declared, and those that a grant needs besides."""
    kinds = (OBJECT_KINDS[grant.kind] for grant in grants if isinstance(grant, ObjectGrant))
    needs = dict.fromkeys(kind.entitlements for kind in kinds if kind.entitlements and not set(kind.entitlements) & set(declared))
    for needed in (*((each,) for each in declared), *needs):
        there = [entitlement for entitlement in needed if entitlement in held]
        if there:
            yield Check("entitlement", there[0], seen.verdict, seen.detail)
        else:
            # What comes by a group is not among one's own (api-facts: 3.3): that it is not seen here proves nothing.
            yield Check("entitlement", " or ".join(needed), Verdict.NOT_TRIED, "not among its own; it may come by a group")


def _running_warehouse(principal: WorkspaceClient | None, grants: Sequence[Grant]) -> str | None:
    kind = OBJECT_KINDS["warehouses"]
    usable = [
        grant.id
        for grant in grants
        if isinstance(grant, ObjectGrant) and grant.kind == kind.key and kind.power(grant.level) >= kind.power("CAN_USE")
    ]
    if principal is None:
        return None
    for warehouse in usable:
        try:
            state = enduring(warehouse, partial(principal.warehouses.get, warehouse), limit_s=A_SHORT_WHILE.total_seconds()).state
        except UNPROVEN:
            continue  # That is the failure of the warehouse's own check.
        if state is State.RUNNING:
            return warehouse
    return None
