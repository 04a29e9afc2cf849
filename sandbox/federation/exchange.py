"""Somebody else's token for one of the sandbox's own: whom it logs in, by which federation policy (api-facts: 1.2, 1.3)."""

from collections.abc import Mapping

from sandbox.caller import Who
from sandbox.clock import Clock
from sandbox.errors import OAuthError
from sandbox.faults import Faults
from sandbox.federation.keys import keys_of
from sandbox.federation.rows import FederationPolicy
from sandbox.federation.rules import FederationPolicies
from sandbox.federation.token import FederatedToken, refused
from sandbox.oidc.endpoint import TokenEndpoint
from sandbox.scim.directory import Directory
from sandbox.scim.rows import Group, ServicePrincipal, User

GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
JWT = "urn:ietf:params:oauth:token-type:jwt"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - the name of a kind of token


class TokenExchange:
    def __init__(self, clock: Clock, directory: Directory, policies: FederationPolicies, faults: Faults) -> None:
        self._clock = clock
        self._directory = directory
        self._policies = policies
        self._faults = faults

    async def principal(self, form: Mapping[str, str], endpoint: TokenEndpoint) -> ServicePrincipal | User:
        """Who logs in: the service principal `client_id` by a policy of its own, else whom the token names by one of the account's."""
        token = _subject_token(form)
        client_id = form.get("client_id", "")
        refusal = refused("The subject_token is good for nobody.")
        for policy in self._fitting(token, client_id, endpoint):
            try:
                token.require_signature(await keys_of(policy.oidc))
            except OAuthError as error:
                refusal = error
                continue
            token.require_time(self._clock.now())
            # While its keys were fetched the policy may have gone, and the principal too.
            if policy in self._fitting(token, client_id, endpoint):
                return self._named_by(token, policy, endpoint)
        raise refusal

    def _fitting(self, token: FederatedToken, client_id: str, endpoint: TokenEndpoint) -> list[FederationPolicy]:
        """The policies whose every word is in the token."""
        owner = self._admitted(self._directory.by_application_id(client_id), endpoint).id if client_id else None
        whose = f"service principal {client_id}" if client_id else "the account"
        now = self._clock.now()
        known = [one for one in self._policies.listed(owner) if self._faults.has_propagated("logins", one.create_time, now)]
        of_issuer = [one for one in known if one.oidc.issuer == token.issuer]
        if not of_issuer:
            raise refused(f"No federation policy of {whose} takes tokens of the issuer '{token.issuer}'.")
        for_audience = [one for one in of_issuer if set(one.oidc.audiences or (endpoint.account_id,)).intersection(token.audiences)]
        if not for_audience:
            raise refused(f"No federation policy of {whose} takes tokens for the audience '{', '.join(token.audiences)}'.")
        of_subject = [one for one in for_audience if one.oidc.subject in (None, _subject(token, one))]
        if not of_subject:
            raise refused(f"No federation policy of {whose} takes tokens of the subject '{_subject(token, for_audience[0])}'.")
        return of_subject

    def _named_by(self, token: FederatedToken, policy: FederationPolicy, endpoint: TokenEndpoint) -> ServicePrincipal | User:
        if policy.principal_id:
            return self._admitted(self._directory.service_principals.get(policy.principal_id), endpoint)
        # The name of a person, or the application id of a service principal.
        found = self._directory.by_who(Who("user_name", _subject(token, policy)))
        return self._admitted(None if isinstance(found, Group) else found, endpoint)

    def _admitted(self, principal: ServicePrincipal | User | None, endpoint: TokenEndpoint) -> ServicePrincipal | User:
        if principal is None or not endpoint.admits(self._directory, principal):
            raise OAuthError(401, "invalid_client", "Client authentication failed")
        return principal


def _subject_token(form: Mapping[str, str]) -> FederatedToken:
    if not form.get("subject_token"):
        raise OAuthError(400, "invalid_request", "Missing parameter: subject_token")
    if form.get("subject_token_type") != JWT:
        raise OAuthError(400, "invalid_request", f"subject_token_type must be {JWT}")
    if form.get("requested_token_type", ACCESS_TOKEN) != ACCESS_TOKEN:
        raise OAuthError(400, "invalid_request", f"requested_token_type must be {ACCESS_TOKEN}")
    return FederatedToken.of(form["subject_token"])


def _subject(token: FederatedToken, policy: FederationPolicy) -> str:
    return token.word(policy.oidc.subject_claim or "sub")
