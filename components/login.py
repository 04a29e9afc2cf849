"""How an integration logs in: by a secret that is replaced before it ends, or by federation, without any."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.children import Children
from components.databricks import ServicePrincipalFederationPolicy
from components.principal import Principal, once_there
from components.resources import Grantee, MaybeText, RotatingSecret, or_nothing
from model.clock import instant
from model.declaration import Declaration
from model.federation import Policy


@dataclass(frozen=True)
class Login:
    """What the rest of an integration needs to know of it."""

    grantee: Grantee
    """Whom grants are for, and wait for."""
    standing: Sequence[MaybeText]
    """Where one of these changes, the proof is made anew."""
    said: pulumi.Output[dict[str, object]]
    """What the bundle says of it; failed where it failed."""
    secret: RotatingSecret | None = None

    @property
    def client_secret(self) -> MaybeText:
        return or_nothing(self.secret.client_secret) if self.secret else None

    @property
    def not_rotated(self) -> MaybeText:
        return or_nothing(self.secret.not_rotated) if self.secret else None


def login_of(
    name: str,
    declared: Declaration,
    policies: Sequence[Policy],
    principal: Principal,
    *,
    account: pulumi.ProviderResource | None,
    parent: Children,
) -> Login:
    """Costs three requests for a secret, or one for each policy."""
    if policies:
        return _federated(name, policies, principal, account=account, parent=parent)
    secret = RotatingSecret(name, to=principal.grantee, schedule=declared.config.secret, opts=parent.opts(""))
    return Login(principal.grantee, [or_nothing(secret.revision)], _said(secret), secret)


def _said(secret: RotatingSecret) -> pulumi.Output[dict[str, object]]:
    plain = pulumi.Output.all(client_secret=secret.client_secret, secret_id=secret.secret_id)
    moments = pulumi.Output.all(issued_at=secret.issued_at, expires_at=secret.expires_at, rotates_at=secret.rotates_at)
    return pulumi.Output.all(plain, moments).apply(
        lambda known: {**known[0], **{name: instant(moment) for name, moment in known[1].items()}},
    )


def _federated(
    name: str, policies: Sequence[Policy], principal: Principal, *, account: pulumi.ProviderResource | None, parent: Children
) -> Login:
    made = [_policy(name, each, principal.grantee, account=account, parent=parent) for each in policies]
    standing = [or_nothing(each) for each in made]
    logins = tuple(each.login for each in policies)
    # The policies are the official provider's to take away, which knows nothing of an integration that dropped out of its file by mistake.
    # The engine takes what depends on them away first; and that is guarded, and keeps them.
    grantee = once_there(principal.grantee, standing)
    return Login(grantee, standing, pulumi.Output.all(*made).apply(lambda _: {"federation": logins}))


def _policy(
    name: str, policy: Policy, grantee: Grantee, *, account: pulumi.ProviderResource | None, parent: Children
) -> pulumi.Output[str]:
    """What came of it, as a text that differs after each write.

    A policy is known by its own id: that of its resource may be the same for all of them. (api-facts: 11)
    """
    suffix = f"-{policy.id}"
    made = ServicePrincipalFederationPolicy(
        name + suffix,
        policy_id=policy.id,
        service_principal_id=pulumi.Output.from_input(grantee.principal_id).apply(lambda known: int(known) if known else None),
        description=f"Lets {name} log in without a secret",
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
