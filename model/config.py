"""What a stack file may say."""

from collections.abc import Collection, Mapping
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, GetCoreSchemaHandler, GetPydanticSchema
from pydantic_core import CoreSchema, core_schema

from model import vocabulary
from model.kinds import OBJECT_KINDS, SECURABLE_KINDS, ObjectKind, SecurableKind
from model.schedule import SecretSchedule

Flag = Annotated[bool, BeforeValidator(vocabulary.flag)]
Text = Annotated[str, AfterValidator(vocabulary.text)]
IntegrationName = Annotated[str, AfterValidator(vocabulary.integration_name)]
Entitlement = Annotated[str, AfterValidator(vocabulary.entitlement)]


def _on_objects(kind: ObjectKind) -> object:
    reference = Annotated[str, AfterValidator(vocabulary.reference)]
    level = Annotated[str, AfterValidator(vocabulary.level_of(kind))]
    return dict[reference, level]


def _on_securables(kind: SecurableKind) -> object:
    privilege = Annotated[str, AfterValidator(vocabulary.privilege_of(kind))]
    name = Annotated[str, AfterValidator(vocabulary.full_name_of(kind))]
    privileges = Annotated[tuple[privilege, ...], AfterValidator(vocabulary.privileges)]
    return Annotated[dict[name, privileges], AfterValidator(vocabulary.no_name_in_two_spellings)]


def _one_key_for_each_kind(_source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
    """The schema of `grants`, made from the table of kinds: a new row there is a new key here."""
    types = {kind.key: _on_objects(kind) for kind in OBJECT_KINDS.values()} | {
        kind.key: _on_securables(kind) for kind in SECURABLE_KINDS.values()
    }
    return core_schema.typed_dict_schema(
        {key: core_schema.typed_dict_field(handler.generate_schema(type_), required=False) for key, type_ in types.items()},
        extra_behavior="forbid",
    )


Grants = Annotated[Mapping[str, Mapping[str, str | tuple[str, ...]]], GetPydanticSchema(_one_key_for_each_kind)]
"""Kind to name to a level (of an object) or to privileges (of a securable)."""


class IntegrationConfig(BaseModel):
    """What one integration is to have."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    purpose: Text | None = Field(default=None, description="What the integration does here, for whoever reads the access list.")
    owner: Text | None = Field(default=None, description="Who answers for it: a team's or a person's address.")
    entitlements: Annotated[tuple[Entitlement, ...], AfterValidator(vocabulary.entitlements)] = Field(
        default=(), description="Which parts of Databricks it may use at all."
    )
    secret: SecretSchedule = Field(default=SecretSchedule(), description="When its OAuth secret is replaced.")
    grants: Grants = Field(default={}, description="What it gets access to, by kind and name.")
    was: IntegrationName | None = Field(default=None, description="Its former name, so that a renaming keeps its Client ID.")
    retire: Flag = Field(default=False, description="Lifts the protection of this one, so that it can be taken out.")
    verify: Flag = Field(default=True, description="Whether each deployment proves it; false leaves only the reading back.")


class StackConfig(BaseModel):
    """The `brickpass:` part of a stack file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    integrations: dict[IntegrationName, IntegrationConfig] = Field(description="The integrations of this workspace, by name.")
    protect: Flag = Field(default=True, description="Whether a principal is kept when its integration drops out of this file.")


def renaming_faults(former_names: Mapping[str, str], *, names: Collection[str]) -> dict[str, str]:
    """What is wrong with `was`, by integration: `former_names` has it for those that say it, `names` are all that the stack has."""
    faults: dict[str, str] = {}
    successors: dict[str, str] = {}
    for name, was in former_names.items():
        if was == name:
            faults[name] = f'is "{was}", the name that the integration has; leave it out'
        elif was in names:
            faults[name] = f'is "{was}", which is still in this file; when an integration is renamed, its former name goes'
        elif was in successors:
            faults[name] = f'is "{was}", which "{successors[was]}" claims to have been; only one of them can keep the Client ID'
        successors.setdefault(was, name)
    return faults
