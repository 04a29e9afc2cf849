"""Kinds of values that stand in many places of a stack file."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from model import hints, vocabulary

Said = BeforeValidator(vocabulary.said)
Flag = Annotated[bool, BeforeValidator(vocabulary.flag), hints.FLAG]
Text = Annotated[str, AfterValidator(vocabulary.text), hints.word(r"\S")]
