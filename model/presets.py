"""Presets and consumers: what integrations of a kind need, and what a product's setup guide asks for. Data in files, ours and a team's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path as FilePath
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from model import hints, vocabulary
from model.config import (
    Entitlements,
    IntegrationConfig,
    Value,
    a_dict,
    by_kind,
    either,
    level_on,
    name_of_object,
    name_of_securable,
    privileges_on,
)
from model.explanation import Keys, explanations
from model.faults import ConfigFault, ConfigFaults, Place
from model.fields import Said, Text
from model.form import Form
from model.kinds import KINDS
from model.nearest import did_you_mean
from model.yamltree import Path, Tree, YamlTree

OURS = FilePath(__file__).with_name("presets.yaml")
OF_A_TEAM = "presets.yaml"
"""The file beside the stack files in which a team has presets and consumers of its own."""

Needed = Annotated[
    Mapping[str, Value | Mapping[str, Value]],
    by_kind(
        lambda kind: either(level_on(kind), a_dict(name_of_object(kind), level_on(kind))),
        lambda kind: either(privileges_on(kind), a_dict(name_of_securable(kind), privileges_on(kind))),
    ),
]
"""Kind to what is granted on each target of that kind, or name to what is granted on that one thing in every workspace."""


class Needs(BaseModel):
    """What is granted on the targets that an integration names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    about: Annotated[Text | None, Said] = Field(default=None, description="For whom it is, and what it does not cover.")
    entitlements: Entitlements = Field(default=(), description="Which parts of Databricks it takes.")
    grants: Needed = Field(
        default={}, description="What is granted, by kind: on each of the integration's targets, or on the names given here."
    )
    optional: Annotated[tuple[Annotated[str, hints.one_of(KINDS)], ...], AfterValidator(vocabulary.kinds), hints.Listed()] = Field(
        default=(), description="Kinds that an integration need not name targets of."
    )

    @property
    def applied_to(self) -> tuple[str, ...]:
        """The kinds of which an integration names the targets."""
        return tuple(kind for kind, value in self.grants.items() if not isinstance(value, Mapping))


class Preset(Needs):
    """What integrations of one kind need."""


class Consumer(Needs):
    """A product, and what its own setup guide asks for."""

    title: Text = Field(description="What its maker calls it.")
    guide: Annotated[Text | None, Said] = Field(default=None, description="The address of its setup guide.")
    preset: Annotated[Text | None, Said] = Field(default=None, description="A preset that covers what its guide asks for.")
    form: Annotated[Form | None, Said] = Field(
        default=None, description="The labels of its own form, in its order, each with the field of the bundle that goes there."
    )
    refused: Annotated[Text | None, Said] = Field(default=None, description="Why it cannot log in as a service principal.")


_NAME = hints.word(f"^{vocabulary.NAME}$")


