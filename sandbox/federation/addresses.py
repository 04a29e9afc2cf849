"""From where keys are fetched: any host over https, and this machine itself over plain http too."""

from urllib.parse import urlsplit

from sandbox.loopback import on_loopback


def may_be_asked(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and on_loopback(parts.hostname or "")))


def is_here(url: str) -> bool:
    return on_loopback(urlsplit(url).hostname or "")
