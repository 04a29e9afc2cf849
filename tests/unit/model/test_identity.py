"""A secret's lifetime shows whose it is, and what people ask for never does."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from model.identity import external_id_of, is_marked, marked_lifetime, shortened
from model.schedule import LONGEST_LIFETIME
from provider.secret_state import SecretInputs, SecretState

HOUR = timedelta(hours=1)
AT_MOST = LONGEST_LIFETIME // HOUR
counts = st.integers(min_value=1, max_value=AT_MOST) | st.sampled_from([AT_MOST, AT_MOST - 1])
hours = counts.map(lambda count: count * HOUR)
names = st.from_regex(r"brickpass:[a-z-]{1,20}/[a-z-]{1,20}/[a-z][a-z0-9-]{0,30}", fullmatch=True)
seconds = st.integers(min_value=-2, max_value=2).map(lambda count: timedelta(seconds=count))


def test_the_external_id_is_read_off_a_urn() -> None:
    """Project, stack and integration, whatever the types between them."""
    urn = "urn:pulumi:acme-prod::access::brickpass:index:Integration$brickpass:index:RotatingSecret::alchemer"

    assert external_id_of(urn) == "brickpass:access/acme-prod/alchemer"


@given(hours, names, seconds)
def test_a_marked_lifetime_is_recognized_however_it_is_rounded(lifetime: timedelta, name: str, rounded: timedelta) -> None:
    """It is at least as long as asked for, but for the longest, and never longer than Databricks allows."""
    marked = marked_lifetime(lifetime, name)

    assert is_marked(marked + rounded, name)
    assert lifetime - shortened(lifetime) < marked <= min(lifetime + HOUR, LONGEST_LIFETIME)
    assert shortened(lifetime) <= HOUR


@given(hours, names, seconds)
def test_whole_hours_are_nobodys_mark(lifetime: timedelta, name: str, rounded: timedelta) -> None:
    """What a person asks for, and what Databricks gives by default, is not taken for ours."""
    assert not is_marked(lifetime + rounded, name)


@given(st.data(), names)
def test_a_new_secret_needs_no_other(data: st.DataObject, name: str) -> None:
    """For every schedule that a stack file may have: a secret made as its period begins lasts it out."""
    overlap = data.draw(st.integers(min_value=1, max_value=AT_MOST // 2 - 1) | st.sampled_from([1, 2, 3]))
    longest = AT_MOST - overlap
    rotate_every = data.draw(st.integers(min_value=overlap + 1, max_value=longest) | st.just(longest))
    begun = datetime(2026, 1, 5, tzinfo=UTC)
    inputs = SecretInputs(
        integration="alchemer",
        principal_id="1",
        application_id="a",
        period=0,
        rotate_every=rotate_every * 3600,
        overlap=overlap * 3600,
        anchor=begun.isoformat(),
        generation=1,
    )
    ends = begun + marked_lifetime(inputs.schedule.lifetime, name)
    state = SecretState.model_validate(
        inputs.model_dump()
        | {"secret_id": "s", "client_secret": "c", "issued_at": begun.isoformat(), "expires_at": ends.isoformat(), "rotates_at": "-"}
        | {"revision": "r"}
    )

    assert state.why_another(inputs) is None
    assert ends > inputs.schedule.rotates_at(0)
