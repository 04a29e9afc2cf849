"""Azure Key Vault: a secret of JSON text, which gets a new version where something in it differs.

Earlier versions stay as they are, and enabled: who reads the secret without naming one has the new one at once, and the Databricks
secret in an earlier one ends by itself.
"""

import os
from urllib.parse import urlsplit

from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError, ResourceNotFoundError, ServiceResponseError
from azure.identity import AzureAuthorityHosts, DefaultAzureCredential
from azure.keyvault.secrets import KeyVaultSecret, SecretClient

from delivery.json_text import merged
from delivery.outcome import NotDelivered, Outcome
from delivery.values import as_map
from model.bundle import AuthenticationBundle
from model.delivery import Address

# No answer is repeated because of its status: Azure's clients then wait for as long as it says.
_PATIENCE = {"connection_timeout": 10, "read_timeout": 30, "retry_total": 2, "retry_status": 0}

_CLOUDS = {
    AzureAuthorityHosts.AZURE_PUBLIC_CLOUD: "vault.azure.net",
    AzureAuthorityHosts.AZURE_GOVERNMENT: "vault.usgovcloudapi.net",
    AzureAuthorityHosts.AZURE_CHINA: "vault.azure.cn",
}
"""By who logs in there, which AZURE_AUTHORITY_HOST names."""

_NO_LOGIN = "Azure knows no login, or refuses it; set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or run `az login`"
_REFUSALS = {
    "ForbiddenByRbac": 'the login may not read and set secrets in it; give it the role "Key Vault Secrets Officer" there',
    "AccessDenied": "the login may not read and set secrets in it; give it the secret permissions Get and Set in the vault's access policy",
    "ForbiddenByFirewall": "the vault's firewall does not let this machine in",
    "ForbiddenByConnection": "the vault is only open to a private network; deliver from there",
    "SecretDisabled": "its current version is disabled; enable it, or name another secret",
    "ObjectIsDeletedButRecoverable": "a secret of this name was deleted, and keeps the name; recover or purge it, or name another",
    "ObjectIsBeingDeleted": "a secret of this name is being deleted; try again later",
}
"""By Azure's inner code. Its own words are not repeated: the request that they speak of holds the secret."""


def deliver(name: str, bundle: AuthenticationBundle, address: Address) -> Outcome:
    """Sets the bundle's keys in the secret, which is made where it is not there."""
    del name
    vault, secret = address.parts
    url = f"https://{vault}.{_cloud()}"
    values = as_map(bundle)
    try:
        with _login() as credential, SecretClient(url, credential, **_PATIENCE) as client:
            there = _read(client, secret)
            text = merged(there.value if there else None, values)
            if there and text == there.value:
                return Outcome(_place(there), changed=False)
            written = client.set_secret(
                secret,
                text,
                content_type="application/json",
                # A new version has none of the last one's tags by itself.
                tags=there.properties.tags if there else None,
                # Key Vault announces this moment, and hands the secret out after it all the same.
                expires_on=bundle.expires_at,
            )
            return Outcome(_place(written), changed=True)
    except AzureError as error:
        raise NotDelivered(_meaning(error, url)) from None
    except ValueError:
        # The client's own check of whom it would log in to.
        raise NotDelivered(f"what answers at {url} is no key vault of this cloud; see to AZURE_AUTHORITY_HOST") from None


def _login() -> DefaultAzureCredential:
    try:
        return DefaultAzureCredential(**_PATIENCE)
    except ValueError:
        # A variable that is set to nothing, as CI does with a secret that it has not.
        raise NotDelivered(_NO_LOGIN) from None


def _read(client: SecretClient, secret: str) -> KeyVaultSecret | None:
    try:
        return client.get_secret(secret)
    except ResourceNotFoundError:
        return None


def _place(secret: KeyVaultSecret) -> str:
    return f"{secret.name} in {urlsplit(str(secret.id)).hostname}, version {secret.properties.version}"


def _cloud() -> str:
    authority = os.environ.get("AZURE_AUTHORITY_HOST") or AzureAuthorityHosts.AZURE_PUBLIC_CLOUD
    cloud = _CLOUDS.get(authority.removeprefix("https://").rstrip("/"))
    if not cloud:
        raise NotDelivered(f"AZURE_AUTHORITY_HOST is none of the clouds whose key vaults are known: {', '.join(_CLOUDS)}")
    return cloud


def _meaning(error: AzureError, url: str) -> str:
    match error:
        case ClientAuthenticationError():
            return _NO_LOGIN
        case HttpResponseError():
            code = _code(error)
            known = _REFUSALS.get(code)
            return known or f"Azure answers with status {error.status_code} ({code}); try again later"
        case ServiceResponseError():
            return f"{url} does not answer in time; try again later"
    return f"{url} cannot be reached; is that the vault's name, and does this machine get there?"


def _code(error: HttpResponseError) -> str:
    """Azure's most exact word for it."""
    said = error.error
    inner = (said.innererror or {}) if said else {}
    return str(inner.get("code") or (said and said.code) or error.reason)
