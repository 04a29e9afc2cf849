"""What is taken for a moment's trouble, and what for an answer."""

import pytest
import requests
from databricks.sdk.core import DatabricksError
from databricks.sdk.errors import (
    BadRequest,
    DataLoss,
    DeadlineExceeded,
    InternalError,
    NotFound,
    PermissionDenied,
    ResourceExhausted,
    TemporarilyUnavailable,
    TooManyRequests,
)

from checks.troubles import Endurance, LoginUnanswered, StillInTrouble, Trouble, enduring, trouble_of
from checks.waiting import heard_by


def out_of_time(cause: Exception) -> TimeoutError:
    """As the SDK ends what it repeated."""
    error = TimeoutError("Timed out after 0:05:00")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (TooManyRequests("later", retry_after_secs=3), "busy (429)"),
        (InternalError("None REQUEST_LIMIT_EXCEEDED: Workspace 1 exceeded the concurrent limit of 4 requests."), "busy (429 in another"),
        (InternalError("oops"), "internal error (500)"),
        (DatabricksError("502 Bad Gateway"), "gateway"),
        (TemporarilyUnavailable("soon", retry_after_secs=1), "not available (503)"),
        (DeadlineExceeded("slow"), "(504)"),
        (requests.ConnectionError("reset by peer"), "connection"),
        (requests.ReadTimeout("slow"), "in time"),
        (requests.exceptions.ChunkedEncodingError("IncompleteRead"), "broke off"),
        (LoginUnanswered("busy"), "login"),
        (out_of_time(TooManyRequests("later", retry_after_secs=3)), "busy (429)"),
        (out_of_time(BadRequest("There is no worker environment with id 3")), "asks to try again"),
    ],
    ids=str,
)
def test_a_trouble_has_a_reason(error: Exception, reason: str) -> None:
    """It is what the user sees while it lasts."""
    trouble = trouble_of(error)

    assert trouble
    assert reason in trouble.reason


@pytest.mark.parametrize(
    "error",
    [
        PermissionDenied("no"),
        NotFound("nothing"),
        BadRequest("malformed"),
        ResourceExhausted("as many as there may be"),
        DataLoss("gone"),
        StillInTrouble("for minutes"),
        ValueError("ours"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_answer_is_no_trouble(error: Exception) -> None:
    """A refusal above all: no waiting mends it."""
    assert trouble_of(error) is None


def test_the_pauses_grow_and_obey_the_workspace() -> None:
    """From half a second to some seconds, never less than was asked for, and each is said."""
    heard: list[tuple[str, float]] = []
    endurance = Endurance(clock=lambda: 0.0)

    with heard_by(lambda reason, seconds: heard.append((reason, seconds))):
        pauses = [endurance.pause(Trouble("busy")) or 0 for _ in range(6)]
        asked = endurance.pause(Trouble("busy", 60.0)) or 0

    assert all(least <= pause <= 1.5 * least for least, pause in zip([0.5, 1, 2, 4, 8, 8], pauses, strict=True))
    assert 60 <= asked <= 64
    assert heard == [("busy", pause) for pause in [*pauses, asked]]


def test_the_last_answer_comes_out_when_the_time_is_over() -> None:
    """In one sentence, and soon after a limit that is short."""

    def call() -> str:
        raise InternalError("a pipe burst")

    with pytest.raises(StillInTrouble, match=r"the list was tried once: the workspace had an internal error .*last: a pipe burst"):
        enduring("the list", call, limit_s=0.1)


def test_a_wait_that_is_longer_than_the_limit_is_said() -> None:
    """It is not begun: what was tried, how long, and how long the workspace wants to be left alone."""
    moments = iter([0.0, 0.0, 40.0, 40.0])
    endurance, error = Endurance(clock=lambda: next(moments)), TooManyRequests("later")

    assert endurance.pause(Trouble("busy"))
    assert endurance.pause(Trouble("busy", 600.0)) is None
    assert str(endurance.over("the list", Trouble("busy", 600.0), error)) == (
        "the list was tried for 40 s: busy, and asks to wait 600 s. Run the same command again later; last: later"
    )
