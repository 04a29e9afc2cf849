"""Stack files that went wrong: good ones, changed as hands and tools change them."""

from collections.abc import Callable, Iterator
from io import StringIO
from random import Random
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from model.kinds import KINDS, OBJECT_KINDS, SECURABLE_KINDS

Tree = dict[str, Any]

WRONG_WORDS = (
    "CAN_DO",
    "IS_OWNER",
    "can_use",
    "SELECT, MODIFY",
    "ALL PRIVILEGES",
    "maybe",
    "90",
    "-1",
    "31.03.2027",
    "id:",
    " ",
    "",
    "admins",
)
HOSTILE = (
    "\u202e",
    "\u200b",
    "\x1b[31m",
    "\x00",
    "\ud83d",
    "\uff23",
    "\u0130",
    "'; DROP TABLE x; --",
    "../..",
    "{{x}}",
    "${x}",
    "%s",
    "\n",
    "\\",
    "a" * 5000,
)
ELSEWHERE = (*KINDS, "level", "until", "privileges", "secure", "rotate_every", "host", "shares", "config", "brickpass:integrations")
LEVELS = tuple(level for kind in OBJECT_KINDS.values() for level in kind.levels)
PRIVILEGES = tuple(privilege for kind in SECURABLE_KINDS.values() for privilege in kind.privileges)


def mutated(text: str, chance: Random) -> str:
    """The text, changed once to three times."""
    for _ in range(chance.randint(1, 3)):
        text = chance.choice((_in_the_tree, _in_the_text))(text, chance)
    return text


def _in_the_tree(text: str, chance: Random) -> str:
    try:
        tree = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError, TypeError):
        return _in_the_text(text, chance)
    spots = list(_spots(tree))
    if not spots:
        return _in_the_text(text, chance)
    holder, key = chance.choice(spots)
    chance.choice(_CHANGES)(holder, key, chance)
    yaml = YAML(typ="safe", pure=True)
    written = StringIO()
    try:
        yaml.dump(tree, written)
    except (YAMLError, ValueError, TypeError):
        return _in_the_text(text, chance)
    return written.getvalue()


def _spots(tree: object) -> Iterator[tuple[Any, Any]]:
    """Each place at which something stands, as what holds it and its key there."""
    items: Iterator[tuple[Any, Any]] = iter(())
    if isinstance(tree, dict):
        items = iter(list(tree.items()))
    elif isinstance(tree, list):
        items = enumerate(tree)
    for key, value in items:
        yield tree, key
        yield from _spots(value)


def _drop(holder: Any, key: Any, chance: Random) -> None:  # noqa: ANN401, ARG001 -- a tree of YAML, and one signature for all
    del holder[key]


def _rename(holder: Any, key: Any, chance: Random) -> None:  # noqa: ANN401
    if isinstance(holder, dict):
        new = chance.choice((_misspelt(str(key), chance), chance.choice(ELSEWHERE), str(key).upper(), str(key) + chance.choice(HOSTILE)))
        holder[new] = holder.pop(key)


def _retype(holder: Any, key: Any, chance: Random) -> None:  # noqa: ANN401
    value = holder[key]
    holder[key] = chance.choice(([value], {"x": value}, None, {}, [], 7, True, str(value), [[value]], {"secure": "v1:abc"}))


def _reword(holder: Any, key: Any, chance: Random) -> None:  # noqa: ANN401
    holder[key] = chance.choice((*WRONG_WORDS, chance.choice(LEVELS), chance.choice(PRIVILEGES), [chance.choice(PRIVILEGES)]))


def _poison(holder: Any, key: Any, chance: Random) -> None:  # noqa: ANN401
    holder[key] = str(holder[key]) + chance.choice(HOSTILE)


def _transplant(holder: Any, key: Any, chance: Random) -> None:  # noqa: ANN401
    if isinstance(holder, dict):
        holder[chance.choice(ELSEWHERE)] = holder[key]


_CHANGES: tuple[Callable[[Any, Any, Random], None], ...] = (_drop, _rename, _retype, _reword, _poison, _transplant)


def _misspelt(word: str, chance: Random) -> str:
    at = chance.randrange(len(word) or 1)
    return chance.choice((word[:at] + word[at + 1 :], word[:at] + word[at : at + 1] * 2 + word[at + 1 :], word + "s"))


def _in_the_text(text: str, chance: Random) -> str:
    lines = text.split("\n")
    at = chance.randrange(len(lines))
    line = lines[at]
    lines[at : at + 1] = chance.choice(
        (
            [line, line],
            [" " + line],
            [line[1:]],
            ["\t" + line],
            [line.replace(":", "", 1)],
            [line.replace(": ", ":", 1)],
            [line.replace("{", "", 1)],
            [line.replace("]", "", 1)],
            [line[: len(line) // 2]],
            [line + " #" + chance.choice(HOSTILE)],
            [line + chance.choice((" :", " - x", " *a", " &a", " !x", ' "', " |", " >", "---", "?", "%"))],
            [],
            ["---", line],
        )
    )
    return "\n".join(lines)
