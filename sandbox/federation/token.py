"""Somebody else's token, with which somebody wants to log in here. Nothing that it says is true until its signature is found good."""

from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Self

import jwt
from jwt.types import Options

from sandbox.errors import Json, OAuthError
from sandbox.federation.jwks import Key

ALGORITHMS = ("RS256", "ES256")
_UNVERIFIED: Options = {"verify_signature": False}


def refused(reason: str) -> OAuthError:
    """Why a federated token logs nobody in. Status and word are inferred (api-facts: 1.2), the sentences are the sandbox's own."""
    return OAuthError(400, "invalid_grant", reason)


@dataclass(frozen=True)
class FederatedToken:
    text: str
    algorithm: str
    key_id: str | None
    claims: Json

    @classmethod
    def of(cls, text: str) -> Self:
        """The token as it describes itself, if it is one that could be checked at all."""
        try:
            whole = jwt.decode_complete(text, options=_UNVERIFIED)
        except (jwt.InvalidTokenError, RecursionError):
            raise refused("The subject_token is no signed JWT.") from None
        algorithm = whole["header"].get("alg")
        if algorithm not in ALGORITHMS:
            raise refused(f"The subject_token must be signed by {' or '.join(ALGORITHMS)}, not by {algorithm}.")
        return cls(text, algorithm, whole["header"].get("kid"), whole["payload"])

    @property
    def issuer(self) -> str:
        return self.word("iss")

    @property
    def audiences(self) -> list[str]:
        given = self.claims.get("aud")
        return [given] if isinstance(given, str) else [one for one in given if isinstance(one, str)] if isinstance(given, list) else []

    def word(self, claim: str) -> str:
        """A claim that must be a string; empty where it is none."""
        given = self.claims.get(claim)
        return given if isinstance(given, str) else ""

    def require_signature(self, keys: list[Key]) -> None:
        if not any(self._is_signed_with(key) for key in keys if key.fits(self.algorithm, self.key_id)):
            raise refused(f"The subject_token is signed with no key of its issuer {self.issuer}.")

    def require_time(self, now: datetime) -> None:
        if self._moment("exp", self.claims.get("exp")) <= now.timestamp():
            raise refused("The subject_token is expired.")
        if self._moment("nbf", self.claims.get("nbf", 0)) > now.timestamp():
            raise refused("The subject_token is not good yet.")

    def _moment(self, claim: str, given: object) -> float:
        # JSON's NaN and Infinity would be good for ever.
        if not isinstance(given, int | float) or not isfinite(given):
            raise refused(f"The subject_token has no time in its claim {claim}.")
        return given

    def _is_signed_with(self, key: Key) -> bool:
        try:
            # The signature alone: times go by the sandbox's clock, and all other claims are the policy's matter.
            jwt.PyJWS().decode(self.text, key.jwk, algorithms=[self.algorithm])
        except jwt.InvalidTokenError:
            return False
        return True
