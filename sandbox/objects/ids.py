"""Ids as each kind of object has them (api-facts: 5.2). The same text gives the same id, so that two seeds agree."""

import hashlib
from collections.abc import Callable
from uuid import NAMESPACE_URL, uuid4, uuid5

MakeId = Callable[[str], str]


def new(make: MakeId) -> str:
    return make(uuid4().hex)


def uuid(text: str) -> str:
    return str(uuid5(NAMESPACE_URL, text))


def hex16(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def hex32(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def number(text: str) -> str:
    """16 digits, as workspace objects and git folders have."""
    return str(10**15 + int(hex16(text), 16) % (9 * 10**15))


def of_pool(text: str) -> str:
    """`0101-120000-brick1-pool-ABCD1234`."""
    digits = int(hex16(text), 16)
    word = text.rpartition("/")[2].replace("-", "")[:5]
    return f"0{digits % 9 + 1}{digits % 28 + 1:02d}-{digits % 240000:06d}-{word}1-pool-{hex32(text)[-8:]}"
