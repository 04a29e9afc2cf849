"""The words of grants: what an object or a securable is called in a stack file, and which levels and privileges it has."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from model.kinds import OWNER, Fixed, Lookup, ObjectKind, SecurableKind
from model.nearest import did_you_mean
from model.vocabulary import ID, listed

T = TypeVar("T")

# A name of a securable holds no blank, dot, slash or control character (api-facts: 6); a back quote would end it in SQL.
_PART = r"[^\s./\x00-\x1f\x7f`]+"


def how_named(kind: ObjectKind | SecurableKind) -> str:
    """By what a stack file names one of a kind, as the end of a sentence."""
    if isinstance(kind, SecurableKind):
        return "by name" if len(kind.form) == 1 else f"by full name, {'.'.join(kind.form)}"
    match kind.found:
        case Fixed(names):
            return f"{' and '.join(names)}"
        case Lookup(form="path"):
            return f"by path from the root on, or by `{ID}` and the id"
        case _:
            return f"by the name that people see, or by `{ID}` and the id"


def a_name_of(kind: ObjectKind | SecurableKind) -> str:
    """What one of a kind might be called, for an example."""
    if isinstance(kind, SecurableKind):
        return ".".join(("main", "surveys", "responses")[: len(kind.form)])
    match kind.found:
        case Fixed(names):
            return names[0]
        case Lookup(form="path"):
            return "/Shared/survey-load"
        case _:
            return "bi-serverless" if kind.key == "warehouses" else "survey-load"


def reference_pattern(kind: ObjectKind) -> str:
    match kind.found:
        case Fixed(names):
            return f"({ID})?({'|'.join(names)})$"
        case Lookup(form="path"):
            return rf"(/|{ID}[\s\S]*\S)"
        case _:
            return rf"(?!{ID}\s*$)[\s\S]*\S"


def reference_to(kind: ObjectKind) -> Callable[[str], str]:
    def reference(value: str) -> str:
        if not value.removeprefix(ID).strip():
            raise ValueError(f'"{value}" names no {kind.noun}; write it {how_named(kind).replace("`", "")}')
        match kind.found:
            case Fixed(names) if value.removeprefix(ID) not in names:
                raise ValueError(f'"{value}" is not {kind.a_noun}. There are {listed(names)}{did_you_mean(value, names)}')
            case Lookup(form="path") if value.isdigit():
                raise ValueError(f'"{value}" is not a path; write "{ID}{value}" if it is an id, or the path from the root on')
            case Lookup(form="path") if value.startswith(ID) and value.removeprefix(ID).strip().startswith("/"):
                raise ValueError(f'"{value}" has a path behind {ID}; leave {ID} out')
            case Lookup(form="path") if not value.startswith(("/", ID)):
                raise ValueError(
                    f'"{value}" is not a path; write it from the root on, such as {"/" if "/" in value else "/Shared/"}{value.lstrip("./")}'
                )
        return value

    return reference


def levels_fit(kind: ObjectKind) -> Callable[[Mapping[str, T]], Mapping[str, T]]:
    """Refuses levels that a single object has not, though others of its kind do."""

    def fit(value: Mapping[str, T]) -> Mapping[str, T]:
        for name, said in value.items():
            level = getattr(said, "level", said)
            fitting = kind.only.get(name, kind.levels)
            if level not in fitting:
                raise ValueError(f'has "{level}" on "{name}", which only has {listed(fitting)}')
        return value

    return fit


def level_of(kind: ObjectKind, fitting: Collection[str]) -> Callable[[str], str]:
    def level(value: str) -> str:
        if value == OWNER and kind.has_owner and OWNER not in fitting:
            raise ValueError(
                f"IS_OWNER stands beside who owns the {kind.noun} afterwards; below an integration's grants, write it as "
                "{level: IS_OWNER, next_owner: ann.lee@acme.example}"
            )
        if value not in fitting:
            raise ValueError(
                f'"{value}" is not a level of {kind.a_noun}. {kind.A_noun} has {listed(fitting)}{did_you_mean(value, fitting)}'
            )
        return value

    return level


def full_name_pattern(kind: SecurableKind) -> str:
    return r"\.".join([_PART] * len(kind.form))


def full_name_of(kind: SecurableKind) -> Callable[[str], str]:
    def full_name(value: str) -> str:
        parts = value.split(".")
        if "*" in parts and 0 < (depth := parts.index("*")) <= len(kind.above):
            around = list(kind.above)[depth - 1]
            raise ValueError(
                f'"{value}" has a wildcard, and names are whole; write {".".join(parts[:depth])} below {around}, for all that lies there'
            )
        if not re.fullmatch(full_name_pattern(kind), value):
            raise ValueError(f'"{value}" is not the full name of {kind.a_noun}; write it as {".".join(kind.form)}')
        return value

    return full_name


def privilege_of(kind: SecurableKind) -> Callable[[str], str]:
    def privilege(value: str) -> str:
        if value not in kind.privileges:
            raise ValueError(
                f'"{value}" is not a privilege of {kind.a_noun}. {kind.A_noun} has {listed(sorted(kind.privileges))}'
                f"{did_you_mean(value, kind.privileges)}"
            )
        return value

    return privilege


def no_name_in_two_spellings(value: Mapping[str, T]) -> Mapping[str, T]:
    seen: dict[str, str] = {}
    for name in value:
        # Unity Catalog keeps names in lower case. (api-facts: 6)
        first = seen.setdefault(name.lower(), name)
        if first != name:
            raise ValueError(f'names one securable twice, as "{first}" and "{name}"')
    return value
