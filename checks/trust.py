"""Whom a principal is trusted for: its federation policies, which are the account's, and for its admins to read. (api-facts: 4.2)"""

from collections.abc import Mapping, Sequence
from typing import Any

from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import NotFound, PermissionDenied, Unauthenticated

from checks.check import Check, Verdict
from checks.proof import UNPROVEN
from checks.sdk import without_settings
from checks.troubles import enduring
from checks.witnesses import get
from model.federation import FederatedLogin

LIMIT_S = 30.0
_NOT_READ = "whom the environment logs in may not read the account's federation policies"


def prove_trust(account: WorkspaceClient | None, principal_id: str, logins: Sequence[FederatedLogin]) -> list[Check]:
    """Costs one request."""
    if account is None:
        return [_check(login, Verdict.NOT_TRIED, _NOT_READ) for login in logins]
    path = f"/api/2.0/accounts/{account.config.account_id}/servicePrincipals/{principal_id}/federationPolicies"
    try:
        # There are twenty at most, which is one page. (api-facts: 10.1)
        policies = enduring(path, lambda: get(account, path), limit_s=LIMIT_S).get("policies", [])
    except NotFound:
        policies = []
    except (PermissionDenied, Unauthenticated):
        return [_check(login, Verdict.NOT_TRIED, _NOT_READ) for login in logins]
    except UNPROVEN as error:
        return [_check(login, Verdict.FAILED, without_settings(str(error))) for login in logins]
    return [_looked_for(login, policies) for login in logins]


def _looked_for(login: FederatedLogin, policies: Sequence[Mapping[str, Any]]) -> Check:
    if any(_takes(policy.get("oidc_policy", {}), login) for policy in policies):
        return _check(login, Verdict.CONFIRMED, "an account admin read its policy back")
    return _check(login, Verdict.FAILED, "no federation policy takes its tokens; `pulumi refresh` and `pulumi up` make one")


def _takes(policy: Mapping[str, Any], login: FederatedLogin) -> bool:
    claim = policy.get("subject_claim", "sub")
    said = (policy.get("issuer"), claim, policy.get("subject"))
    return said == (login.issuer, login.subject_claim, login.subject) and login.audience in policy.get("audiences", ())


def _check(login: FederatedLogin, verdict: Verdict, detail: str) -> Check:
    return Check("federation", login.subject, verdict, detail)
