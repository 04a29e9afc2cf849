"""A stack file as an editor's YAML server reads it: an independent reading beside ours."""

import json
from pathlib import Path
from typing import Any, TypeAlias

from hypothesis import strategies as st
from jsonschema import Draft7Validator
from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

SCHEMA = json.loads(Path("stacks/schema.json").read_text(encoding="utf-8"))
PRESETS = json.loads(Path("stacks/presets.schema.json").read_text(encoding="utf-8"))
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


def complaints(text: str, schema: dict[str, Any] = SCHEMA) -> list[str]:
    """What an editor would underline in a text that is YAML."""
    return [f"{'.'.join(map(str, each.absolute_path))}: {each.message}" for each in Draft7Validator(schema).iter_errors(read(text))]


def read(text: str) -> Json:
    node = YAML(typ="safe", pure=True).compose(text)
    return _value(node) if node else None


def _value(node: Node) -> Json:
    if isinstance(node, MappingNode):
        return _mapping(node)
    if isinstance(node, SequenceNode):
        return [_value(item) for item in node.value]
    return _scalar(node)


def _mapping(node: MappingNode) -> dict[str, Json]:
    merged: dict[str, Json] = {}
    own: dict[str, Json] = {}
    for key, value in node.value:
        if str(key.tag).endswith(":merge"):
            for other in value.value if isinstance(value, SequenceNode) else [value]:
                merged = _mapping(other) | merged
        else:
            own[str(key.value)] = _value(value)
    return merged | own


def _scalar(node: Node) -> Json:
    """By YAML 1.2's core schema, which knows no dates."""
    text = str(node.value)
    if isinstance(node, ScalarNode) and node.style is not None:
        return text
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    try:
        return int(text) if text.isascii() and "_" not in text else text
    except ValueError:
        pass
    try:
        return float(text) if text.isascii() and "_" not in text else text
    except ValueError:
        return text


def what_fits(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that a schema of our own forms allows. (hypothesis-jsonschema does not work with today's Hypothesis.)"""
    if "$ref" in schema:
        return st.deferred(lambda: what_fits(SCHEMA["definitions"][schema["$ref"].rpartition("/")[2]]))
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    for several in ("allOf", "oneOf", "anyOf"):
        if several in schema and "type" not in schema:
            return st.one_of([what_fits(each) for each in schema[several]])
    types = schema.get("type", "null")
    return st.one_of([_of_type(each, schema) for each in (types if isinstance(types, list) else [types])])


def _of_type(name: str, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    match name:
        case "object":
            return _objects(schema)
        case "array":
            return st.lists(what_fits(schema["items"]), min_size=schema.get("minItems", 0), max_size=3, unique_by=json.dumps)
        case "string":
            return st.from_regex(schema["pattern"]) if "pattern" in schema else st.text()
        case "integer":
            return st.integers(schema.get("minimum"), schema.get("maximum"))
        case "number":
            return st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False))
        case _:
            return st.booleans() if name == "boolean" else st.none()


def _objects(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    properties = {key: what_fits(value) for key, value in schema.get("properties", {}).items()}
    required = {*schema.get("required", ()), *(schema.get("oneOf", [{}])[0].get("required", ()))}
    optional = {key: value for key, value in properties.items() if key not in required}
    known = st.fixed_dictionaries({key: properties[key] for key in required}, optional=optional)
    if "propertyNames" not in schema:
        return known
    return st.dictionaries(what_fits({"type": "string", **schema["propertyNames"]}), what_fits(schema["additionalProperties"]), max_size=3)
