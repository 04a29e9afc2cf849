"""SCIM's filters: `displayName eq "x" and active eq true` as a question to a principal as it is shown (api-facts: 3.3)."""

import re
from collections.abc import Callable
from typing import NamedTuple

from sandbox.errors import Json, ScimError

Predicate = Callable[[Json], bool]

NODES = 200
TOKEN = re.compile(r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<word>[^\s()"']+)|(?P<paren>[()]))""")
COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "eq": lambda value, given: value == given,
    "ne": lambda value, given: value != given,
    "co": lambda value, given: given in value,
    "sw": lambda value, given: value.startswith(given),
}


class Token(NamedTuple):
    text: str
    quoted: bool


class _Reader:
    """`or` binds less than `and`; parentheses more than both."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def whole(self) -> Predicate:
        found = self._either()
        if self._at < len(self._tokens):
            raise _invalid(f"unexpected '{self._tokens[self._at].text}'")
        return found

    def _either(self) -> Predicate:
        parts = [self._both()]
        while self._accept("or"):
            parts.append(self._both())
        return lambda whole: any(part(whole) for part in parts)

    def _both(self) -> Predicate:
        parts = [self._one()]
        while self._accept("and"):
            parts.append(self._one())
        return lambda whole: all(part(whole) for part in parts)

    def _one(self) -> Predicate:
        if self._accept("("):
            inner = self._either()
            if not self._accept(")"):
                raise _invalid("a parenthesis is not closed")
            return inner
        name, comparison, given = self._next().text, self._next().text.lower(), self._next().text.lower()
        if comparison not in COMPARISONS:
            raise _invalid(f"unknown operator '{comparison}'")
        compare = COMPARISONS[comparison]
        return lambda whole: any(compare(value, given) for value in _values(whole, name.lower().split(".")))

    def _accept(self, word: str) -> bool:
        here = self._tokens[self._at] if self._at < len(self._tokens) else Token("", quoted=False)
        found = not here.quoted and here.text.lower() == word
        self._at += found
        return found

    def _next(self) -> Token:
        if self._at >= len(self._tokens):
            raise _invalid("it ends too early")
        self._at += 1
        return self._tokens[self._at - 1]


def predicate(text: str) -> Predicate:
    tokens: list[Token] = []
    at = 0
    while text[at:].strip():
        match = TOKEN.match(text, at)
        if match is None:
            raise _invalid(f"unexpected '{text[at:].strip()}'")
        quoted = match["text"]
        tokens.append(Token(re.sub(r"\\(.)", r"\1", quoted[1:-1]), quoted=True) if quoted else Token(match[0].strip(), quoted=False))
        at = match.end()
    if sum(token.text.lower() in COMPARISONS and not token.quoted for token in tokens) > NODES:
        raise _invalid(f"more than {NODES} conditions")
    return _Reader(tokens).whole()


def _values(whole: object, path: list[str]) -> list[str]:
    """The texts at a path; compared without case. A principal without the attribute has the empty text."""
    if isinstance(whole, list):
        return [value for item in whole for value in _values(item, path)] or [""]
    if isinstance(whole, dict):
        if not path:
            return _values(whole.get("value", ""), [])
        lowered = {name.lower(): value for name, value in whole.items()}
        return _values(lowered.get(path[0], ""), path[1:])
    return [str(whole).lower()]


def _invalid(what: str) -> ScimError:
    return ScimError(400, f"The filter cannot be read: {what}.", scim_type="invalidFilter")
