"""What a resource type takes: its fields, their defaults, and what a change of one means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from google.protobuf import json_format, struct_pb2
from pulumi.runtime.rpc import UNKNOWN

Properties = dict[str, object]

# Where the official plugin lists the inputs that it filled in itself; the engine hides names that begin so.
DEFAULTS = "__defaults"


@dataclass(frozen=True)
class Field:
    """One input, by its Pulumi name."""

    name: str
    kind: type = str
    default: bool | None = None
    required: bool = False
    replaces: bool = False
    computed: bool = False
    """The workspace fills it in where the program says nothing, so saying nothing changes nothing."""
    kept: bool = False
    """A value that is there stays when the program says nothing more (Terraform's `suppress_diff`)."""


@dataclass(frozen=True)
class Difference:
    """One property that differs: `kind` is one of ADD, DELETE, UPDATE."""

    kind: str
    replaces: bool


@dataclass(frozen=True)
class Failure:
    """An input that cannot be right."""

    property: str
    reason: str


def unmarshal(struct: struct_pb2.Struct) -> Properties:
    """What the engine sent, unknown values being `UNKNOWN`."""
    properties: Properties = json_format.MessageToDict(struct)
    return properties


def marshal(properties: Mapping[str, object]) -> struct_pb2.Struct:
    """What the engine is answered; a missing value is left out, as the official plugin does."""
    return json_format.ParseDict({key: value for key, value in properties.items() if value is not None}, struct_pb2.Struct())


def with_defaults(fields: Sequence[Field], given: Properties, *, excluded: frozenset[str] = frozenset()) -> Properties:
    """The inputs with defaults filled in and listed, `excluded` ones left alone."""
    filled = {field.name: field.default for field in fields if field.default is not None and field.name not in excluded}
    added = {name: value for name, value in filled.items() if given.get(name) is None}
    return {**{key: value for key, value in given.items() if key != DEFAULTS}, **added, DEFAULTS: sorted(added)}


def unfit(fields: Sequence[Field], given: Properties) -> list[Failure]:
    """The inputs that are missing, those that the type does not have, and those of the wrong type."""
    known = {field.name: field for field in fields}
    missing = [field.name for field in fields if field.required and given.get(field.name) in (None, "")]
    failures = [Failure(name, f"Missing required argument: `{name}` must be given.") for name in missing]
    for name, value in given.items():
        if name == DEFAULTS or value is None or value == UNKNOWN:
            continue
        if name not in known:
            failures.append(Failure(name, f"`{name}` is not a property of this type; it has {', '.join(sorted(known))}."))
        elif not isinstance(value, known[name].kind):
            failures.append(Failure(name, f"`{name}` must be a {known[name].kind.__name__}, not {value!r}."))
    return failures


def differences(fields: Sequence[Field], old: Properties, new: Properties) -> dict[str, Difference]:
    """What would change from the state to the inputs."""
    found = {}
    for field in fields:
        before, after = old.get(field.name), new.get(field.name)
        if after is None and (field.computed or field.kept):
            continue
        if field.kind is bool and after != UNKNOWN:
            # Terraform knows no difference between false and nothing.
            before, after = bool(before), bool(after)
        if field.kind is list and isinstance(before, list) and isinstance(after, list):
            # All lists here are sets to Terraform.
            before, after = sorted(before), sorted(after)
        for name, (was, is_now) in _parts(field.name, before, after).items():
            if (was or None) != (is_now or None):
                kind = "ADD" if was in (None, "") else "DELETE" if is_now in (None, "") else "UPDATE"
                found[name] = Difference(kind, field.replaces)
    return found


def _parts(name: str, before: object, after: object) -> dict[str, tuple[object, object]]:
    """What is compared: the fields of a map, else the whole."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return {name: (before, after)}
    return {f"{name}.{part}": (before.get(part), after.get(part)) for part in sorted(before.keys() | after.keys())}
