"""Raises the generation of an integration's secret in the text of a stack file, at one place, with all else byte for byte as it was."""

import re
from copy import deepcopy
from typing import NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node

from model.faults import BrickpassError
from model.stackfile import StackFile
from model.yamltree import Path, Tree, YamlTree

SECRET, GENERATION = "secret", "generation"


class NotRaised(BrickpassError):
    """The generation cannot be raised without changing something else: people must write it."""


class Raised(NamedTuple):
    text: str
    generation: int


def raised(text: str, file: StackFile, name: str) -> Raised:
    """The text of a file without faults, with the next generation of one integration's secret, and nothing else that means anything else.

    Raises:
        NotRaised: with what to write by hand.
    """
    generation = file.config().integrations[name].secret.generation + 1
    path = file.in_file(("integrations", name))
    before = _data(text)
    wanted = deepcopy(before)
    integration = _at(wanted, path)
    integration[SECRET] = {**_at(integration, (SECRET,)), GENERATION: str(generation)}
    _at(wanted, path[:-1])[name] = integration
    # What aliases and merges make of it, the comparison knows: no rule about them could be as sure.
    edited = _edited(text, path, generation)
    after = _data(edited) if edited else {}
    if edited and after == wanted:
        return Raised(edited, generation)
    place = file.place(("integrations", name, SECRET, GENERATION))
    raise NotRaised(f"{place}: {_way_out(path, before, after, wanted)}. Nothing was changed")


def _edited(text: str, path: Path, generation: int) -> str | None:
    """The text with the number in its place, which it has none of where an alias stands: what that says stands elsewhere."""
    root = YAML(typ="safe", pure=True).compose(text)
    key, value = root, root
    for word in (*path, SECRET, GENERATION):
        pairs = value.value if isinstance(value, MappingNode) else []
        found = next((pair for pair in pairs if pair[0].value == word), None)
        if found is None:
            said = f"{GENERATION}: {generation}"
            return _with_key(text, key, value, said if word == GENERATION else f"{SECRET}: {{{said}}}")
        key, value = found
        if value.start_mark.index < key.end_mark.index:
            return None
    begin, end = value.start_mark.index, value.end_mark.index
    # Within its quotes, and behind an anchor or a tag.
    return text[:begin] + re.sub(r"[0-9]+(?=[^0-9]*$)", str(generation), text[begin:end]) + text[end:]


def _with_key(text: str, key: Node, value: MappingNode, said: str) -> str:
    """One more key in a mapping: as its first, so that each comment above a key stays above it."""
    if value.flow_style:
        at = _past(r"[^{]*\{ *", text, value.start_mark.index)
        more = "," + ("" if text[at] in "\r\n" else " ") if value.value else ""
        return text[:at] + said + more + text[at:]
    at = _past(r"[^\r\n]*(\r\n|\r|\n)", text, key.end_mark.index)
    newline = "\r\n" if text[:at].endswith("\r\n") else text[at - 1]
    column: int = value.value[0][0].start_mark.column
    return text[:at] + " " * column + said + newline + text[at:]


def _past(pattern: str, text: str, at: int) -> int:
    """Where that ends which begins there and matches; the place itself where nothing does."""
    found = re.compile(pattern).match(text, at)
    return found.end() if found else at


def _way_out(path: Path, before: Tree, after: Tree, wanted: Tree) -> str:
    name = path[-1]
    integrations = _at(wanted, path[:-1])
    others = [each for each in integrations if each != name and _at(after, path[:-1]).get(each) != integrations[each]]
    if _at(after, path) == integrations[name] and others:
        out = f'"{SECRET}: {_flow(_at(before, (*path[:-1], others[0], SECRET)))}"'
        return f'"{others[0]}" shares it, by an alias or <<, and would get another secret as well; write {out} out there first'
    own = f'"{SECRET}: {_flow(_at(wanted, (*path, SECRET)))}"'
    return f'it stands elsewhere, by an alias or <<, or in a way that is not understood; write {own} below "{name}" by hand'


def _data(text: str) -> dict[str, Tree]:
    """What a text says; nothing where it is no YAML any more."""
    tree = YamlTree.parse(text, "", ".".join)
    return tree.data if isinstance(tree.data, dict) and not tree.faults else {}


def _at(tree: Tree, path: Path) -> dict[str, Tree]:
    """The mapping at a path; an empty one where there is none."""
    for key in path:
        tree = tree.get(key) if isinstance(tree, dict) else None
    return tree if isinstance(tree, dict) else {}


def _flow(tree: dict[str, Tree]) -> str:
    return f"{{{', '.join(f'{key}: {value}' for key, value in tree.items())}}}"
