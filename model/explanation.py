"""What pydantic found, in a sentence of our own, at the path that it is about."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from model.config import IntegrationConfig, StackConfig
from model.kinds import KINDS, OBJECT_KINDS
from model.nearest import did_you_mean
from model.schedule import SecretSchedule
from model.yamltree import Path


class Explanation(NamedTuple):
    path: Path
    summary: str
    at_key: bool
    """Whether it is the key that is wrong, rather than its value."""


def explanations(error: ValidationError) -> Iterator[Explanation]:
    for found in error.errors():
        path = tuple(f"[{part}]" if isinstance(part, int) else part for part in found["loc"])
        # pydantic marks a fault of a key, rather than of its value, by this last part.
        if path and path[-1] == "[key]":
            yield Explanation(path[:-1], _summary(path[:-1], found), at_key=True)
        else:
            yield Explanation(path, _summary(path, found), at_key=found["type"] in ("extra_forbidden", "missing"))


def _summary(path: Path, found: ErrorDetails) -> str:
    if found["type"] == "value_error":
        return str(found["ctx"]["error"])
    if found["type"] == "extra_forbidden":
        return _unknown_key(path)
    if found["type"] == "missing":
        return 'is missing; where there are none yet, write "brickpass:integrations: {}"'
    return f"{_what_came(found['input'])}, but should be {_what_fits(path, found['type'])}"


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


def _what_fits(path: Path, error_type: str) -> str:
    match error_type:
        case "string_type" if path[2:3] == ("grants",) and path[3] in OBJECT_KINDS:
            return f"one level of {OBJECT_KINDS[path[3]].a_noun}: {', '.join(OBJECT_KINDS[path[3]].grantable)}"
        case "string_type":
            return "one word or sentence"
        case "tuple_type":
            return (
                "a list in brackets, such as [workspace-access]"
                if path[-1] == "entitlements"
                else "a list in brackets, such as [SELECT, MODIFY]"
            )
        case "dict_type" | "model_type" | "model_attributes_type":
            return "a mapping: each key in a line of its own below it"
        case _:
            # All that is left are numbers.
            return "a whole number, 1 or more"


def _unknown_key(path: Path) -> str:
    key = path[-1]
    if path[2:3] == ("grants",) and key == "shares":
        return "SELECT on a share is granted to a recipient, never to a principal, so no integration can have it; leave it out"
    what, known = _keys_beside(path)
    return f'"{key}" is not {what}. There are {", ".join(known)}{did_you_mean(key, known)}'


def _keys_beside(path: Path) -> tuple[str, Iterable[str]]:
    match path:
        case (_,):
            return "a key of brickpass:", tuple(StackConfig.model_fields)
        case ("integrations", _, _):
            return "a key of an integration", tuple(IntegrationConfig.model_fields)
        case ("integrations", _, "secret", _):
            return "a key of secret", tuple(SecretSchedule.model_fields)
        case _:
            return "a kind of object or securable", KINDS
