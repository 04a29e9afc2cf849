"""`brickpass schedule`: which secrets there are, until when, and whether one would lapse before the next run. The state alone is asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from model.clock import now, rfc3339
from model.durations import duration
from model.faults import WrongUse
from operate.exits import FOUND_SOMETHING, GOOD
from operate.result import Result, Table
from operate.secrets import Secrets
from operate.state import Deployed, chosen, deployed

ROTATIONS = 4
COLUMNS = ("integration", "secret", "issued", "works until", "next rotation", "state")


@dataclass(frozen=True)
class Look:
    """The time of looking, and of what is looked ahead to."""

    at: datetime
    next_run: timedelta | None
    """As the command line says it; what is declared is each integration's own."""

    def until(self, integration: Deployed) -> datetime | None:
        """The next run after this one; None where nobody says when it is."""
        ahead = self.next_run or integration.runs_every
        return self.at + ahead if ahead else None


def schedule(names: Sequence[str], *, stack: str | None, next_run: str | None = None, ics: Path | None = None) -> Result:
    """Looks at the named integrations, or all; writes a calendar where one is asked for."""
    look = Look(now(), _duration(next_run) if next_run else None)
    integrations = chosen(deployed(stack), names)
    if ics:
        _write(ics, integrations, look.at)
    return _result(integrations, look, {each.name: said for each in integrations if (said := _problem(each, look))})


def _duration(said: str) -> timedelta:
    try:
        return duration(said)
    except ValueError as error:
        raise WrongUse(f"--next-run: {error}") from None


def _write(ics: Path, integrations: Sequence[Deployed], moment: datetime) -> None:
    from operate.calendar import calendar  # noqa: PLC0415 -- only who wants a calendar waits for what makes one

    try:
        ics.write_bytes(calendar(integrations, moment, rotations=ROTATIONS))
    except OSError as error:
        raise WrongUse(f"{ics} cannot be written: {error.strerror}") from None


def _problem(integration: Deployed, look: Look) -> str | None:
    """Why somebody has to do something before the next run, and what."""
    if integration.ended_on or (integration.federation and integration.bundle):
        return None
    if integration.federation:
        return "its deployment did not come to its federation; `pulumi up` finishes it"
    if not integration.secrets:
        return "its deployment did not come to a secret; `pulumi up` finishes it"
    return _lapse(integration.secrets, look.at, look.until(integration)) or _overdue(integration, integration.secrets, look.at)


def _lapse(secrets: Secrets, moment: datetime, next_run: datetime | None) -> str | None:
    ends = rfc3339(secrets.expires_at)
    if secrets.gone:
        return f"somebody ended its secret {secrets.secret_id}; `pulumi up` makes another"
    if not secrets.works_at(moment):
        return f"its secret ended on {ends}; `pulumi up` makes another"
    if secrets.not_rotated:
        return f"its secret was to be replaced and was not ({secrets.not_rotated.rstrip('.')}); run `pulumi up` again before {ends}"
    if next_run and not secrets.works_at(next_run):
        due = secrets.rotates_at
        when = f"between {rfc3339(due)} and then" if due > moment else "now"
        return f"its secret ends on {ends}, before the next run on {rfc3339(next_run)}; run `pulumi up` {when}"
    return None


def _overdue(integration: Deployed, secrets: Secrets, moment: datetime) -> str | None:
    if integration.runs_every and secrets.rotates_at + integration.runs_every < moment:
        return f"its secret was due on {rfc3339(secrets.rotates_at)}, and no run has replaced it since; run `pulumi up`"
    return None


def _result(integrations: Sequence[Deployed], look: Look, problems: dict[str, str]) -> Result:
    return Result(
        data={
            "now": rfc3339(look.at),
            "integrations": {each.name: _as_json(each, look, problems.get(each.name)) for each in integrations},
        },
        table=Table(COLUMNS, [(each.name, *row) for each in integrations for row in _rows(each, look.at)]),
        summary="\n".join([*(f"{name}: {problem}" for name, problem in problems.items()), _tally(integrations, look, len(problems))]),
        exit_code=FOUND_SOMETHING if problems else GOOD,
    )


def _as_json(integration: Deployed, look: Look, problem: str | None) -> dict[str, Any]:
    secrets, next_run = integration.secrets, look.until(integration)
    return {
        "ok": problem is None,
        "problem": problem,
        "nextRun": rfc3339(next_run) if next_run else None,
        "rotatesAt": rfc3339(secrets.rotates_at) if secrets else None,
        "rotations": [rfc3339(at) for _, at in islice(secrets.rotations(look.at), ROTATIONS)] if secrets else [],
        "secrets": [
            {"id": each, "issuedAt": issued or None, "worksUntil": until or None, "state": state}
            for each, issued, until, _, state in _rows(integration, look.at)
            if secrets
        ],
    }


def _rows(integration: Deployed, moment: datetime) -> Iterator[tuple[str, str, str, str, str]]:
    """Secret, issued, works until, next rotation, state."""
    secrets = integration.secrets
    if not secrets:
        yield "", "", "", "", _without_one(integration)
        return
    state = "gone" if secrets.gone else "current" if secrets.works_at(moment) else "ended"
    due = "due now" if secrets.rotates_at <= moment else rfc3339(secrets.rotates_at)
    yield secrets.secret_id, rfc3339(secrets.issued_at), rfc3339(secrets.expires_at), due, state
    for each in secrets.earlier_at(moment):
        yield each.secret_id, rfc3339(each.issued_at), rfc3339(each.ends_at(moment)), "", "earlier"
    for secret_id in secrets.to_end:
        yield secret_id, "", "", "", "ended by the next run"


def _without_one(integration: Deployed) -> str:
    if integration.ended_on:
        return f"was over on {integration.ended_on}"
    return "no secret: logs in by federation" if integration.federation else "missing"


def _tally(integrations: Sequence[Deployed], look: Look, problems: int) -> str:
    if not integrations:
        return "This stack has no integrations."
    counted = f"{len(integrations)} integration{'s' if len(integrations) != 1 else ''}"
    if problems:
        return f"{counted}, of which {problems} need{'s' if problems == 1 else ''} a run."
    ahead = [until for each in integrations if (until := look.until(each))]
    return f"{counted}: no secret lapses before the next run on {rfc3339(min(ahead))}." if ahead else f"{counted}: no secret has ended."
