"""What people, and the APIs, call kinds: whoever writes such a word below `grants` is told the key that is meant."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cache
from typing import TypeAlias

from model.kinds.kind import Fixed, ObjectKind, SecurableKind
from model.kinds.objects import OBJECT_KINDS
from model.kinds.securables import SECURABLE_KINDS
from model.nearest import nearest

Kind: TypeAlias = ObjectKind | SecurableKind


def kinds_meant(word: str) -> list[str]:
    """The keys that a word may stand for: of the kinds that it is a word for, else of the one whose key is spelled much like it."""
    for called in (_by_us, _by_others):
        if keys := _table(called).get(_plain(word)):
            return keys
    near = nearest(word, (*OBJECT_KINDS, *SECURABLE_KINDS))
    return [near] if near else []


def _by_us(kind: Kind) -> Iterable[str]:
    return kind.key, kind.noun


def _by_others(kind: Kind) -> Iterable[str]:
    if isinstance(kind, SecurableKind):
        return kind.securable_type, *kind.also
    return kind.request_type, *kind.also, *(kind.found.names if isinstance(kind.found, Fixed) else ())


@cache
def _table(called: Callable[[Kind], Iterable[str]]) -> dict[str, list[str]]:
    table: defaultdict[str, list[str]] = defaultdict(list)
    kinds: tuple[Kind, ...] = (*OBJECT_KINDS.values(), *SECURABLE_KINDS.values())
    for kind in kinds:
        for word in {_plain(word) for word in called(kind) if word}:
            table[word].append(kind.key)
    return dict(table)


def _plain(word: str) -> str:
    """In the singular and in small letters, whatever stands between its parts."""
    word = re.sub(r"[\s/.-]+", "_", word.strip().casefold())
    return f"{word[:-3]}y" if word.endswith("ies") else word.removesuffix("s")
