"""What a stack file may say."""

from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    GetPydanticSchema,
    Tag,
    WithJsonSchema,
    create_model,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from model import vocabulary
from model.kinds import ENTITLEMENTS, OBJECT_KINDS, SECURABLE_KINDS, ObjectKind, SecurableKind
from model.schedule import SecretSchedule


def word(pattern: str) -> WithJsonSchema:
    """A word as an editor sees it: it may look like a number or like true and false, and is taken as written all the same."""
    return WithJsonSchema({"type": ["string", "number", "boolean"], "pattern": pattern})


def one_of(words: Collection[str]) -> WithJsonSchema:
    return WithJsonSchema({"enum": list(words)})


class Listed:
    """A list as an editor sees it: no item stands in it twice."""

    def __init__(self, at_least: int = 0) -> None:
        self.at_least = at_least

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        least = {"minItems": self.at_least} if self.at_least else {}
        return {**handler(core), **least, "uniqueItems": True}


_FLAG = {"anyOf": [{"type": "boolean"}, {"type": "string", "pattern": f"^({vocabulary.FLAG})$"}]}
_ADOPTED = rf"^({vocabulary.ID}\s*{vocabulary.UUID}\s*$|(?!{vocabulary.ID})[\s\S]*\S)"

Said = BeforeValidator(vocabulary.said)
Flag = Annotated[bool, BeforeValidator(vocabulary.flag), WithJsonSchema(_FLAG)]
Text = Annotated[str, AfterValidator(vocabulary.text), word(r"\S")]
IntegrationName = Annotated[str, AfterValidator(vocabulary.integration_name), word(f"^(?!secure$){vocabulary.INTEGRATION}$")]
Entitlement = Annotated[str, AfterValidator(vocabulary.entitlement), one_of(ENTITLEMENTS)]
Entitlements = Annotated[tuple[Entitlement, ...], AfterValidator(vocabulary.entitlements), Listed()]
GroupName = Annotated[str, AfterValidator(vocabulary.group), word(r"^(?!(admins|users)$)[\s\S]*\S")]
Host = Annotated[str, AfterValidator(vocabulary.host), WithJsonSchema({"type": "string", "pattern": vocabulary.HOST})]
Until = Annotated[date, BeforeValidator(vocabulary.day), WithJsonSchema({"type": "string", "pattern": f"^{vocabulary.DAY}$"})]

_LAST_DAY = Field(default=None, description="The last day, in UTC, on which it holds; the next `pulumi up` after it takes it away.")


