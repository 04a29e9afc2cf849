"""A JSON Web Key Set (RFC 7517), read."""

import json
from typing import NamedTuple

from jwt import PyJWK
from jwt.exceptions import PyJWTError

from sandbox.errors import Json


class Key(NamedTuple):
    jwk: PyJWK
    given: Json

    @property
    def is_secret(self) -> bool:
        """Whether it is symmetric, or holds its private half."""
        return "k" in self.given or "d" in self.given

    def fits(self, algorithm: str, key_id: str | None) -> bool:
        """Whether a token that says this of itself may have been signed with it."""
        named = key_id is None or self.jwk.key_id == key_id
        return named and self.jwk.algorithm_name == algorithm and self.jwk.public_key_use in (None, "sig")


def keys_in(text: str | bytes) -> list[Key]:
    """The keys of the set, but for those of a kind that nobody here knows.

    Raises:
        ValueError: where there is no key at all, with the reason.
    """
    try:
        document = json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    given = document.get("keys") if isinstance(document, dict) else None
    members = given if isinstance(given, list) else []
    keys = [key for one in members if isinstance(one, dict) and (key := _key(one))]
    if not keys:
        raise ValueError("it holds no key of a known kind")
    return keys


def _key(given: Json) -> Key | None:
    try:
        return Key(PyJWK(given), given)
    except (PyJWTError, TypeError, ValueError):
        return None
