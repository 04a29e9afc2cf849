"""What a delivery says, of which nothing may ever be a value that it brings."""

import logging
import traceback
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from delivery.outcome import NotDelivered, Outcome
from delivery.targets import deliver
from model.delivery import Address
from tests.delivery.serving import CANARY, a_bundle


def _in_base64(text: str, *, after: int) -> str:
    """What is the same of it in base64 whatever stands before it, if that is so many bytes more than a multiple of three."""
    whole = len(text) - (len(text) + after) % 3
    return b64encode(b"\0" * after + text[:whole].encode()).decode()[(0, 2, 3)[after] :]


FORMS = (CANARY, *(_in_base64(CANARY, after=after) for after in range(3)))


def delivered(to: str, secret: str = CANARY, *, number: int = 1) -> Outcome:
    return deliver("alchemer", a_bundle(secret, number=number), Address.parse(to))


def refused(to: str) -> str:
    """Why it is not delivered, in one sentence. Not even a traceback has the secret."""
    with pytest.raises(NotDelivered) as caught:
        delivered(to)
    said = str(caught.value)
    assert "\n" not in said
    assert not shown_in(said + repr(caught.value) + "".join(traceback.format_exception(caught.value)))
    return said


def shown_in(text: str) -> bool:
    return any(form in text for form in FORMS)


@contextmanager
def listening(*loggers: str) -> Iterator[list[str]]:
    """All that is logged at any level, with all that handlers could make of it; of loggers, too, that keep theirs to themselves."""
    heard: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(f"{record.getMessage()} {vars(record)}")

    ear = Ear(logging.DEBUG)
    ears = [(log, log.level) for log in map(logging.getLogger, ("", *loggers))]
    for log, _ in ears:
        log.addHandler(ear)
        log.setLevel(logging.DEBUG)
    try:
        yield heard
    finally:
        for log, level in ears:
            log.removeHandler(ear)
            log.setLevel(level)
