"""The federation policies of an integration that logs in without a secret."""

import json
from collections.abc import Sequence
from typing import Any

import pulumi

from components.children import Children
from components.databricks import ServicePrincipalFederationPolicy
from components.preflight import external_id
from components.resources import MaybeText
from model.federation import Policy


def trust(
    name: str, policies: Sequence[Policy], *, principal_id: MaybeText, account: pulumi.ProviderResource | None, parent: Children
) -> list[pulumi.Output[str]]:
    """Costs one request for each policy. What came of each is a text that differs after each write."""
    return [_policy(name, each, principal_id=principal_id, account=account, parent=parent) for each in policies]


def _policy(
    name: str, policy: Policy, *, principal_id: MaybeText, account: pulumi.ProviderResource | None, parent: Children
) -> pulumi.Output[str]:
    """A policy is known by its own id: that of its resource may be the same for all of them. (api-facts: 11)"""
    suffix = f"-{policy.id}"
    made = ServicePrincipalFederationPolicy(
        name + suffix,
        policy_id=policy.id,
        service_principal_id=pulumi.Output.from_input(principal_id).apply(lambda known: int(known) if known else None),
        # By whose it is, `brickpass recover` tells it from another stack's for the same adopted principal.
        description=external_id(name),
        oidc_policy=_oidc_policy(policy),
        opts=parent.opts(suffix, provider=account),
    )
    return pulumi.Output.all(made.uid, made.update_time, made.oidc_policy).apply(json.dumps)


def _oidc_policy(policy: Policy) -> Any:  # noqa: ANN401 -- by its own type, its names would be Python's
    """As on the wire: the types of what is nested, which would translate its names, are not loaded. (See `components.databricks`)"""
    token = policy.token
    said = {
        "issuer": token.issuer,
        "subject": token.subject,
        "subjectClaim": token.subject_claim,
        "audiences": list(policy.audiences),
        "jwksUri": token.jwks_uri,
        "jwksJson": token.jwks_json,
    }
    return {key: value for key, value in said.items() if value is not None}
