"""What pydantic found, in a sentence of our own, at the path that it is about."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from model import grantable
from model.kinds import KIND, KINDS, OBJECT_KINDS
from model.kinds.words import kinds_meant
from model.nearest import did_you_mean, one_of
from model.vocabulary import MAPPING, PLAIN
from model.yamltree import Path


class Keys(NamedTuple):
    """What keys may stand at one place of a file."""

    at: Path
    """Its path, `*` being any key."""
    called: str
    """What one of them is, for a sentence."""
    names: tuple[str, ...]

    def stand_at(self, path: Path) -> bool:
        return len(path) == len(self.at) and all(mine in ("*", theirs) for mine, theirs in zip(self.at, path, strict=True))


class Explanation(NamedTuple):
    path: Path
    summary: str
    at_key: bool
    """Whether it is the key that is wrong, rather than its value."""


def explanations(error: ValidationError, keys: Sequence[Keys]) -> Iterator[Explanation]:
    """Each fault, given which keys may stand where in the file."""
    for found in error.errors():
        if _said_under_another_key(found):
            continue
        parts = (part for part in found["loc"] if part not in (PLAIN, MAPPING))
        path = tuple(f"[{part}]" if isinstance(part, int) else part for part in parts)
        # pydantic marks a fault of a key, rather than of its value, by this last part.
        if path and path[-1] == "[key]":
            yield Explanation(path[:-1], _summary(path[:-1], found, keys), at_key=True)
        else:
            yield Explanation(path, _summary(path, found, keys), at_key=found["type"] in ("extra_forbidden", "missing"))


def _summary(path: Path, found: ErrorDetails, keys: Sequence[Keys]) -> str:
    if found["type"] == "value_error" and found["input"] is None:
        return "is empty; say it, or leave the key out"
    if found["type"] == "value_error":
        return str(found["ctx"]["error"])
    if found["type"] == "extra_forbidden":
        return _level_for_privileges(path, found["input"]) or _unknown_key(path, keys)
    if found["type"] == "missing":
        return f"is missing; {_MISSING[path[-1]]}"
    if found["type"] == "literal_error":
        return f"{_what_came(found['input'])}, but should be {found['ctx']['expected'].replace(chr(39), '')}"
    return f"{_what_came(found['input'])}, but should be {_what_fits(path, found)}"


# An object has levels, a securable has privileges; whoever writes the one for the other has said all that there is to say.
_OTHER_WORD = {"level": "privileges", "privileges": "level"}


def _said_under_another_key(found: ErrorDetails) -> bool:
    return found["type"] == "missing" and isinstance(found["input"], dict) and _OTHER_WORD.get(str(found["loc"][-1])) in found["input"]


def _level_for_privileges(path: Path, value: object) -> str | None:
    """What to say of a level on a securable, and of privileges on an object."""
    key = path[-1]
    meant = _OTHER_WORD.get(key)
    if not meant or "grants" not in path[:-3]:
        return None
    kind = path[-3]
    words = value if isinstance(value, list) else [value]
    said = words[0] if meant == "level" else f"[{', '.join(map(str, words))}]"
    return f'"{key}" is not a part of a grant on {KIND[kind].a_noun}; did you mean "{meant}: {said}"?'


_A_LONG_LIST = 8
_MISSING = {
    "integrations": 'where there are none yet, write "brickpass:integrations: {}"',
    "level": "beside until stands the level that ends then",
    "privileges": "beside until stand the privileges that end then",
    "id": "write the account's id, which its console shows",
    "title": "write what the product is called",
    "repository": "write OWNER/REPO, as GitHub spells it",
    "project": "write what the project is called",
    "organization": "write what the organization is called",
    "organization_id": "write what a pipeline knows as System.CollectionId",
    "namespace": "write the namespace that the service account is in",
    "service_account": "write the service account that the pods run as",
    "issuer": "write what the tokens have as iss",
    "subject": "write what the workload's tokens have as their subject",
}


def _what_came(value: object) -> str:
    match value:
        case None:
            return "is empty"
        case dict():
            return "holds keys"
        case list():
            return "is a list"
        case _:
            return f'is "{value}"'


def _what_fits(path: Path, found: ErrorDetails) -> str:
    value = found["input"]
    match found["type"]:
        case "string_type" if kind := _kind_of_level(path):
            return f"one level of {OBJECT_KINDS[kind].a_noun}: {', '.join(OBJECT_KINDS[kind].grantable)}"
        case "string_type":
            return "one word or sentence"
        case "tuple_type":
            return f"a list in brackets, such as [{value if isinstance(value, str) and value else _item_of_list(path)}]"
        case _:
            return "a mapping: each key in a line of its own below it"


_ITEMS = {
    "entitlements": "workspace-access",
    "groups": "analytics",
    "preset": "sql-reader",
    "optional": "jobs",
    "deliver": "vault:secret/alchemer",
    "trusted_hosts": "databricks.acme.example",
}


def _item_of_list(path: Path) -> str:
    """What might stand in the list that a path leads to."""
    if "targets" in path[:3] and path[-1] in KINDS:
        return grantable.a_name_of(KIND[path[-1]])
    return _ITEMS.get(path[-1], "SELECT, MODIFY")


def _kind_of_level(path: Path) -> str | None:
    """The kind of object that a value in `grants` is a level of."""
    if "grants" not in path[:3]:
        return None
    below = path[path.index("grants") + 1 :]
    return below[0] if below and below[0] in OBJECT_KINDS else None


def _unknown_key(path: Path, keys: Sequence[Keys]) -> str:
    *above, key = path
    if key == "shares" and above[-1:] == ["grants"]:
        return "SELECT on a share is granted to a recipient, never to a principal, so no integration can have it; leave it out"
    if key == "host" and not above:
        return '"host" is not a key of brickpass:; did you mean "databricks:host"?'
    called, names = next(
        ((each.called, each.names) for each in keys if each.stand_at(tuple(above))), ("a kind of object or securable", KINDS)
    )
    if "grants" in above[:-1]:
        kind = above[above.index("grants") + 1]
        owned = ("next_owner",) if kind in OBJECT_KINDS and OBJECT_KINDS[kind].has_owner else ()
        names = ("level", *owned, "until") if kind in OBJECT_KINDS else ("privileges", "until")
        called = f"a part of a grant on {KIND[kind].a_noun}"
    if below := _where_it_stands(tuple(above), key, keys):
        return f'"{key}" is not {called}; write it below {below}'
    near = one_of(kinds_meant(key)) if names == KINDS else did_you_mean(key, names)
    # A long list would bury the one that was meant.
    there_are = "" if near and len(names) > _A_LONG_LIST else f". There are {', '.join(names)}"
    return f'"{key}" is not {called}{there_are}{near}'


def _where_it_stands(above: Path, key: str, keys: Sequence[Keys]) -> str | None:
    """The part, one level further down, that has such a key."""
    parts = [each for each in keys if len(each.at) == len(above) + 1 and each.at[-1] != "*" and each.stand_at((*above, each.at[-1]))]
    found = next((each.at[-1] for each in parts if key in each.names), None)
    return "grants" if found is None and parts and above and key in KINDS else found
