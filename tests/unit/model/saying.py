"""What tests of the config language say, and what comes of it."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from model.config import IntegrationConfig
from model.declaration import Declaration, declare
from model.faults import ConfigFaults
from model.grants import DeclaredObjectGrant
from model.kinds import OBJECT_KINDS, SECURABLE_KINDS, Fixed, Lookup
from model.presets import Presets
from model.stackfile import StackFile

NAMED = "stacks/Pulumi.acme.yaml"
TODAY = date(2027, 3, 31)


def declared(presets: Presets | None = None, today: date = TODAY, **said: Any) -> Declaration:  # noqa: ANN401 -- whatever YAML can hold
    """An integration as it is on a day."""
    return declare(IntegrationConfig.model_validate(said), presets or Presets.shipped(), today)


def granted(declaration: Declaration) -> dict[tuple[str, str], str | tuple[str, ...]]:
    """Kind and name, to a level or to privileges."""
    return {
        (each.kind, each.reference if isinstance(each, DeclaredObjectGrant) else each.full_name): (
            each.level if isinstance(each, DeclaredObjectGrant) else each.privileges
        )
        for each in declaration.grants
    }


def a_name_of(kind: str) -> str:
    """What something of a kind might be called."""
    if kind in SECURABLE_KINDS:
        return ".".join(SECURABLE_KINDS[kind].form)
    match OBJECT_KINDS[kind].found:
        case Fixed(names):
            return names[0]
        case Lookup(form="path"):
            return "/Shared/survey load"
        case _:
            return "nightly load"


def stack_file(text: str) -> StackFile:
    return StackFile(text, NAMED)


def integration(text: str) -> IntegrationConfig:
    """The one integration, in flow style, of a file without faults."""
    return stack_file(f"config: {{brickpass:integrations: {{a: {text}}}}}").config().integrations["a"]


def integration_in_an_account(text: str) -> IntegrationConfig:
    """The same, of a file that names the workspace's account."""
    account = "brickpass:account: {id: 8c1f0f4e-5b1d-4f0e-9a63-2d7c5f8e1b42}"
    return stack_file(f"config: {{{account}, brickpass:integrations: {{a: {text}}}}}").config().integrations["a"]


def faults(text: str) -> list[str]:
    with pytest.raises(ConfigFaults) as raised:
        stack_file(text).config()
    return [str(fault) for fault in raised.value.faults]


def faults_of(text: str) -> list[str]:
    """What is wrong with one integration, in flow style, without the place."""
    return [fault.partition("integrations.a.")[2] for fault in faults(f"config: {{brickpass:integrations: {{a: {text}}}}}")]


def faults_at(path: Path) -> list[str]:
    """What is wrong with a file, or with the presets beside it, each called by its name alone."""
    with pytest.raises(ConfigFaults) as raised:
        StackFile.read(path).config()
    return [str(fault).removeprefix(f"{path.parent}/") for fault in raised.value.faults]
