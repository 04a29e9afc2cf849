"""The address of a workspace: a scheme and a name, and nothing that a secret could leak through or a client stumble over."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

_CLOUDS = ("cloud.databricks.com", "azuredatabricks.net", "gcp.databricks.com")
_NAME = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")


def host_problem(host: str) -> str | None:
    """What is wrong with the address of a workspace; None if nothing is."""
    try:
        url = urlsplit(host.rstrip("/"))
        name = url.hostname
        port = url.port
    except ValueError:
        return f'"{host}" is no URL; write it as https://dbc-1234.cloud.databricks.com'
    if url.scheme not in ("http", "https") or not name or not _NAME.fullmatch(name):
        return f'"{host}" does not begin with https:// and a name; write it as https://dbc-1234.cloud.databricks.com'
    bare = f"{url.scheme}://{name if ':' not in name else f'[{name}]'}{f':{port}' if port else ''}"
    if "@" in url.netloc:
        # What stands before the @ may be a password, and is not repeated.
        return f'holds a user; did you mean "{bare}"?'
    if url.scheme == "http" and not is_loopback(name):
        return f'"{host}" would send secrets unencrypted; did you mean "{bare.replace("http:", "https:")}"?'
    if host.rstrip("/").lower() != bare:
        return f'"{host}" holds more than scheme, name and port; did you mean "{bare}"?'
    return None


def account_console(host: str) -> str | None:
    """The account console's address, where it follows from the workspace's: it does in each cloud."""
    name = urlsplit(host).hostname or ""
    return next((f"https://accounts.{cloud}" for cloud in _CLOUDS if name.endswith(f".{cloud}")), None)


def is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
