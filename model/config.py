"""What a stack file may say."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    GetPydanticSchema,
    Tag,
    create_model,
    model_validator,
)
from pydantic_core import CoreSchema, core_schema

from model import federation, grantable, hints, vocabulary
from model.durations import Duration
from model.federation import Federation
from model.fields import Flag, Said, Text
from model.kinds import OBJECT_KINDS, OWNER, SECURABLE_KINDS, ObjectKind, SecurableKind
from model.schedule import SecretSchedule

IntegrationName = Annotated[str, AfterValidator(vocabulary.integration_name), hints.NAME]
Entitlement = Annotated[str, AfterValidator(vocabulary.entitlement)]
Entitlements = Annotated[tuple[Entitlement, ...], AfterValidator(vocabulary.entitlements), hints.ENTITLEMENT_LIST]
GroupName = Annotated[str, AfterValidator(vocabulary.group), hints.GROUP]
Address = Annotated[str, AfterValidator(vocabulary.address), hints.ADDRESS]
Host = Annotated[str, AfterValidator(vocabulary.host), hints.string(vocabulary.HOST)]
TrustedHost = Annotated[str, AfterValidator(vocabulary.trusted_host), hints.word(f"^{vocabulary.HOST_NAME}$")]
NextOwner = Annotated[str, AfterValidator(vocabulary.next_owner), hints.string(vocabulary.NEXT_OWNER)]
Until = Annotated[date, BeforeValidator(vocabulary.day), hints.string(f"^{vocabulary.DAY}$")]

_LAST_DAY = Field(
    default=None,
    description="The last day, in UTC, on which it holds; the next `pulumi up` after it takes it away.",
    examples=["2027-03-31"],
)


class Timed(BaseModel):
    """Access that may end on a day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    until: Annotated[Until | None, Said] = _LAST_DAY


class TimedLevel(Timed):
    level: str


class OwnedLevel(TimedLevel):
    """A level on an object that has an owner: whoever is to become it says who is the next one, before anything is taken."""

    model_config = ConfigDict(json_schema_extra=hints.OWNED)

    next_owner: Annotated[NextOwner | None, Said] = Field(
        default=None,
        description="Who owns it when the integration gives IS_OWNER up: a user, or `id:` and a service principal's Client ID.",
        examples=["ann.lee@acme.example"],
    )

    @model_validator(mode="after")
    def _an_owner_has_a_successor(self) -> Self:
        if self.level == OWNER and not self.next_owner:
            raise ValueError("has IS_OWNER, so next_owner stands beside it: who owns it afterwards, such as ann.lee@acme.example")
        if self.next_owner and self.level != OWNER:
            raise ValueError(f"has next_owner, which is for IS_OWNER alone, beside {self.level}; leave it out")
        return self


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


def level_on(kind: ObjectKind, *, owning: bool = False) -> AType:
    """A level that can be granted on objects of the kind; IS_OWNER only where there is room for what it needs beside it."""
    levels = kind.levels if owning else kind.grantable
    return Annotated[str, AfterValidator(grantable.level_of(kind, levels)), hints.one_of(levels)]


def privileges_on(kind: SecurableKind) -> AType:
    """Privileges that can be granted on securables of the kind."""
    privilege = Annotated[str, AfterValidator(grantable.privilege_of(kind)), hints.one_of(sorted(kind.privileges))]
    return Annotated[a_tuple(privilege), AfterValidator(vocabulary.privileges), hints.Listed(at_least=1)]


def name_of_object(kind: ObjectKind) -> AType:
    return Annotated[str, AfterValidator(grantable.reference_to(kind)), hints.word(f"^{grantable.reference_pattern(kind)}")]


def name_of_securable(kind: SecurableKind) -> AType:
    return Annotated[str, AfterValidator(grantable.full_name_of(kind)), hints.word(f"^{grantable.full_name_pattern(kind)}$")]


def targets_of(name: AType) -> AType:
    return Annotated[a_tuple(name), AfterValidator(vocabulary.targets), hints.Listed(at_least=1)]


def either(plain: AType, mapping: AType) -> AType:
    """One of two shapes: what is no mapping is `plain`. (The tags stand in pydantic's places of faults, and are left out of ours.)"""
    shape = Discriminator(lambda value: vocabulary.MAPPING if isinstance(value, (dict, BaseModel)) else vocabulary.PLAIN)
    return Annotated[Annotated[plain, Tag(vocabulary.PLAIN)] | Annotated[mapping, Tag(vocabulary.MAPPING)], shape]


def _on_objects(kind: ObjectKind) -> AType:
    base = OwnedLevel if kind.has_owner else TimedLevel
    timed = create_model(f"{kind.key}_until", __base__=base, level=(level_on(kind, owning=kind.has_owner), ...))
    return Annotated[a_dict(name_of_object(kind), either(level_on(kind), timed)), AfterValidator(grantable.levels_fit(kind))]


def _on_securables(kind: SecurableKind) -> AType:
    privileges = privileges_on(kind)
    timed = create_model(f"{kind.key}_until", __base__=TimedPrivileges, privileges=(privileges, ...))
    by_name = a_dict(name_of_securable(kind), either(privileges, timed))
    return Annotated[by_name, AfterValidator(grantable.no_name_in_two_spellings)]


def describe(kind: ObjectKind | SecurableKind) -> str:
    """What stands below a kind's key, in a sentence for editors and for the reference."""
    return f"{kind.plural[0].upper()}{kind.plural[1:]}, {grantable.how_named(kind)}."


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


