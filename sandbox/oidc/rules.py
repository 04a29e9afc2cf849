"""Giving out access tokens, and telling later whose one is. They are RS256 JWTs (api-facts: 1.2)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple, cast
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from jwt.types import Options

from sandbox.clock import Clock
from sandbox.errors import InvalidAccessTokenError, Json, OAuthError
from sandbox.faults import Faults
from sandbox.federation import exchange
from sandbox.oidc.endpoint import TokenEndpoint
from sandbox.oidc.logins import GRANTS, Logins
from sandbox.scim.rows import ServicePrincipal, User
from sandbox.state import State

SCOPES = {"all-apis", "sql", "openid", "profile", "email", "offline_access"}
TOKENS_KEPT = 10_000
TIMELESS: Options = {"verify_exp": False, "verify_iat": False, "verify_aud": False}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """Outlives a reset: the tokens that the admin holds stay good."""

    pem: str

    @property
    def key(self) -> str:
        return "current"


class Claims(NamedTuple):
    subject: str
    """The application id of a service principal, the name of a person."""
    expires_at: float
    audience: str
    token_id: str


class Oidc:
    def __init__(self, state: State, clock: Clock, logins: Logins, faults: Faults) -> None:
        self._clock = clock
        self._logins = logins
        self._faults = faults
        self._claims: dict[str, Claims] = {}
        self._private_key = _kept_key(state)
        self._public_key = self._private_key.public_key()

    async def token(self, form: Mapping[str, str], authorization: str | None, endpoint: TokenEndpoint) -> Json:
        """What the token endpoint answers."""
        grant = form.get("grant_type")
        if grant is None:
            raise OAuthError(400, "invalid_request", "Missing parameter: grant_type")
        if grant not in GRANTS:
            raise OAuthError(400, "unsupported_grant_type", f"Grant type {grant} is not supported")
        scope = form.get("scope", "all-apis")
        if unknown := set(scope.split()) - SCOPES:
            raise OAuthError(400, "invalid_scope", f"Unknown scope: {' '.join(sorted(unknown))}")
        made = self._made(await self._logins.principal(form, authorization, endpoint), scope, endpoint)
        # RFC 8693, 2.2.1, wants the last field.
        return {**made, "issued_token_type": exchange.ACCESS_TOKEN} if grant == exchange.GRANT else made

    def _made(self, principal: ServicePrincipal | User, scope: str, endpoint: TokenEndpoint) -> Json:
        now = self._clock.now()
        lifetime_s = self._faults.conditions.token_lifetime_s
        token_id = str(uuid4())
        claims = {
            "client_id": principal.who.name,
            "sub": principal.who.name,
            "scope": scope,
            "iss": endpoint.issuer,
            "aud": endpoint.audience,
            "iat": int(now.timestamp()),
            "exp": int((now + timedelta(seconds=lifetime_s)).timestamp()),
            "jti": token_id,
        }
        token = jwt.encode(claims, self._private_key, algorithm="RS256", headers={"kid": "current"})
        self._faults.token_made(token_id)
        return {"access_token": token, "token_type": "Bearer", "expires_in": lifetime_s, "scope": scope}

    def claims(self, token: str) -> Claims:
        """Whose token it is, expired or not."""
        if token not in self._claims:
            try:
                found = jwt.decode(token, self._public_key, ["RS256"], options=TIMELESS)
            except jwt.InvalidTokenError:
                raise InvalidAccessTokenError from None
            if len(self._claims) >= TOKENS_KEPT:
                self._claims.clear()
            self._claims[token] = Claims(found["sub"], found["exp"], found["aud"], found["jti"])
        return self._claims[token]

    def has_expired(self, claims: Claims) -> bool:
        return claims.expires_at <= self._clock.now().timestamp() or self._faults.has_expired(claims.token_id)

    def jwks(self) -> Json:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self._public_key))
        return {"keys": [{**public, "kid": "current", "use": "sig", "alg": "RS256"}]}


def _kept_key(state: State) -> rsa.RSAPrivateKey:
    keys = state.table(SigningKey)
    kept = keys.get("current")
    if kept is None:
        made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        kept = SigningKey(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())
        with state.transaction():
            keys.put(kept)
    return cast("rsa.RSAPrivateKey", load_pem_private_key(kept.pem.encode(), password=None))
