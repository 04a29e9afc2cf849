"""What a preview says beside the resources: what presets came to, what is implied, and what ends when."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

import pulumi

from components.preflight import Answer
from model.clock import now
from model.declaration import Declaration, Ending
from model.grants import DeclaredSecurableGrant, Wanted
from model.kinds import OBJECT_KINDS, SECURABLE_KINDS
from model.stackfile import StackFile

SOON = timedelta(days=14)
"""From this on, an end that is to come is a warning, in an update too."""


def is_gone(name: str, declaration: Declaration, answer: Answer) -> bool:
    """Whether an integration whose last day is over leaves nothing: it has no principal of its own that would have to be kept."""
    return declaration.ended and (bool(declaration.config.adopt) or name not in answer.made)


def announce(file: StackFile, declared: Mapping[str, Declaration], answer: Answer) -> None:
    """Each line is one that whoever reads the preview would otherwise have to work out."""
    for name, declaration in declared.items():
        for ending in declaration.endings:
            _say_ending(file, name, ending, gone=is_gone(name, declaration, answer))
        if pulumi.runtime.is_dry_run():
            for line in (*_from_presets(declaration), *_implied(declaration)):
                pulumi.log.info(f"{name}: {line}")


def _say_ending(file: StackFile, name: str, ending: Ending, *, gone: bool) -> None:
    place = file.place(("integrations", name, *ending.path, "until"))
    if not ending.over:
        if ending.until - now().date() <= SOON:
            pulumi.log.warn(f"{place}: holds up to and including {ending.until}; the first `pulumi up` after that day takes it away")
        elif pulumi.runtime.is_dry_run():
            pulumi.log.info(f"{place}: holds up to and including {ending.until}")
    elif ending.path:
        pulumi.log.warn(f"{place}: was over on {ending.until}, so it is taken away; take it out of the file, or prolong it")
    elif gone:
        pulumi.log.warn(f"{place}: was over on {ending.until}, so nothing of it is left; take it out of the file, or prolong it")
    else:
        pulumi.log.warn(
            f"{place}: was over on {ending.until}, so its access and its secret are taken away; its principal stays, unable to log in, "
            "until the file does not name the integration any more (a protected one says `retire: true` first)"
        )


def _from_presets(declaration: Declaration) -> Iterator[str]:
    for source in dict.fromkeys(applied.source for applied in declaration.applied):
        needs = [applied.needs for applied in declaration.applied if applied.source == source]
        given = [word for each in needs for word in each.entitlements]
        given += [_spelled(each) for each in declaration.wanted if each.source == source]
        about = next((each.about for each in needs if each.about), "its guide names no privilege")
        yield f"{source} gives {'; '.join(given) if given else f'nothing: {about}'}"


def _implied(declaration: Declaration) -> Iterator[str]:
    implied = [
        f"{', '.join(grant.implied)} on {SECURABLE_KINDS[grant.kind].noun} {grant.full_name}"
        for grant in declaration.grants
        if isinstance(grant, DeclaredSecurableGrant) and grant.implied
    ]
    if implied:
        yield f"implied, since the rest is useless without: {'; '.join(implied)}"


def _spelled(wanted: Wanted) -> str:
    if isinstance(wanted.value, str):
        return f"{wanted.value} on {OBJECT_KINDS[wanted.kind].noun} {wanted.name}"
    return f"{', '.join(wanted.value)} on {SECURABLE_KINDS[wanted.kind].noun} {wanted.name}"
