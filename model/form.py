"""A consumer's own form: its labels, in its order, each with what of a bundle goes there."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from model import vocabulary
from model.fields import Text
from model.nearest import did_you_mean

FIELDS: Mapping[str, str] = {
    "client_id": "the Client ID: the principal's application id",
    "client_secret": "the OAuth secret",
    "workspace_url": "the workspace's address, with https://",
    "host": "the same without https://",
    "port": "the port of that address",
    "http_path": "where a SQL warehouse answers",
    "warehouse_id": "a SQL warehouse's id",
    "catalog": "a catalog in which it was granted something",
    "schema": "a schema in which it was granted something",
    "token_endpoint": "where client id and secret are traded for a token",
    "scope": "what a token is asked for",
    "account_id": "the id of the Databricks account",
    "service_principal_id": "the principal's numeric id",
    "name": "the integration's name in the stack file",
}
"""What of a bundle a label may ask for."""

TEXT = "text:"
"""What begins a text that is the same for every integration."""


def _asked(value: object) -> str:
    word = vocabulary.one_word(value)
    if word in FIELDS or word.removeprefix(TEXT).strip() not in ("", word):
        return word
    raise ValueError(
        f'"{word}" is neither a field of a bundle nor "{TEXT}" with a text behind it. '
        f"The fields are {vocabulary.listed(FIELDS)}{did_you_mean(word, FIELDS)}"
    )


def _rows(value: dict[str, str]) -> dict[str, str]:
    if not value:
        raise ValueError("has no rows; write each label with the field of the bundle that goes there, or leave the form out")
    return value


_ASKED = {"anyOf": [{"enum": list(FIELDS)}, {"type": "string", "pattern": rf"^{TEXT}\s*\S"}]}
Form = Annotated[
    dict[Text, Annotated[str, BeforeValidator(_asked), WithJsonSchema(_ASKED)]],
    AfterValidator(_rows),
    WithJsonSchema({"type": "object", "minProperties": 1, "additionalProperties": _ASKED}),
]
"""Label to a field of the bundle, or to a text of its own."""
