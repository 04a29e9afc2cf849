"""The ways to log in: with an OAuth secret, or with a federated token (api-facts: 1.2)."""

import base64
import binascii
from collections.abc import Mapping
from urllib.parse import unquote_plus

from sandbox.clock import Clock
from sandbox.errors import OAuthError
from sandbox.faults import Faults
from sandbox.federation import exchange
from sandbox.federation.exchange import TokenExchange
from sandbox.oidc.endpoint import TokenEndpoint
from sandbox.scim.directory import Directory
from sandbox.scim.rows import ServicePrincipal, User
from sandbox.secrets.rules import ServicePrincipalSecrets

CLIENT_CREDENTIALS = "client_credentials"
GRANTS = (CLIENT_CREDENTIALS, exchange.GRANT)


class Logins:
    def __init__(
        self, clock: Clock, directory: Directory, secrets: ServicePrincipalSecrets, token_exchange: TokenExchange, faults: Faults
    ) -> None:
        self._clock = clock
        self._directory = directory
        self._secrets = secrets
        self._exchange = token_exchange
        self._faults = faults

    async def principal(self, form: Mapping[str, str], authorization: str | None, endpoint: TokenEndpoint) -> ServicePrincipal | User:
        """Who logs in by one of `GRANTS`."""
        if form["grant_type"] == CLIENT_CREDENTIALS:
            return self._by_secret(form, authorization, endpoint)
        return await self._exchange.principal(form, endpoint)

    def _by_secret(self, form: Mapping[str, str], authorization: str | None, endpoint: TokenEndpoint) -> ServicePrincipal:
        application_id, secret = _credentials(form, authorization)
        principal = self._directory.by_application_id(application_id)
        admitted = principal and endpoint.admits(self._directory, principal)
        used = self._secrets.matching(principal.id, secret) if principal and admitted else None
        if principal is None or used is None or not self._faults.has_propagated("logins", used.create_time, self._clock.now()):
            raise OAuthError(401, "invalid_client", "Client authentication failed")
        return principal


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
