"""What an editor is told of the words of the config language: JSON Schema, beside the validation that `model.vocabulary` has."""

from collections.abc import Collection

from pydantic import GetJsonSchemaHandler, WithJsonSchema
from pydantic.config import JsonDict
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from model import vocabulary
from model.delivery import TARGET_KINDS
from model.kinds import ENTITLEMENTS, OWNER


def word(pattern: str) -> WithJsonSchema:
    """A word: it may look like a number or like true and false, and is taken as written all the same."""
    return WithJsonSchema({"type": ["string", "number", "boolean"], "pattern": pattern})


def string(pattern: str) -> WithJsonSchema:
    """A word that looks like nothing else, or is not taken where it does."""
    return WithJsonSchema({"type": "string", "pattern": pattern})


def one_of(words: Collection[str]) -> WithJsonSchema:
    return WithJsonSchema({"enum": list(words)})


class Listed:
    """A list in which no item stands twice."""

    def __init__(self, at_least: int = 0) -> None:
        self.at_least = at_least

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        least = {"minItems": self.at_least} if self.at_least else {}
        return {**handler(core), **least, "uniqueItems": True}


def _list_without(words: Collection[str]) -> JsonSchemaValue:
    return {"type": "array", "items": {"enum": [each for each in ENTITLEMENTS if each not in words]}, "uniqueItems": True}


OWNED: JsonDict = {
    "if": {"properties": {"level": {"const": OWNER}}},
    "then": {"required": ["next_owner"]},
    "else": {"not": {"required": ["next_owner"]}},
}
FLAG = WithJsonSchema({"anyOf": [{"type": "boolean"}, {"type": "string", "pattern": f"^({vocabulary.FLAG})$"}]})
NAME = word(f"^(?!secure$){vocabulary.NAME}$")
ENTITLEMENT_LIST = WithJsonSchema({"anyOf": [_list_without(side) for side in vocabulary.SIDES]})
GROUP = word(r"^(?!(admins|users)$)[\s\S]*\S")
ADDRESS = string(f"^({'|'.join(kind.pattern for kind in TARGET_KINDS.values())})$")
ADOPTED = word(rf"^({vocabulary.ID}\s*{vocabulary.UUID}\s*$|(?!{vocabulary.ID})[\s\S]*\S)")
