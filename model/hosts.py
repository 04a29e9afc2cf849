"""The address of a workspace: a scheme and a name, and nothing that a secret could leak through or a client stumble over."""

import re
from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

from model.faults import BrickpassError

CONSOLES = {
    "cloud.databricks.com": "accounts.cloud.databricks.com",
    "cloud.databricks.us": "accounts.cloud.databricks.us",
    "cloud.databricks.mil": "accounts-dod.cloud.databricks.mil",
    "azuredatabricks.net": "accounts.azuredatabricks.net",
    "databricks.azure.us": "accounts.azuredatabricks.us",
    "databricks.azure.cn": "accounts.azuredatabricks.cn",
    "gcp.databricks.com": "accounts.gcp.databricks.com",
}
"""What the names of Databricks' workspaces end in, to where the account consoles are.

(databricks-sdk-py: environments.py; .mil: databricks-sdk-java#435; consoles: terraform-provider-databricks: docs/index.md)
"""
_NAME = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")


class UntrustedHost(BrickpassError):
    """A credential was about to go where nobody said that it may."""


def host_problem(host: str) -> str | None:
    """What is wrong with the address of a workspace; None if nothing is."""
    # What stands before an @ may be a password, and is not repeated.
    shown = host if "@" not in host else f"...{host[host.rindex('@') :]}"
    try:
        url = urlsplit(host.rstrip("/"))
        name = url.hostname
        port = url.port
    except ValueError:
        return f'"{shown}" is no URL; write it as https://dbc-1234.cloud.databricks.com'
    if url.scheme not in ("http", "https") or not name or not _NAME.fullmatch(name):
        return f'"{shown}" does not begin with https:// and a name; write it as https://dbc-1234.cloud.databricks.com'
    bare = f"{url.scheme}://{name if ':' not in name else f'[{name}]'}{f':{port}' if port else ''}"
    if "@" in url.netloc:
        return f'holds a user; did you mean "{bare}"?'
    if url.scheme == "http" and not is_loopback(name):
        return f'"{host}" would send secrets unencrypted; did you mean "{bare.replace("http:", "https:")}"?'
    if host.rstrip("/").lower() != bare:
        return f'"{host}" holds more than scheme, name and port; did you mean "{bare}"?'
    return None


def trust_problem(host: str, trusted_hosts: Collection[str] = ()) -> str | None:
    """Why no credential may go to a host; None where one may: to Databricks, to this machine, and to whom the stack file names."""
    if problem := host_problem(host):
        return problem
    name = urlsplit(host).hostname or ""
    if is_trusted_anyway(name) or name in trusted_hosts:
        return None
    return (
        f'"{host}" is no address of Databricks, as https://dbc-1234.cloud.databricks.com is; if credentials are to go there all the '
        f"same, write brickpass:trusted_hosts: [{name}] into the stack file"
    )


def require_trusted(host: str, trusted_hosts: Collection[str]) -> None:
    """Before anybody's credentials are sent.

    Raises:
        UntrustedHost: with the way out.
    """
    if problem := trust_problem(host, trusted_hosts):
        raise UntrustedHost(f"{problem}. No credential was sent there.")


def is_trusted_anyway(name: str) -> bool:
    """Whether a host is Databricks' own, or this machine."""
    return is_loopback(name) or name in CONSOLES.values() or name.endswith(tuple(f".{domain}" for domain in CONSOLES))


def account_console(host: str) -> str | None:
    """The account console's address, where it follows from the workspace's: it does in each cloud."""
    name = urlsplit(host).hostname or ""
    return next((f"https://{console}" for domain, console in CONSOLES.items() if name.endswith(f".{domain}")), None)


def is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