class Timed(BaseModel):
    """Access that may end on a day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    until: Annotated[Until | None, Said] = _LAST_DAY


class TimedLevel(Timed):
    level: str


class TimedPrivileges(Timed):
    privileges: tuple[str, ...]


Value: TypeAlias = str | tuple[str, ...]
"""A level on an object, or privileges on a securable."""


AType: TypeAlias = Any
"""A type that is made from a row of the table of kinds, which no type checker can follow."""


def a_dict(key: AType, value: AType) -> AType:
    return dict[key, value]


def a_tuple(item: AType) -> AType:
    return tuple[item, ...]


def level_on(kind: ObjectKind) -> AType:
    """A level that can be granted on objects of the kind."""
    return Annotated[str, AfterValidator(vocabulary.level_of(kind)), one_of(kind.grantable)]


def privileges_on(kind: SecurableKind) -> AType:
    """Privileges that can be granted on securables of the kind."""
    privilege = Annotated[str, AfterValidator(vocabulary.privilege_of(kind)), one_of(sorted(kind.privileges))]
    return Annotated[a_tuple(privilege), AfterValidator(vocabulary.privileges), Listed(at_least=1)]


def name_of_object(kind: ObjectKind) -> AType:
    return Annotated[str, AfterValidator(vocabulary.reference_to(kind)), word(f"^{vocabulary.reference_pattern(kind)}")]


def name_of_securable(kind: SecurableKind) -> AType:
    return Annotated[str, AfterValidator(vocabulary.full_name_of(kind)), word(f"^{vocabulary.full_name_pattern(kind)}$")]


def targets_of(name: AType) -> AType:
    return Annotated[a_tuple(name), AfterValidator(vocabulary.targets), Listed(at_least=1)]


def either(plain: AType, mapping: AType) -> AType:
    """One of two shapes: what is no mapping is `plain`. (The tags stand in pydantic's places of faults, and are left out of ours.)"""
    shape = Discriminator(lambda value: vocabulary.MAPPING if isinstance(value, (dict, BaseModel)) else vocabulary.PLAIN)
    return Annotated[Annotated[plain, Tag(vocabulary.PLAIN)] | Annotated[mapping, Tag(vocabulary.MAPPING)], shape]


def _on_objects(kind: ObjectKind) -> AType:
    level = level_on(kind)
    timed = create_model(f"{kind.key}_until", __base__=TimedLevel, level=(level, ...))
    return Annotated[a_dict(name_of_object(kind), either(level, timed)), AfterValidator(vocabulary.levels_fit(kind))]


def _on_securables(kind: SecurableKind) -> AType:
    privileges = privileges_on(kind)
    timed = create_model(f"{kind.key}_until", __base__=TimedPrivileges, privileges=(privileges, ...))
    by_name = a_dict(name_of_securable(kind), either(privileges, timed))
    return Annotated[by_name, AfterValidator(vocabulary.no_name_in_two_spellings)]


def describe(kind: ObjectKind | SecurableKind) -> str:
    """What stands below a kind's key, in a sentence for editors and for the reference."""
    return f"{kind.plural[0].upper()}{kind.plural[1:]}, {vocabulary.how_named(kind)}."


def by_kind(on_objects: Callable[[ObjectKind], AType], on_securables: Callable[[SecurableKind], AType]) -> GetPydanticSchema:
    """The schema of a mapping with a key for each kind, made from the table of kinds: a new row there is a new key here."""

    def schema(_source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        def field(kind: ObjectKind | SecurableKind, type_: AType) -> core_schema.TypedDictField:
            shown = {"pydantic_js_updates": {"description": describe(kind)}}
            return core_schema.typed_dict_field(handler.generate_schema(type_), required=False, metadata=shown)

        fields = {kind.key: field(kind, on_objects(kind)) for kind in OBJECT_KINDS.values()}
        fields |= {kind.key: field(kind, on_securables(kind)) for kind in SECURABLE_KINDS.values()}
        return core_schema.typed_dict_schema(fields, extra_behavior="forbid")

    return GetPydanticSchema(schema)


Grants = Annotated[Mapping[str, Mapping[str, Value | TimedLevel | TimedPrivileges]], by_kind(_on_objects, _on_securables)]
"""Kind to name to a level (of an object) or to privileges (of a securable), each with the day on which it ends if it does."""

Targets = Annotated[
    Mapping[str, tuple[str, ...]],
    by_kind(
        lambda kind: targets_of(name_of_object(kind)),
        lambda kind: targets_of(name_of_securable(kind)),
    ),
]
"""Kind to names: what presets are applied to."""


# An editor offers the names that Brickpass brings, and lets a team's own pass; `model.schema` has the list.
PRESET_NAME = {"$ref": "#/definitions/preset_name"}
CONSUMER_NAME = {"$ref": "#/definitions/consumer_name"}
_PRESETS = {"anyOf": [PRESET_NAME, {"type": "array", "items": PRESET_NAME, "uniqueItems": True}]}


class IntegrationConfig(BaseModel):
    """What one integration is to have."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    purpose: Annotated[Text | None, Said] = Field(
        default=None, description="What the integration does here, for whoever reads the access list."
    )
    owner: Annotated[Text | None, Said] = Field(default=None, description="Who answers for it: a team's or a person's address.")
    adopt: Annotated[Annotated[str, AfterValidator(vocabulary.adopted), word(_ADOPTED)] | None, Said] = Field(
        default=None, description="An existing service principal to use, by its name, or by `id:` and its application id (Client ID)."
    )
    consumer: Annotated[Annotated[Text, WithJsonSchema(CONSUMER_NAME)] | None, Said] = Field(
        default=None, description="The product that it is; what its setup guide asks for is granted."
    )
    preset: Annotated[
        tuple[Text, ...], BeforeValidator(vocabulary.one_or_more), AfterValidator(vocabulary.no_repetition), WithJsonSchema(_PRESETS)
    ] = Field(default=(), description="What integrations of its kind need, granted on `targets`: one, or a list of several.")
    targets: Targets = Field(default={}, description="What the preset and the consumer's needs are granted on, by kind.")
    role: Annotated[Literal["USER", "ADMIN"] | None, Said] = Field(
        default=None, description="What it is in the workspace: ADMIN makes it a workspace admin. USER is what every integration is."
    )
    entitlements: Entitlements = Field(default=(), description="Which parts of Databricks it may use at all.")
    groups: Annotated[tuple[GroupName, ...], AfterValidator(vocabulary.no_repetition), Listed()] = Field(
        default=(), description="Groups whose member it is, and whose access it shares."
    )
    secret: SecretSchedule = Field(default=SecretSchedule(), description="When its OAuth secret is replaced.")
    grants: Grants = Field(default={}, description="What it gets access to, by kind and name.")
    until: Annotated[Until | None, Said] = _LAST_DAY
    was: Annotated[IntegrationName | None, Said] = Field(
        default=None, description="Its former name, so that a renaming keeps its Client ID."
    )
    retire: Flag = Field(default=False, description="Lifts the protection of this one, so that it can be taken out.")
    verify: Flag = Field(default=True, description="Whether each deployment proves it; false leaves only the reading back.")


class AccountConfig(BaseModel):
    """The account that the workspace belongs to, where principals are to be made and deleted there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, AfterValidator(vocabulary.account_id), word(f"^{vocabulary.UUID}$")] = Field(
        description="The account's id, as its console shows it."
    )
    host: Annotated[Host | None, Said] = Field(
        default=None, description="The account console's address, where it does not follow from the workspace's."
    )


class StackConfig(BaseModel):
    """The `brickpass:` part of a stack file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    integrations: dict[IntegrationName, IntegrationConfig] = Field(description="The integrations of this workspace, by name.")
    account: Annotated[AccountConfig | None, Said] = Field(
        default=None, description="The workspace's account: principals are made and deleted there."
    )
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
