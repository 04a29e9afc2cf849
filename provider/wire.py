"""Where the engine's property values end: behind this module there are typed models only, and a secret is a `SecretStr`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from pulumi.provider.experimental.property_value import Computed, PropertyValue
from pulumi.runtime import rpc
from pydantic import BaseModel, ConfigDict, SecretStr
from pydantic.alias_generators import to_camel


class Unknown:
    """What a preview does not know yet."""

    def __repr__(self) -> str:
        return "<unknown until the update>"


UNKNOWN: Final = Unknown()

# The experimental server has a class for it, but neither reads nor writes that: on the wire it stays this string.
_UNKNOWN_ON_THE_WIRE: Final = PropertyValue(rpc.UNKNOWN)

Plain = None | bool | int | float | str | Unknown | list["Plain"] | dict[str, "Plain"]
Properties = dict[str, PropertyValue]


class Wire(BaseModel):
    """A model whose fields are properties of a resource: snake case here, camel case on the wire."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore", hide_input_in_errors=True)


def plain(value: PropertyValue) -> Plain:
    """The value alone, without its secrecy: that is the model's to know."""
    match value.value:
        case Computed() | rpc.UNKNOWN:
            return UNKNOWN
        case float() as number:
            return int(number) if number.is_integer() else number
        case str() | bool() | None as scalar:
            return scalar
        case Mapping() as fields:
            return {key: plain(item) for key, item in fields.items()}
        case Sequence() as items:
            return [plain(item) for item in items]
        case other:
            raise TypeError(f"a {type(other).__name__} is no property of a Brickpass resource")


def plain_map(values: Mapping[str, PropertyValue]) -> dict[str, Plain]:
    return {key: plain(value) for key, value in values.items()}


def property_value(value: object) -> PropertyValue:
    """The engine's form of a value; a `SecretStr`, however deep, becomes a secret."""
    match value:
        case Unknown():
            return _UNKNOWN_ON_THE_WIRE
        case SecretStr():
            return PropertyValue(value.get_secret_value(), is_secret=True)
        case bool() | str() | None:
            return PropertyValue(value)
        case int() | float():
            return PropertyValue(float(value))
        case Mapping():
            return PropertyValue({str(key): property_value(item) for key, item in value.items()})
        case Sequence():
            return PropertyValue([property_value(item) for item in value])
        case _:
            raise TypeError(f"a {type(value).__name__} is no property of a Brickpass resource")


def properties(model: BaseModel) -> Properties:
    """All fields of a model as properties; a field without a value is left out."""
    dumped = model.model_dump(by_alias=True, exclude_none=True)
    return {key: property_value(value) for key, value in dumped.items()}


def with_unknown(values: Properties, names: Iterable[str]) -> Properties:
    return values | dict.fromkeys(names, _UNKNOWN_ON_THE_WIRE)
