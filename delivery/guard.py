"""Where a secret may go to."""

import logging
from urllib.parse import urlsplit

from delivery.outcome import NotDelivered
from model.hosts import is_loopback


def require_safe(url: str, *, named_by: str) -> None:
    """Refuses an address at which others could read along.

    Raises:
        NotDelivered: it is neither https nor this machine's own.
    """
    try:
        parts = urlsplit(url)
        name = parts.hostname or ""
    except ValueError:
        parts, name = urlsplit(""), ""
    if name and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(name))):
        return
    # It is not repeated: what stands before an @ in it may be a password.
    raise NotDelivered(f"{named_by} leads to an address that is neither https nor this machine's own; a secret is not sent there")


def quieten(library: str) -> None:
    """Keeps a client's requests and answers out of the log, where it writes them whole at DEBUG."""
    log = logging.getLogger(library)
    if log.getEffectiveLevel() < logging.INFO:
        log.setLevel(logging.INFO)
