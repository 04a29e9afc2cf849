"""What a preview says beside the resources: what presets came to, what is implied, and what ends when."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import timedelta

import pulumi

from model.clock import now
from model.declaration import Declaration, Ending
from model.grants import DeclaredObjectGrant, DeclaredSecurableGrant
from model.kinds import OBJECT_KINDS, SECURABLE_KINDS
from model.stackfile import StackFile

SOON = timedelta(days=14)
"""From this on, an end that is to come is a warning, in an update too."""


def announce(file: StackFile, declared: Mapping[str, Declaration], protect: bool) -> None:  # noqa: FBT001 - the stack's word
    """Each line is one that whoever reads the preview would otherwise have to work out."""
    for name, declaration in declared.items():
        for ending in declaration.endings:
            _say_ending(file, name, declaration, ending, protect=protect)
        if pulumi.runtime.is_dry_run():
            for line in (*_from_presets(declaration), *_implied(declaration)):
                pulumi.log.info(f"{name}: {line}")


def _say_ending(file: StackFile, name: str, declaration: Declaration, ending: Ending, *, protect: bool) -> None:
    place = file.place(("integrations", name, *ending.path, "until"))
    if not ending.over:
        say = pulumi.log.warn if ending.until - now().date() <= SOON else pulumi.log.info
        if say is pulumi.log.warn or pulumi.runtime.is_dry_run():
            say(f"{place}: holds up to and including {ending.until}; the first `pulumi up` after that day takes it away")
    elif ending.path or declaration.is_gone(protect=protect):
        pulumi.log.warn(f"{place}: was over on {ending.until}, so it is taken away; take it out of the file, or prolong it")
    else:
        pulumi.log.warn(
            f"{place}: was over on {ending.until}, so its access and its secret are taken away; its principal is protected and stays, "
            "unable to log in, until the file says `retire: true`"
        )


def _from_presets(declaration: Declaration) -> Iterator[str]:
    by_source: defaultdict[str, list[str]] = defaultdict(list)
    for grant in declaration.grants:
        if grant.source:
            by_source[grant.source].append(_spelled(grant))
    for source, grants in by_source.items():
        yield f"{source} gives {'; '.join(grants)}"


def _implied(declaration: Declaration) -> Iterator[str]:
    implied = [
        f"{', '.join(grant.implied)} on {SECURABLE_KINDS[grant.kind].noun} {grant.full_name}"
        for grant in declaration.grants
        if isinstance(grant, DeclaredSecurableGrant) and grant.implied
    ]
    if implied:
        yield f"implied, since the rest is useless without: {'; '.join(implied)}"


def _spelled(grant: DeclaredObjectGrant | DeclaredSecurableGrant) -> str:
    if isinstance(grant, DeclaredObjectGrant):
        return f"{grant.level} on {OBJECT_KINDS[grant.kind].noun} {grant.reference}"
    return f"{', '.join(grant.privileges)} on {SECURABLE_KINDS[grant.kind].noun} {grant.full_name}"
