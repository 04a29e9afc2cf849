"""A calendar of rotations ahead and of the ends of secrets. There is nothing secret in it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from uuid import NAMESPACE_URL, uuid5

from icalendar import Calendar, Event

from model.clock import rfc3339
from model.durations import spelled
from operate.secrets import Secrets
from operate.state import Deployed

SHOWN = timedelta(hours=1)
"""How long an event lasts, so that it is seen."""


def calendar(integrations: Sequence[Deployed], moment: datetime, *, rotations: int) -> bytes:
    """In the format of RFC 5545. What is imported again takes the place of what it was before, by its UID."""
    made = Calendar()
    made.add("prodid", "-//brickpass//schedule//EN")
    made.add("version", "2.0")
    for integration in integrations:
        if integration.secrets and not integration.ended_on:
            for event in _events(integration, integration.secrets, moment, rotations):
                event.add("dtstamp", moment)
                made.add_component(event)
    written: bytes = made.to_ical()
    return written


def _events(integration: Deployed, secrets: Secrets, moment: datetime, rotations: int) -> Iterator[Event]:
    name = integration.name
    for period, at in islice(secrets.rotations(moment), rotations):
        told = f"The one before works on for {spelled(timedelta(seconds=secrets.overlap))}: its consumer needs the new one by then."
        # By its Client ID, an integration of the same name in another stack is another one.
        key = f"{integration.client_id}/{name}/{period}"
        yield _event(key, at, f"Rotate the secret of {name}: the next pulumi up does it", told)
    if secrets.works_at(moment):
        told = f"It is the one in the bundle, issued on {rfc3339(secrets.issued_at)}: by then a `pulumi up` must have replaced it."
        yield _event(secrets.secret_id, secrets.expires_at, f"The secret of {name} ends", told)
    for each in secrets.earlier_at(moment):
        told = f"Issued on {rfc3339(each.issued_at)}: whoever still has it must have taken the new one by then."
        yield _event(each.secret_id, each.ends_at(moment), f"An earlier secret of {name} ends", told)


def _event(key: str, at: datetime, summary: str, description: str) -> Event:
    event = Event()
    event.add("uid", str(uuid5(NAMESPACE_URL, f"brickpass:{key}")))
    event.add("summary", summary)
    event.add("description", description)
    event.add("dtstart", at)
    event.add("duration", SHOWN)
    # Nobody is busy because of it.
    event.add("transp", "TRANSPARENT")
    return event
