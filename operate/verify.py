"""`brickpass verify`: proves the bundles of a stack anew."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

from databricks.sdk import WorkspaceClient

from checks.check import Check, Verdict
from checks.clients import RETRY_TIMEOUT_S, Credentials, from_environment
from checks.entries import direct_levels
from checks.id_token import IdToken, at_hand, of_file
from checks.proof import UNPROVEN, prove
from checks.troubles import enduring
from checks.trust import prove_trust
from checks.waiting import heard_by
from checks.witnesses import get
from model.faults import WorkspaceUnreachable, WrongUse
from model.grants import Grant, ObjectGrant
from model.kinds import OBJECT_KINDS
from operate.exits import FOUND_SOMETHING, GOOD
from operate.result import Result, Table
from operate.state import Delivery, Deployed, chosen, deployed

INTEGRATIONS_AT_ONCE = 4


def verify(
    names: Sequence[str], *, stack: str | None, oidc_token_file: str | None = None, progress: Callable[[str], None] = lambda _: None
) -> Result:
    """Proves the named integrations, or all. It changes nothing."""
    id_token = of_file(oidc_token_file) if oidc_token_file else None
    progress("reading the stack's state")
    integrations = chosen(deployed(stack), names)
    if id_token and not (len(names) == 1 and integrations[0].federation):
        raise WrongUse("--oidc-token-file has the token of one integration that logs in by federation; name that one")
    # One stack is one workspace, so one login serves all integrations.
    places = dict.fromkeys((each.host, each.trusted_hosts) for each in integrations if each.client_secret or each.federation)
    admins = {host: from_environment(host, trusted_hosts=trusted) for host, trusted in places}
    with ThreadPoolExecutor(INTEGRATIONS_AT_ONCE) as pool:
        proofs = pool.map(partial(_proof, admins, progress, id_token), integrations)
        return _result({each.name: checks for each, checks in zip(integrations, proofs, strict=True)})


def _proof(
    admins: Mapping[str, WorkspaceClient | None], progress: Callable[[str], None], id_token: IdToken | None, integration: Deployed
) -> list[Check]:
    progress(f"proving {integration.name}")
    if integration.ended_on:
        return [Check("until", integration.name, Verdict.NOT_TRIED, f"was over on {integration.ended_on}; nothing is left to be proven")]
    federation = integration.bundle.federation if integration.bundle else ()
    if not integration.client_id or not (integration.client_secret or federation):
        what = "federation" if integration.federation else "secret"
        detail = f"its deployment did not come to a {what}; `pulumi up` finishes it"
        return [Check(what, integration.name, Verdict.FAILED, detail)]
    id_token = id_token or (at_hand(federation) if integration.active else None)
    bundle = Credentials(
        integration.host, integration.client_id, integration.client_secret, federation, id_token, trusted_hosts=integration.trusted_hosts
    )
    with heard_by(lambda reason, _: progress(f"{integration.name} waits: {reason}")):
        proof = prove(
            bundle,
            integration.grants,
            admin=admins[integration.host],
            active=integration.active,
            memberships=integration.memberships,
            entitlements=integration.entitlements,
        )
        back = list(_back_again(integration, admins[integration.host]))
        trust = _trust(integration, admins[integration.host])
    undeployed = (_not_deployed(grant) for grant in integration.missing)
    return [*proof, *trust, *undeployed, *back, *(_delivered(each) for each in integration.deliveries)]


def _trust(integration: Deployed, admin: WorkspaceClient | None) -> list[Check]:
    """What is declared of it, read back by whoever may: a workspace's admin need not be one of its account."""
    bundle = integration.bundle
    if not (bundle and bundle.federation):
        return []
    account = None
    if admin and integration.account_host:
        # Without it the trust is not tried; all else is.
        with suppress(WrongUse, WorkspaceUnreachable):
            account = from_environment(integration.account_host, account_id=bundle.account_id, trusted_hosts=integration.trusted_hosts)
    return prove_trust(account, bundle.service_principal_id, integration.federation)


def _back_again(integration: Deployed, admin: WorkspaceClient | None) -> Iterator[Check]:
    """What the last deployment took away, and somebody's write of the whole list brought back."""
    for grant in integration.taken_away:
        kind = OBJECT_KINDS[grant.kind]
        look = partial(get, admin, kind.access_list(grant.id)) if admin else dict
        try:
            held = direct_levels(kind, enduring(grant.name, look, limit_s=RETRY_TIMEOUT_S), str(integration.client_id))
        except UNPROVEN:
            # Gone, or not to be read by this login: nothing is known to be back.
            continue
        if grant.level in held:
            detail = "it was taken away, and somebody's write brought it back; `pulumi refresh` and `pulumi up` take it away"
            yield Check(grant.level, grant.target, Verdict.FAILED, detail, grant)


def _delivered(delivery: Delivery) -> Check:
    """What the deployment recorded: the target itself, which may open to nobody here, is not asked."""
    if delivery.up_to_date:
        return Check("delivery", delivery.address, Verdict.NOT_TRIED, f"delivered at {delivery.at}; the target was not asked for it")
    works = f"works until {delivery.works_until}" if delivery.works_until else "works no more"
    before = f", only one before it, which {works}" if delivery.at else ""
    detail = f"the live secret was not delivered there{before}; `pulumi up` does it, or at once `brickpass deliver`"
    return Check("delivery", delivery.address, Verdict.FAILED, detail)


def _not_deployed(grant: Grant) -> Check:
    detail = "it is declared and was not deployed; `pulumi up` says why"
    given = grant.level if isinstance(grant, ObjectGrant) else ", ".join(grant.privileges)
    return Check(given, grant.target, Verdict.FAILED, detail, grant)


def _result(proofs: dict[str, list[Check]]) -> Result:
    checks = [check for proof in proofs.values() for check in proof]
    failed = sum(not check.ok for check in checks)
    tally = ", ".join(f"{count} {_spoken(verdict)}" for verdict in Verdict if (count := sum(check.verdict is verdict for check in checks)))
    return Result(
        data={
            "integrations": {
                name: {"ok": all(check.ok for check in proof), "checks": [check.as_json() for check in proof]}
                for name, proof in proofs.items()
            }
        },
        table=Table(
            columns=("integration", "check", "target", "verdict", "detail"),
            rows=[
                (name, check.check, check.target, _spoken(check.verdict), check.detail) for name, proof in proofs.items() for check in proof
            ],
        ),
        summary=f"{len(proofs)} integration{'s' if len(proofs) != 1 else ''}: {tally}" if checks else "This stack has no integrations.",
        exit_code=FOUND_SOMETHING if failed else GOOD,
    )


def _spoken(verdict: Verdict) -> str:
    return verdict.value.replace("_", " ")
