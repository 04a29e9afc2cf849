"""Tokens of identity providers, which an integration without a secret logs in with. Only what one says of itself is kept of it here."""

import base64
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import requests
from databricks.sdk.oidc_token_supplier import AzureDevOpsOIDCTokenSupplier, GitHubOIDCTokenSupplier

from model.faults import WrongUse
from model.federation import FederatedLogin
from model.workloads import Login

_TOKEN, _FILE = "DATABRICKS_OIDC_TOKEN", "DATABRICKS_OIDC_TOKEN_FILEPATH"

Claims = Mapping[str, object]


@dataclass(frozen=True)
class IdToken:
    """A token that is at hand."""

    claims: Claims
    settings: Mapping[str, str]
    """By which the SDK finds it again: what it is never passes through here."""

    def differs_from(self, login: FederatedLogin) -> str | None:
        """What it says otherwise than Databricks was told to expect; None where that is what it says."""
        audiences = self.claims.get("aud")
        for claim, said, expected in (
            ("iss", self.claims.get("iss"), login.issuer),
            (login.subject_claim, self.claims.get(login.subject_claim), login.subject),
            ("aud", login.audience if login.audience in _listed(audiences) else audiences, login.audience),
        ):
            if said != expected:
                return f'the token\'s {claim} is "{said}", and "{expected}" is declared'
        return None


def of_file(path: str) -> IdToken:
    """The token in a file.

    Raises:
        WrongUse: there is none.
    """
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse(f"the token in {path} cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}") from None
    claims = _claims(text)
    if claims is None:
        raise WrongUse(f"{path} holds no token of an identity provider: that is a JWT, three words of letters and digits between dots")
    return IdToken(claims, {"auth_type": "file-oidc", "oidc_token_filepath": path})


def at_hand(logins: Sequence[FederatedLogin]) -> IdToken | None:
    """The token that this job itself is given, where it is what one of these logs in with: on a laptop it is not, nor in others' jobs."""
    for login in logins:
        try:
            claims = _claims(_SUPPLIERS[login.auth_type](login.audience) or "")
        except (requests.RequestException, ValueError, OSError):
            continue
        if claims is None:
            continue
        token = IdToken(claims, {"auth_type": login.auth_type, **_SETTINGS[login.auth_type](login)})
        if token.differs_from(login) is None:
            return token
    return None


def _of_azure(audience: str) -> str | None:
    return AzureDevOpsOIDCTokenSupplier().get_oidc_token(audience)  # type: ignore[no-untyped-call]  # the SDK's


def _of_variable(_audience: str) -> str | None:
    return os.environ.get(_TOKEN)


def _of_named_file(_audience: str) -> str | None:
    path = os.environ.get(_FILE)
    return Path(path).read_text(encoding="utf-8").strip() if path else None


_SUPPLIERS: Mapping[Login, Callable[[str], str | None]] = {
    "github-oidc": GitHubOIDCTokenSupplier().get_oidc_token,
    "azure-devops-oidc": _of_azure,
    "env-oidc": _of_variable,
    "file-oidc": _of_named_file,
}
_SETTINGS: Mapping[Login, Callable[[FederatedLogin], dict[str, str]]] = {
    "github-oidc": lambda login: {"token_audience": login.audience},
    "azure-devops-oidc": lambda _: {},
    "env-oidc": lambda _: {},
    "file-oidc": lambda _: {"oidc_token_filepath": os.environ[_FILE]},
}


def _claims(token: str) -> Claims | None:
    """What a token says of itself. Whether that is true, its issuer's keys tell, which Databricks asks for."""
    parts = token.split(".")
    try:
        said = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))) if len(parts) == len("hps") else None
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _listed(audiences: object) -> list[object]:
    return audiences if isinstance(audiences, list) else [audiences]