class PresetsFile(BaseModel):
    """A file of presets and consumers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    presets: dict[Annotated[str, AfterValidator(vocabulary.name_of("a preset")), _NAME], Preset] = Field(
        default={}, description="Presets, by name."
    )
    consumers: dict[Annotated[str, AfterValidator(vocabulary.name_of("a consumer")), _NAME], Consumer] = Field(
        default={}, description="Consumers, by name."
    )


KEYS = (
    Keys((), "a part of a file of presets", tuple(PresetsFile.model_fields)),
    Keys(("presets", "*"), "a key of a preset", tuple(Preset.model_fields)),
    Keys(("consumers", "*"), "a key of a consumer", tuple(Consumer.model_fields)),
)
"""What may stand where in a file of presets; that kinds stand in `grants` goes without saying."""


@dataclass(frozen=True)
class Applied:
    """One preset or consumer that an integration names."""

    source: str
    """As people call it: `preset sql-reader`."""
    path: Path
    """Where the integration names it."""
    needs: Needs


@dataclass(frozen=True)
class Presets:
    """All presets and consumers that a stack file may name."""

    presets: Mapping[str, Preset]
    consumers: Mapping[str, Consumer]

    @classmethod
    @cache
    def shipped(cls) -> Self:
        file = _read(OURS.read_text(encoding="utf-8"), OURS.name, PresetsFile())
        return cls(file.presets, file.consumers)

    @classmethod
    def beside(cls, stack_file: FilePath) -> Self:
        """Those that Brickpass brings, and those of the team's file beside the stack file, if there is one.

        Raises:
            ConfigFaults: with all that is wrong in the team's file.
        """
        shipped = cls.shipped()
        path = stack_file.with_name(OF_A_TEAM)
        try:
            text = path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            return shipped
        except (OSError, UnicodeDecodeError):
            raise ConfigFaults([ConfigFault(Place(str(path), 1, 1, "the file"), "cannot be read as a text in UTF-8")]) from None
        file = _read(text, str(path), PresetsFile(presets=dict(shipped.presets), consumers=dict(shipped.consumers)))
        return cls({**shipped.presets, **file.presets}, {**shipped.consumers, **file.consumers})

    def applied(self, config: IntegrationConfig) -> Iterator[Applied]:
        """What an integration names, as far as there is such a thing."""
        consumer = self.consumers.get(config.consumer or "")
        if consumer:
            yield Applied(f"consumer {config.consumer}", ("consumer",), consumer)
        if consumer and consumer.preset and consumer.preset in self.presets:
            yield Applied(f"consumer {config.consumer}", ("consumer",), self.presets[consumer.preset])
        for index, name in enumerate(config.preset):
            if name in self.presets:
                path: Path = ("preset", f"[{index}]")
                yield Applied(f"preset {name}", path, self.presets[name])

    def faults(self, config: IntegrationConfig) -> Iterator[tuple[Path, str]]:
        """What is wrong with the presets, the consumer and the targets of an integration."""
        for index, name in enumerate(config.preset):
            if name not in self.presets:
                near = did_you_mean(name, self.presets)
                yield ("preset", f"[{index}]"), f'"{name}" is not a preset. There are {", ".join(self.presets)}{near}'
        if config.consumer and config.consumer not in self.consumers:
            near = did_you_mean(config.consumer, self.consumers) or "; leave it out, and choose a preset or write the grants"
            yield ("consumer",), f'"{config.consumer}" is not a consumer that is known here{near}'
        elif config.consumer and (refused := self.consumers[config.consumer].refused):
            yield ("consumer",), f"{self.consumers[config.consumer].title} cannot use a service principal's secret: {refused}"
            return
        yield from self._target_faults(config)

    def entitlement_faults(self, config: IntegrationConfig) -> Iterator[tuple[Path, str]]:
        """What an integration cannot have of the entitlements that its presets bring."""
        held = config.entitlements
        for applied in self.applied(config):
            together = tuple(dict.fromkeys((*held, *applied.needs.entitlements)))
            if problem := vocabulary.exclusion(together):
                yield applied.path, f"{applied.source} brings {' and '.join(applied.needs.entitlements)}, but {problem}"
            else:
                held = together

    def _target_faults(self, config: IntegrationConfig) -> Iterator[tuple[Path, str]]:
        applied = list(self.applied(config))
        for each in applied:
            for kind in each.needs.applied_to:
                if kind not in config.targets and kind not in each.needs.optional:
                    yield each.path, f'{each.source} grants access to {kind}; name them as "targets: {{{kind}: [...]}}"'
        wanted = {kind for each in applied for kind in each.needs.applied_to}
        for kind in config.targets:
            if kind not in wanted and applied:
                sources = list(dict.fromkeys(each.source for each in applied))
                grant = "grants" if len(sources) == 1 else "grant"
                yield ("targets", kind), f"{' and '.join(sources)} {grant} nothing on {kind}; leave it out, or write it below grants"
        if config.targets and not (config.preset or config.consumer):
            yield ("targets",), "are what a preset is granted on, and there is no preset; write grants instead"


def _read(text: str, name: str, known: PresetsFile) -> PresetsFile:
    """What a file adds to what is known."""
    tree = YamlTree.parse(text, name, lambda path: ".".join(path).replace(".[", "[") or "the file")
    faults = list(tree.faults)
    file = PresetsFile()
    try:
        file = PresetsFile.model_validate(tree.data or {})
    except ValidationError as error:
        faults += [
            ConfigFault(tree.key(path) if at_key else tree.value(path), summary) for path, summary, at_key in explanations(error, KEYS)
        ]
    for section, names in (("presets", known.presets), ("consumers", known.consumers)):
        taken = '"{}" is one that Brickpass brings; give yours another name'
        faults += [ConfigFault(tree.key((section, each)), taken.format(each)) for each in names if tree.has((section, each))]
    faults += [ConfigFault(tree.value(path), summary) for path, summary in _between_keys(tree.data, known)]
    if faults:
        raise ConfigFaults(faults)
    return file


def _between_keys(data: Tree, known: PresetsFile) -> Iterator[tuple[Path, str]]:
    """What contradicts between keys that may be right by themselves, whatever else is wrong beside them."""
    presets = [*known.presets, *_mapping(data, "presets")]
    for section in ("presets", "consumers"):
        for name in _mapping(data, section):
            needs = _mapping(data, section, name)
            grants = _mapping(needs, "grants")
            optional = needs.get("optional")
            for index, kind in enumerate(optional if isinstance(optional, list) else ()):
                if kind in KINDS and (kind not in grants or isinstance(grants[kind], dict)):
                    yield (
                        (section, name, "optional", f"[{index}]"),
                        f"{kind} are no targets of it, as it grants nothing on such; leave it out",
                    )
            preset = needs.get("preset")
            if section == "consumers" and isinstance(preset, str) and preset not in presets:
                problem = f'"{preset}" is not a preset. There are {", ".join(presets)}{did_you_mean(preset, presets)}'
                yield (section, name, "preset"), problem


def _mapping(data: Tree, *path: str) -> dict[str, Tree]:
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}
