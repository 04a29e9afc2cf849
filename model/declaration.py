"""What an integration is to have on a day: its config with presets and consumer expanded, and without what has ended."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from model.config import IntegrationConfig, OwnedLevel, StackConfig, Timed, TimedLevel, TimedPrivileges, Value
from model.grants import DeclaredGrant, Wanted, grants_of
from model.kinds import KINDS
from model.presets import Applied, Presets
from model.yamltree import Path


@dataclass(frozen=True)
class Ending:
    """Something that is declared until a day."""

    path: Path
    """Where it stands in the integration's part of the file; nothing for the integration itself."""
    until: date
    over: bool


@dataclass(frozen=True)
class Declaration:
    """One integration as it is to be today."""

    config: IntegrationConfig
    entitlements: tuple[str, ...]
    groups: tuple[str, ...]
    role: str | None
    grants: tuple[DeclaredGrant, ...]
    endings: tuple[Ending, ...]
    deliver: tuple[str, ...] = ()
    """The addresses that its bundle is brought to."""
    applied: tuple[Applied, ...] = ()
    """The presets and the consumer that it names."""
    wanted: tuple[Wanted, ...] = ()
    """What the grants come from, one by one."""

    @property
    def ended_on(self) -> date | None:
        """Its own last day, where that is over: whatever it was given is taken away, but for a principal that cannot log in any more.

        That one stays until the file no longer names the integration, so that a prolongation has the same Client ID.
        """
        return next((ending.until for ending in self.endings if ending.over and not ending.path), None)

    @property
    def ended(self) -> bool:
        return self.ended_on is not None


def declarations(config: StackConfig, presets: Presets, today: date) -> dict[str, Declaration]:
    """All integrations of a stack, as they are to be on a day (in UTC)."""
    return {name: declare(integration, presets, today) for name, integration in config.integrations.items()}


def declare(config: IntegrationConfig, presets: Presets, today: date) -> Declaration:
    ended = _over(config.until, today)
    applied = tuple(presets.applied(config))
    entitlements = dict.fromkeys((*config.entitlements, *(word for each in applied for word in each.needs.entitlements)))
    wanted = () if ended else (*_of_presets(config, applied), *_of_grants(config, today))
    return Declaration(
        config=config,
        entitlements=() if ended else tuple(entitlements),
        groups=() if ended else config.groups,
        role=None if ended else config.role,
        grants=tuple(grants_of(wanted)),
        endings=tuple(_endings(config, today)),
        deliver=() if ended else config.deliver,
        applied=applied,
        wanted=wanted,
    )


def _of_presets(config: IntegrationConfig, applied: Iterable[Applied]) -> Iterator[Wanted]:
    for each in applied:
        for kind, value in each.needs.grants.items():
            if isinstance(value, Mapping):
                for name, on_this in value.items():
                    yield Wanted(kind, name, on_this, each.path, each.source)
            else:
                for index, name in enumerate(config.targets.get(kind, ())):
                    yield Wanted(kind, name, value, ("targets", kind, f"[{index}]"), each.source)


def _of_grants(config: IntegrationConfig, today: date) -> Iterator[Wanted]:
    for kind in KINDS:
        for name, said in config.grants.get(kind, {}).items():
            if not (isinstance(said, Timed) and _over(said.until, today)):
                next_owner = said.next_owner if isinstance(said, OwnedLevel) else None
                yield Wanted(kind, name, _value(said), ("grants", kind, name), None, next_owner)


def _over(until: date | None, today: date) -> bool:
    # The last day itself still counts.
    return until is not None and until < today


def _value(said: Value | TimedLevel | TimedPrivileges) -> Value:
    match said:
        case TimedLevel():
            return said.level
        case TimedPrivileges():
            return said.privileges
        case _:
            return said


def _endings(config: IntegrationConfig, today: date) -> Iterator[Ending]:
    if config.until:
        yield Ending((), config.until, over=_over(config.until, today))
    for kind, by_name in config.grants.items():
        for name, said in by_name.items():
            if isinstance(said, Timed) and said.until:
                yield Ending(("grants", kind, name), said.until, over=_over(said.until, today))
