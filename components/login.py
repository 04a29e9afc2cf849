"""How an integration logs in: by a secret that is replaced before it ends, or by federation, without any."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.children import Children
from components.principal import Principal
from components.resources import MaybeText, RotatingSecret, or_nothing
from model.clock import instant
from model.declaration import Declaration
from model.federation import Policy


@dataclass(frozen=True)
class Login:
    """What the rest of an integration needs to know of it."""

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


def login_of(name: str, declared: Declaration, policies: Sequence[Policy], principal: Principal, *, parent: Children) -> Login:
    """Costs three requests for a secret, and nothing where the principal is trusted for somebody else's tokens."""
    if policies:
        federation: dict[str, object] = {"federation": tuple(each.login for each in policies)}
        return Login([or_nothing(each) for each in principal.trusted], pulumi.Output.all(*principal.trusted).apply(lambda _: federation))
    secret = RotatingSecret(name, to=principal.grantee, schedule=declared.config.secret, opts=parent.opts(""))
    return Login([or_nothing(secret.revision)], _said(secret), secret)


def _said(secret: RotatingSecret) -> pulumi.Output[dict[str, object]]:
    known = pulumi.Output.all(
        client_secret=secret.client_secret,
        secret_id=secret.secret_id,
        issued_at=secret.issued_at,
        expires_at=secret.expires_at,
        rotates_at=secret.rotates_at,
    )
    return known.apply(lambda said: said | {name: instant(said[name]) for name in ("issued_at", "expires_at", "rotates_at")})
