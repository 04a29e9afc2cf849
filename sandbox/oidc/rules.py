"""Logging in with an OAuth secret, and telling later whose token it is. Tokens are RS256 JWTs (api-facts: 1.2)."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple, cast
from urllib.parse import unquote_plus
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from jwt.types import Options

from sandbox.clock import Clock
from sandbox.errors import InvalidAccessTokenError, Json, OAuthError
from sandbox.faults import Faults
from sandbox.scim.directory import Directory
from sandbox.secrets.rules import ServicePrincipalSecrets
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
    application_id: str
    expires_at: float
    audience: str
    token_id: str


class Oidc:
    def __init__(self, state: State, clock: Clock, directory: Directory, secrets: ServicePrincipalSecrets, faults: Faults) -> None:
        self._clock = clock
        self._faults = faults
        self._directory = directory
        self._secrets = secrets
        self._claims: dict[str, Claims] = {}
        self._private_key = _kept_key(state)
        self._public_key = self._private_key.public_key()

    def token(self, form: Mapping[str, str], authorization: str | None, *, issuer: str, audience: str, to_workspace: bool) -> Json:
        """What the token endpoint answers; with `to_workspace` only for principals that are in the workspace."""
        grant = form.get("grant_type")
        if grant is None:
            raise OAuthError(400, "invalid_request", "Missing parameter: grant_type")
        if grant != "client_credentials":
            raise OAuthError(400, "unsupported_grant_type", f"Grant type {grant} is not supported")
        scope = form.get("scope", "all-apis")
        if unknown := set(scope.split()) - SCOPES:
            raise OAuthError(400, "invalid_scope", f"Unknown scope: {' '.join(sorted(unknown))}")
        application_id, secret = _credentials(form, authorization)
        principal = self._directory.by_application_id(application_id)
        admitted = principal and principal.active and (self._directory.in_workspace(principal) or not to_workspace)
        now = self._clock.now()
        used = self._secrets.matching(principal.id, secret) if principal and admitted else None
        if principal is None or used is None or not self._faults.has_propagated("logins", used.create_time, now):
            raise OAuthError(401, "invalid_client", "Client authentication failed")
        lifetime_s = self._faults.conditions.token_lifetime_s
        token_id = str(uuid4())
        claims = {
            "client_id": principal.application_id,
            "sub": principal.application_id,
            "scope": scope,
            "iss": issuer,
            "aud": audience,
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
            self._claims[token] = Claims(found["client_id"], found["exp"], found["aud"], found["jti"])
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


def _credentials(form: Mapping[str, str], authorization: str | None) -> tuple[str, str]:
    """Client id and secret, from the header or the body."""
    if authorization is None:
        return form.get("client_id", ""), form.get("client_secret", "")
    scheme, _, encoded = authorization.partition(" ")
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise OAuthError(401, "invalid_client", "Client authentication failed") from None
    if scheme.lower() != "basic":
        raise OAuthError(401, "invalid_client", "Client authentication failed")
    # Go's client form-encodes both parts first (api-facts: 1.2).
    return unquote_plus(client_id), unquote_plus(secret)
