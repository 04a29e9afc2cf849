"""`brickpass revoke`: ends secrets in the workspace at once, for a leak.

Of the stack it only reads the state, which takes no lock: a run that is at work, or one that was killed, keeps nobody waiting.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from model.clock import rfc3339
from model.faults import BrickpassError, WrongUse
from model.identity import is_marked
from operate.exits import FOUND_SOMETHING, GOOD
from operate.recovery.memory import Memory
from operate.recovery.principals import Principals, Secret
from operate.result import Result, Table
from operate.state import Deployed, chosen, export, integrations_in

Agreed = Callable[[str], bool]
"""Shows what is to be done, and says whether it may be done."""

COLUMNS = ("secret", "whose", "made", "ends", "became of it")


class Whose(Enum):
    """What a secret is: the word for scripts, and the words for people."""

    BUNDLE = ("bundle", "the one in the bundle")
    EARLIER = ("earlier", "an earlier one, for whoever has not taken the new one")
    LEFT = ("left", "an old one that the next `pulumi up` would end")
    STACK = ("stack", "made for this integration, and not in the state: a killed run's, or a newer state's")
    OTHER = ("other", "not made by this stack: a person's, or another tool's")

    def __init__(self, word: str, text: str) -> None:
        self.word, self.text = word, text


@dataclass(frozen=True)
class Live:
    """A secret that works."""

    principal_id: str
    secret: Secret
    whose: Whose

    @property
    def id(self) -> str:
        return self.secret.id

    @property
    def made(self) -> str | None:
        """None, as the next one, where the workspace does not say."""
        return rfc3339(self.secret.made_at) if self.secret.lifetime else None

    @property
    def ends(self) -> str | None:
        return rfc3339(self.secret.made_at + self.secret.lifetime) if self.secret.lifetime else None

    @property
    def text(self) -> str:
        return f"secret {self.id}, {self.whose.text} (made {self.made or 'nobody knows when'}, ends {self.ends or 'nobody knows when'})"


@dataclass(frozen=True)
class Revocation:
    integration: Deployed
    end: tuple[Live, ...]
    keep: tuple[Live, ...]
    """What works on."""
    missing: str | None
    """Asked for, and not there, or not any more."""

    @property
    def bundle_ends(self) -> bool:
        return any(each.whose is Whose.BUNDLE for each in self.end)

    @property
    def bundle_works(self) -> bool:
        return any(each.whose is Whose.BUNDLE for each in self.keep)

    @property
    def ended_before(self) -> bool:
        """Whether the state knows what is missing."""
        return self.integration.secrets is not None and self.missing in self.integration.secrets.ids

    def but(self, failed: Mapping[str, str]) -> "Revocation":
        """What it came to, where these could not be ended."""
        left = tuple(each for each in self.end if each.id in failed)
        return replace(self, end=tuple(each for each in self.end if each not in left), keep=(*self.keep, *left))


def revoke(
    name: str,
    *,
    secret: str | None,
    all_of_them: bool,
    stack: str | None,
    agreed: Agreed,
    progress: Callable[[str], None] = lambda _: None,
) -> Result:
    """Ends the secret of the bundle, or the one that is named, or all that the principal has, those of others included."""
    if secret and all_of_them:
        raise WrongUse("--secret is for one secret and --all for all of them; leave one of the two out")
    progress("reading the stack's state")
    state = export(stack)
    [integration] = chosen(integrations_in(state), [name])
    memory = Memory.of(state, stack=stack)
    wanted = None if all_of_them else secret or _of_the_bundle(integration)
    progress("asking the workspace for the secrets")
    place = memory.place
    principals = Principals(place.account_host or place.host, place.account_id, place.trusted_hosts)
    found = _revocation(integration, list(_live(integration, memory, principals)), wanted)
    if found.end and not (secret or all_of_them) and any(each.whose is not Whose.OTHER for each in found.keep):
        raise WrongUse(_several(found))
    if found.end and not agreed("\n".join(f"- {line}" for line in _planned(found))):
        raise WrongUse("nothing was done")
    progress("ending them")
    return _result(found, dict(_failed(found, principals)))


def _of_the_bundle(integration: Deployed) -> str:
    if not integration.secrets:
        raise WrongUse(f"{integration.name} has no secret in the state; --all ends whatever secrets its service principal has")
    return integration.secrets.secret_id


def _live(integration: Deployed, memory: Memory, principals: Principals) -> Iterator[Live]:
    external_id = f"{memory.external_ids_begin}{integration.name}"
    mine = [principal_id for principal_id, of in memory.holders.items() if of == external_id]
    if not mine:
        raise WrongUse(f"{integration.name} has no service principal yet, and so no secret; `pulumi up` makes both")
    for principal_id in mine:
        for secret in principals.secrets(principal_id):
            yield Live(principal_id, secret, _whose(integration, secret, external_id))


def _whose(integration: Deployed, secret: Secret, external_id: str) -> Whose:
    secrets = integration.secrets
    if secrets and secret.id == secrets.secret_id:
        return Whose.BUNDLE
    if secrets and secret.id in secrets.ids:
        return Whose.LEFT if secret.id in secrets.to_end else Whose.EARLIER
    return Whose.STACK if secret.lifetime and is_marked(secret.lifetime, external_id) else Whose.OTHER


def _several(found: Revocation) -> str:
    """After a rotation the one that leaked may be the one before, and to end the new one instead would help nobody."""
    lines = "\n".join(f"- {each.text}" for each in (*found.end, *found.keep))
    name = found.integration.name
    return f"{name} has several secrets that work; say which one with --secret ID, or --all of them. Nothing was done:\n{lines}"


def _revocation(integration: Deployed, live: Sequence[Live], wanted: str | None) -> Revocation:
    """Of the one that is wanted, or else of all."""
    end = tuple(each for each in live if wanted in (None, each.id))
    keep = tuple(each for each in live if each not in end)
    return Revocation(integration, end, keep, missing=None if end else wanted)


def _planned(found: Revocation) -> Iterator[str]:
    """For people, before it is done."""
    yield from (f"ended now: {each.text}" for each in found.end)
    yield from (f"kept: {each.text}" for each in found.keep)
    yield from _stops(found)


def _stops(found: Revocation) -> Iterator[str]:
    """What does not work any more, and what still does."""
    name, secrets = found.integration.name, found.integration.secrets
    if found.bundle_ends and secrets:
        yield f"The bundle of {name}, handed out since {rfc3339(secrets.issued_at)}, logs in no more."
    yield from (f"Whoever has secret {each.id} logs in no more." for each in found.end if each.whose is not Whose.BUNDLE)
    if found.keep:
        yield f"Whoever has {' or '.join(each.id for each in found.keep)} still logs in as {name}."
    else:
        yield f"Nobody logs in as {name} with a secret any more."
    yield "A token that was issued before is good until its hour is over."  # api-facts: 4.1


def _failed(found: Revocation, principals: Principals) -> Iterator[tuple[str, str]]:
    """Those that could not be ended, and why: one is no reason to leave the others."""
    for each in found.end:
        try:
            principals.end(each.principal_id, each.id)
        except BrickpassError as error:
            yield each.id, str(error)


def _result(found: Revocation, failed: Mapping[str, str]) -> Result:
    done = found.but(failed)
    became = {each: "not ended" if each.id in failed else "ended" for each in found.end}
    good = not failed and (not done.missing or done.ended_before)
    return Result(
        data={
            "integration": found.integration.name,
            "ended": [_as_json(each) for each in done.end],
            "endedBefore": [done.missing] if done.missing and done.ended_before else [],
            "notEnded": failed,
            "stillWork": [_as_json(each) for each in done.keep],
            "ok": good,
        },
        table=Table(COLUMNS, [(each.id, each.whose.text, each.made or "", each.ends or "", what) for each, what in became.items()]),
        summary="\n".join([*(f"Secret {each} still works: {why}" for each, why in failed.items()), *_summary(done)]),
        exit_code=GOOD if good else FOUND_SOMETHING,
    )


def _as_json(live: Live) -> dict[str, Any]:
    return {"id": live.id, "whose": live.whose.word, "made": live.made, "ends": live.ends}


def _summary(done: Revocation) -> Iterator[str]:
    name = done.integration.name
    if done.end:
        yield from _stops(done)
    if done.missing and done.ended_before:
        yield f"Secret {done.missing} had ended before."
    elif done.missing:
        works = ", ".join(each.id for each in done.keep) or "none"
        yield f"{name} has no secret {done.missing}: it had ended before, or is somebody else's. Those that work: {works}."
    if not (done.end or done.keep or done.missing):
        yield f"{name} has no secret that works."
    if done.integration.secrets and not done.bundle_works:
        yield "Now run `pulumi up --refresh`: it makes another secret. Without --refresh it would not notice that the old one has ended."
    elif any(each.whose in (Whose.EARLIER, Whose.LEFT) for each in done.end):
        yield "The bundle works on. `pulumi refresh` tells the state what has ended."
