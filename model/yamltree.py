"""YAML with every scalar exactly as it was written, and the place of everything."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from model.faults import ConfigFault, Place

Path: TypeAlias = tuple[str, ...]
Tree: TypeAlias = "dict[str, Tree] | list[Tree] | str | None"
"""Scalars are the text as written (`0923`, `2027-03-31`, `true`), since only the reader of a key knows what it is to be."""

# More than a stack with a thousand integrations has. Aliases inside of aliases make a few lines into billions.
MOST_NODES = 200_000
_HALF_A_CHARACTER = re.compile("[\\ud800-\\udfff]")
_ABOUT_TABS = "there is a tab, and YAML wants spaces"
_NULL = "tag:yaml.org,2002:null"
_MERGE = "tag:yaml.org,2002:merge"


class _TooMuch(Exception):
    pass


class Plain(NamedTuple):
    """A word that stands without quotes."""

    path: Path
    text: str
    place: Place


@dataclass
class YamlTree:
    """The content of one file, where each thing in it stands, and what is wrong with it as YAML."""

    file: str
    name: Callable[[Path], str]
    """How a path is to be called in a fault."""
    data: Tree = None
    faults: list[ConfigFault] = field(default_factory=list)
    plain: list[Plain] = field(default_factory=list)
    """All words without quotes: YAML has its own idea of some."""
    _nodes: int = 0
    _keys: dict[Path, tuple[int, int]] = field(default_factory=dict)
    _values: dict[Path, tuple[int, int]] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str, file: str, name: Callable[[Path], str]) -> "YamlTree":
        tree = cls(file, name)
        try:
            # The round-trip kind would leave marks in what is folded, by which it writes the same folds again.
            node = YAML(typ="safe", pure=True).compose(text)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            problem = f"is not YAML from here on: {_ABOUT_TABS if chr(92) + 't' in str(error.problem) else error.problem}"
            tree.faults.append(ConfigFault(Place(file, line, column, name(())), problem))
        except ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            character = f"U+{error.character:04X}"
            tree.faults.append(ConfigFault(Place(file, line, 1, name(())), f"holds a character that YAML does not allow, {character}"))
        except YAMLError as error:
            tree.faults.append(ConfigFault(Place(file, 1, 1, name(())), f"is not YAML: {str(error).splitlines()[0]}"))
        except RecursionError:
            tree.faults.append(ConfigFault(Place(file, 1, 1, name(())), "is nested deeper than can be followed"))
        else:
            tree._take(node)
        return tree

    def has(self, path: Path) -> bool:
        """Whether anything stands at a path."""
        return path in self._keys or path in self._values

    def key(self, path: Path) -> Place:
        """Where the key at `path` stands, or the nearest key around it."""
        known = path
        while known and known not in self._keys:
            known = known[:-1]
        return Place(self.file, *self._keys.get(known, (1, 1)), self.name(path))

    def value(self, path: Path) -> Place:
        """Where the value at `path` begins, if it is a word or a list, else its key."""
        mark = self._values.get(path)
        return Place(self.file, *mark, self.name(path)) if mark else self.key(path)

    def _take(self, node: Node | None) -> None:
        try:
            self.data = self._read(node, (), ()) if node else None
        except (_TooMuch, RecursionError):
            self.faults.append(
                ConfigFault(Place(self.file, 1, 1, self.name(())), "holds more than can be followed, by aliases or by nesting")
            )

    def _read(self, node: Node, path: Path, inside: tuple[Node, ...]) -> Tree:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise _TooMuch
        if node in inside:
            self._fault(node, path, "holds itself; an alias may not stand inside its own anchor")
            return None
        if isinstance(node, MappingNode):
            return self._read_mapping(node, path, (*inside, node))
        if node.value:
            # What is empty has no place of its own: its mark is that of the next thing in the file.
            self._values.setdefault(path, _mark(node))
        if isinstance(node, SequenceNode):
            return [self._read(item, (*path, f"[{index}]"), (*inside, node)) for index, item in enumerate(node.value)]
        return None if str(node.tag) == _NULL else self._word(node, path)

    def _read_mapping(self, node: MappingNode, path: Path, inside: tuple[Node, ...]) -> dict[str, Tree]:
        data: dict[str, Tree] = {}
        merged: list[Node] = []
        for key, value in node.value:
            if str(key.tag) == _MERGE:
                merged += value.value if isinstance(value, SequenceNode) else [value]
            elif not isinstance(key, ScalarNode):
                self._fault(key, path, "has a key that is not a plain word")
            elif (name := _text(key)) in data:
                first = self._keys[(*path, name)][0]
                self._fault(key, (*path, name), f'"{name}" stands here twice, first in line {first}; a key may stand once')
            else:
                at = (*path, name)
                self._keys.setdefault(at, _mark(key))
                data[self._word(key, at)] = self._read(value, at, inside)
        for other in merged:
            # What a mapping says itself wins over what is merged into it.
            content = self._read(other, path, inside)
            if isinstance(content, dict):
                data = content | data
            else:
                self._fault(other, path, "merges something that is no mapping; behind << stands an alias of one, or a list of such")
        return data

    def _word(self, node: Node, path: Path) -> str:
        text = _text(node)
        if isinstance(node, ScalarNode) and node.style is None:
            self.plain.append(Plain(path, text, Place(self.file, *_mark(node), self.name(path))))
        elif half := _HALF_A_CHARACTER.search(text):
            # YAML's escapes know no pairs of halves, and the engine refuses the file.
            self._fault(node, path, f"holds half a character, {half[0]}; write the character itself")
            return _HALF_A_CHARACTER.sub("\ufffd", text)
        return text

    def _fault(self, node: Node, path: Path, summary: str) -> None:
        self.faults.append(ConfigFault(Place(self.file, *_mark(node), self.name(path)), summary))


def _mark(node: Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _text(node: Node) -> str:
    # The line break that a block ends with is the block's, and no part of a level or of a name.
    text = str(node.value)
    return text.rstrip("\n") if isinstance(node, ScalarNode) and node.style in ("|", ">") else text
