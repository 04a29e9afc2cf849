"""Stores of one text for each secret: a JSON object, in which others may have keys of their own."""

import json
from collections.abc import Mapping

from delivery.outcome import NotDelivered


def merged(there: str | bytes | None, ours: Mapping[str, str]) -> str:
    """The text with our keys in it, and all others as they were; the same text where it has them already.

    Raises:
        NotDelivered: what is there is nothing that could be added to.
    """
    if there is None:
        return json.dumps(dict(ours))
    try:
        text = there if isinstance(there, str) else there.decode()
        before = json.loads(text)
    except ValueError:
        text, before = "", None
    if not isinstance(before, dict):
        raise NotDelivered("what is in it is no JSON object, and somebody may read it; name another secret, or take it away first")
    after = {**before, **ours}
    return text if after == before else json.dumps(after)
