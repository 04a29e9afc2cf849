"""The JSON Schema of a stack file, by which an editor completes and checks one. Made from the models, never written by hand."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, TypeAlias

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from model import vocabulary
from model.config import Host, IntegrationConfig, StackConfig
from model.durations import spelled
from model.presets import Presets, PresetsFile

Schema: TypeAlias = dict[str, Any]

_DRAFT = "http://json-schema.org/draft-07/schema#"
# As each key of the config may be spelled. (What Pulumi takes for the same stands in model.stackfile.)
_SPELLINGS = ("brickpass:{}", "brickpass:config:{}")
_NOT_OURS = r"^(?!brickpass:|databricks:)[^:]+:(config:)?[^:]+$"


def schema() -> Schema:
    """The schema, in draft 7: the newest that editors' YAML servers know well."""
    config, definitions = _of_the_models()
    return {
        "$schema": _DRAFT,
        "title": "A stack file of Brickpass",
        "description": "One Databricks workspace, and the integrations that get access to it.",
        "type": "object",
        "properties": {
            "config": _config(config),
            "encryptionsalt": {"type": "string", "description": "Pulumi's own: the salt of the stack's passphrase."},
            "encryptedkey": {"type": "string", "description": "Pulumi's own: the key of the stack's secrets, itself encrypted."},
            "secretsprovider": {"type": "string", "description": "Pulumi's own: what encrypts the stack's secrets."},
            "environment": {"description": "Pulumi's own: environments that the stack takes config from."},
        },
        "required": ["config"],
        "additionalProperties": False,
        "definitions": definitions,
    }


def presets_schema() -> Schema:
    """The schema of the file in which a team has presets of its own."""
    made, definitions = _made_of(PresetsFile)
    shown = {
        "title": "A team's presets and consumers for Brickpass",
        "description": "What integrations of a kind need, beside the stack files that name it.",
    }
    return {"$schema": _DRAFT, **made, **shown, "definitions": definitions}


def _made_of(model: type[BaseModel]) -> tuple[Schema, Schema]:
    made = TypeAdapter(model).json_schema(schema_generator=_ForEditors, ref_template="#/definitions/{model}")
    definitions = made.pop("$defs")
    for each in definitions.values():
        each.pop("title")  # The names of classes, which mean nothing to whoever writes a file.
    return made, definitions


def _of_the_models() -> tuple[Schema, Schema]:
    made, definitions = _made_of(StackConfig)
    preset = {"$ref": "#/definitions/preset_name"}
    several = {"type": "array", "items": preset, "uniqueItems": True}
    said = definitions[IntegrationConfig.__name__]["properties"]
    said["preset"] = {"description": said["preset"]["description"], "anyOf": [preset, several]}
    said["consumer"] = {"description": said["consumer"]["description"], "allOf": [{"$ref": "#/definitions/consumer_name"}]}
    return made, dict(sorted((definitions | _names(Presets.shipped())).items()))


def _names(presets: Presets) -> Schema:
    """What may stand as a preset, and as a consumer."""
    refused = [name for name, consumer in presets.consumers.items() if consumer.refused]
    usable = [name for name in presets.consumers if name not in refused]
    return {"preset_name": _ours_or_a_teams(presets.presets), "consumer_name": _ours_or_a_teams(usable, never=refused)}


def _ours_or_a_teams(names: Iterable[str], never: Iterable[str] = ()) -> Schema:
    """A name that Brickpass brings, or any other: a team's own stand in its presets.yaml."""
    refused = "".join(f"(?!{name}$)" for name in never)
    return {"anyOf": [{"enum": list(names)}, {"type": "string", "pattern": f"^{refused}{vocabulary.NAME}$"}]}


def _config(ours: Schema) -> Schema:
    host = TypeAdapter(Host).json_schema() | {
        "description": "The workspace's URL. It may come from DATABRICKS_HOST or from a profile as well."
    }
    keys = {spelling.format(key): said for key, said in ours["properties"].items() for spelling in _SPELLINGS}
    return {
        "description": "The stack's config; keys of other namespaces are not Brickpass's business.",
        "type": "object",
        "properties": {"databricks:host": host, "databricks:config:host": host, **keys},
        "patternProperties": {_NOT_OURS: {}},
        "additionalProperties": False,
        "oneOf": [{"required": [spelling.format(key)]} for key in ours["required"] for spelling in _SPELLINGS],
    }


class _ForEditors(GenerateJsonSchema):
    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        # A key may be left out, but nothing may stand behind it.
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        made = self.generate_inner(schema["schema"])
        match schema.get("default"):
            case timedelta() as span:
                return {**made, "default": spelled(span)}
            case bool() | int() as plain:
                return {**made, "default": plain}
            case _:
                # Nothing, or the defaults of a part, which stand at its own keys.
                return made

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        names = self.generate_inner(schema["keys_schema"])
        # A key is always a word.
        return {
            "type": "object",
            "propertyNames": {key: value for key, value in names.items() if key != "type"},
            "additionalProperties": self.generate_inner(schema["values_schema"]),
        }

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 -- pydantic's signature
        return False
