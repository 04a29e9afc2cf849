"""The keys of an issuer: as the policy says them, or from where it says that they are (api-facts: 1.3).

Whoever makes a policy chooses whom the sandbox asks. So an answer is waited for so long and read so far, and nobody is sent on elsewhere.
Nothing is kept: an issuer that changes its keys is believed at once.
"""

import asyncio
import json
import ssl
from functools import cache

import httpx

from sandbox.errors import OAuthError
from sandbox.federation.addresses import is_here, may_be_asked
from sandbox.federation.jwks import Key, keys_in
from sandbox.federation.rows import OidcPolicy

TIMEOUT_S = 3.0
"""For all that one login asks of an issuer."""
LARGEST = 256 * 1024


async def keys_of(policy: OidcPolicy) -> list[Key]:
    """The keys that may have signed a token of this policy's issuer.

    Raises:
        OAuthError: where they cannot be had.
    """
    try:
        if policy.jwks_json:
            return keys_in(policy.jwks_json)
        async with asyncio.timeout(TIMEOUT_S):
            return keys_in(await _fetched(policy.jwks_uri or await _discovered(policy.issuer)))
    except (TimeoutError, httpx.TimeoutException):
        reason = f"no whole answer within {TIMEOUT_S:.0f} seconds"
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
        reason = str(error) or type(error).__name__
    raise OAuthError(400, "invalid_grant", f"The keys of the issuer {policy.issuer} cannot be had: {reason}.")


async def _discovered(issuer: str) -> str:
    """Where the issuer's own document says that its keys are (OpenID Connect Discovery 1.0: 4)."""
    document = json.loads(await _fetched(f"{issuer.removesuffix('/')}/.well-known/openid-configuration"))
    if not isinstance(document, dict) or document.get("issuer") != issuer:
        raise ValueError("its discovery document is another issuer's")
    uri = document.get("jwks_uri")
    if not isinstance(uri, str) or not may_be_asked(uri):
        raise ValueError(f"its discovery document has no jwks_uri that may be asked: {uri!r}")
    return uri


async def _fetched(url: str) -> bytes:
    # No proxy stands between this machine and itself, whatever the environment says.
    async with (
        httpx.AsyncClient(trust_env=not is_here(url), verify=_trusted(), timeout=TIMEOUT_S, follow_redirects=False) as http,
        http.stream("GET", url, headers={"Accept": "application/json", "Accept-Encoding": "identity"}) as answer,
    ):
        if answer.status_code != httpx.codes.OK:
            raise ValueError(f"{url} answered {answer.status_code}")
        body = b""
        # As it comes: what is packed small may be large.
        async for chunk in answer.aiter_raw():
            body += chunk
            if len(body) > LARGEST:
                raise ValueError(f"{url} answered more than {LARGEST} bytes")
        return body


@cache
def _trusted() -> ssl.SSLContext:
    # Reading the machine's authorities takes longer than asking an issuer.
    return httpx.create_ssl_context()
