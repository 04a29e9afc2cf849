"""What a request may say of a policy, and what of it an update changes (api-facts: 4.2)."""

import re
from dataclasses import fields

from sandbox.errors import InvalidParameterValueError, Json
from sandbox.federation.addresses import may_be_asked
from sandbox.federation.jwks import keys_in
from sandbox.federation.rows import FederationPolicy, OidcPolicy

_WORDS = ("issuer", "subject", "subject_claim", "jwks_json", "jwks_uri")
_OIDC_FIELDS = [field.name for field in fields(OidcPolicy)]
_WHOLE = ("description", "oidc_policy")
_MASKED = {*_WHOLE, *(f"oidc_policy.{name}" for name in _OIDC_FIELDS)}


def policy_id_of(given: str) -> str:
    if not re.fullmatch("[0-9a-z-]{2,63}", given):
        # Databricks' own text, also for one that is too long (terraform-provider-databricks#5290).
        raise InvalidParameterValueError(f"Invalid federation policy id: '{given}'. Must contain only 0-9, a-z, and hyphen.")
    return given


def description_of(body: Json) -> str | None:
    return _word("description", body.get("description"))


def oidc_policy_of(body: Json, *, of_principal: bool) -> OidcPolicy:
    given = body.get("oidc_policy")
    if not isinstance(given, dict):
        raise InvalidParameterValueError("Missing required field: oidc_policy")
    if unknown := sorted(given.keys() - set(_OIDC_FIELDS)):
        raise InvalidParameterValueError(f"oidc_policy has no field {', '.join(unknown)}.")
    words = {name: _word(f"oidc_policy.{name}", given.get(name)) for name in _WORDS}
    if of_principal and not words["subject"]:
        raise InvalidParameterValueError("Missing required field: oidc_policy.subject")
    if not of_principal and words["subject"]:
        raise InvalidParameterValueError("oidc_policy.subject must not be set in an account federation policy.")
    if words["jwks_json"]:
        _require_public_keys(words["jwks_json"])
    if words["jwks_uri"]:
        _require_address("jwks_uri", words["jwks_uri"])
    issuer = words.pop("issuer")
    if not issuer:
        raise InvalidParameterValueError("Missing required field: oidc_policy.issuer")
    _require_address("issuer", issuer)
    return OidcPolicy(issuer, audiences=_audiences(given.get("audiences")), **words)


def changed(policy: FederationPolicy, body: Json, mask: str | None) -> Json:
    """The policy as the update leaves it. What the mask names and the body does not hold is emptied."""
    given_oidc = body.get("oidc_policy", {})
    if not isinstance(given_oidc, dict):
        raise InvalidParameterValueError(f"oidc_policy must be a map, not {given_oidc}.")
    after: Json = {"description": policy.description, "oidc_policy": policy.oidc.as_json()}
    for path in _paths(body, given_oidc, mask):
        whole, _, leaf = path.partition(".")
        if leaf:
            after[whole][leaf] = given_oidc.get(leaf)
        else:
            after[whole] = body.get(whole) if whole == "description" else dict(given_oidc)
    return after


def _paths(body: Json, given_oidc: Json, mask: str | None) -> list[str]:
    if mask == "*":
        return list(_WHOLE)
    if not mask:
        # Whatever is set in the body, field by field.
        return [*(["description"] if "description" in body else []), *(f"oidc_policy.{name}" for name in given_oidc)]
    paths = mask.split(",")
    if unknown := [path for path in paths if path not in _MASKED]:
        raise InvalidParameterValueError(f"update_mask names {', '.join(unknown)}, and may name {', '.join(sorted(_MASKED))}.")
    # The wider first, so that it does not undo the narrower.
    return sorted(paths)


def _word(name: str, given: object) -> str | None:
    if given is None or isinstance(given, str):
        return given or None
    raise InvalidParameterValueError(f"{name} must be a string, not {given}.")


def _audiences(given: object) -> tuple[str, ...]:
    if given is None:
        return ()
    if not isinstance(given, list) or not all(isinstance(one, str) and one for one in given):
        raise InvalidParameterValueError(f"oidc_policy.audiences must be a list of non-empty strings, not {given}.")
    return tuple(given)


def _require_address(name: str, url: str) -> None:
    if not may_be_asked(url):
        raise InvalidParameterValueError(f"oidc_policy.{name} must be an https URL (on this machine also an http one), not '{url}'.")


def _require_public_keys(text: str) -> None:
    try:
        keys = keys_in(text)
    except ValueError as reason:
        raise InvalidParameterValueError(f"oidc_policy.jwks_json is no JSON Web Key Set: {reason}") from reason
    if any(key.is_secret for key in keys):
        raise InvalidParameterValueError("oidc_policy.jwks_json must hold public keys only.")