def _one_or_several(_source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
    return handler.generate_schema(either(Annotated[a_tuple(Federation), hints.Listed(at_least=1)], Federation))


Federations = Annotated[
    tuple[Federation, ...], GetPydanticSchema(_one_or_several), AfterValidator(federation.policies), BeforeValidator(federation.some_shape)
]


class IntegrationConfig(BaseModel):
    """What one integration is to have."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    purpose: Annotated[Text | None, Said] = Field(
        default=None,
        description="What the integration does here, for whoever reads the access list.",
        examples=["Survey responses into the lakehouse"],
    )
    owner: Annotated[Text | None, Said] = Field(
        default=None, description="Who answers for it: a team's or a person's address.", examples=["cx-analytics@acme.example"]
    )
    adopt: Annotated[Annotated[str, AfterValidator(vocabulary.adopted), hints.ADOPTED] | None, Said] = Field(
        default=None,
        description="An existing service principal to use, by its name, or by `id:` and its application id (Client ID).",
        examples=["survey-loader", "id:5bd71bc8-7f2e-4a0c-9d61-0f4d8e1b2a37"],
    )
    consumer: Annotated[Text | None, Said] = Field(
        default=None, description="The product that it is; what its setup guide asks for is granted.", examples=["dbt"]
    )
    preset: Annotated[tuple[Text, ...], BeforeValidator(vocabulary.one_or_more), AfterValidator(vocabulary.no_repetition)] = Field(
        default=(),
        description="What integrations of its kind need, granted on `targets`: one, or a list of several.",
        examples=["sql-reader", ["sql-reader", "job-runner"]],
    )
    targets: Targets = Field(
        default={},
        description="What the preset and the consumer's needs are granted on, by kind.",
        examples=[{"warehouses": ["bi-serverless"], "schemas": ["main.surveys"]}],
    )
    role: Annotated[Literal["USER", "ADMIN"] | None, Said] = Field(
        default=None,
        description="What it is in the workspace: ADMIN makes it a workspace admin. USER is what every integration is.",
        examples=["ADMIN"],
    )
    entitlements: Entitlements = Field(
        default=(), description="Which parts of Databricks it may use at all.", examples=[["databricks-sql-access", "workspace-access"]]
    )
    groups: Annotated[tuple[GroupName, ...], AfterValidator(vocabulary.no_repetition), hints.Listed()] = Field(
        default=(), description="Groups whose member it is, and whose access it shares.", examples=[["survey-readers"]]
    )
    federation: Federations = Field(
        default=(),
        description="Whose tokens log in in the place of a secret, which it then has not: one workload, or a list of several.",
        examples=[{"github": {"repository": "acme/surveys", "environment": "prod"}}],
    )
    secret: SecretSchedule = Field(
        default=SecretSchedule(), description="When its OAuth secret is replaced.", examples=[{"rotate_every": "90d", "overlap": "14d"}]
    )
    deliver: Annotated[tuple[Address, ...], AfterValidator(vocabulary.addresses), hints.Listed()] = Field(
        default=(),
        description="Where its consumer reads its bundle: each deployment that changes it brings it there, after the proof that it works.",
        examples=[["vault:secret/alchemer", "secret-scope:cx-vendors"]],
    )
    grants: Grants = Field(
        default={},
        description="What it gets access to, by kind and name.",
        examples=[{"warehouses": {"bi-serverless": "CAN_USE"}, "schemas": {"main.surveys": ["SELECT", "MODIFY"]}}],
    )
    until: Annotated[Until | None, Said] = _LAST_DAY
    was: Annotated[IntegrationName | None, Said] = Field(
        default=None, description="Its former name, so that a renaming keeps its Client ID.", examples=["survey-tool"]
    )
    retire: Flag = Field(default=False, description="Lifts the protection of this one, so that it can be taken out.", examples=[True])
    verify: Flag = Field(
        default=True, description="Whether each deployment proves it; false leaves only the reading back.", examples=[False]
    )


class AccountConfig(BaseModel):
    """The account that the workspace belongs to, where principals are to be made and deleted there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, AfterValidator(vocabulary.account_id), hints.string(f"^{vocabulary.UUID}$")] = Field(
        description="The account's id, as its console shows it.", examples=["8c1f0f4e-5b1d-4f0e-9a63-2d7c5f8e1b42"]
    )
    host: Annotated[Host | None, Said] = Field(
        default=None,
        description="The account console's address, where it does not follow from the workspace's.",
        examples=["https://accounts.cloud.databricks.com"],
    )


class StackConfig(BaseModel):
    """The `brickpass:` part of a stack file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    integrations: dict[IntegrationName, IntegrationConfig] = Field(
        description="The integrations of this workspace, by name.", examples=[{"alchemer": {}}]
    )
    account: Annotated[AccountConfig | None, Said] = Field(
        default=None,
        description="The workspace's account: principals are made and deleted there.",
        examples=[{"id": "8c1f0f4e-5b1d-4f0e-9a63-2d7c5f8e1b42"}],
    )
    trusted_hosts: Annotated[tuple[TrustedHost, ...], AfterValidator(vocabulary.no_repetition), hints.Listed()] = Field(
        default=(),
        description="Hosts that are not Databricks' own and get credentials all the same, by their exact names.",
        examples=[["databricks.acme.example"]],
    )
    runs_every: Annotated[Duration | None, Said] = Field(
        default=None,
        description="How often this stack is deployed; no `overlap` may be shorter, or a secret could end before the run that replaces it.",
        examples=["7d"],
    )
    protect: Flag = Field(
        default=True, description="Whether a principal is kept when its integration drops out of this file.", examples=[False]
    )
