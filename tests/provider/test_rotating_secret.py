"""`RotatingSecret` on real secrets: two at most are alive, and none that nobody knows."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from requests.exceptions import JSONDecodeError

from model.clock import instant, now, rfc3339
from model.identity import external_id_of, is_marked
from provider import secret_maker
from provider.secret_maker import NoSecret
from provider.secret_state import SecretInputs, SecretState
from provider.secrets_api import NewSecret, SecretsApi
from provider.wire import Plain, Wire, plain_map, properties
from provider.workspace import Json, Unanswered
from tests.harness import Newcomer, Sandbox
from tests.provider.conftest import Drive, Engine, Provider

URN = "urn:pulumi:test::brickpass::brickpass:index:RotatingSecret::alchemer"
HOUR = 3600
DAY = 24 * HOUR


@pytest.fixture
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes late is looked for at once."""
    monkeypatch.setattr(secret_maker, "LATE_S", 0.0)


def wanted(newcomer: Newcomer, *, period: int = 0, **more: object) -> SecretInputs:
    """Whatever its number, the period begins today, so that no clock needs to be moved."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    anchor = (today - period * timedelta(days=90)).isoformat()
    known = {"integration": "alchemer", "rotate_every": 90 * DAY, "overlap": 14 * DAY, "anchor": anchor, "period": period, "generation": 1}
    return SecretInputs.model_validate(known | {"principal_id": newcomer.id, "application_id": newcomer.application_id} | more)


def changed(provider: Provider, state: SecretState, new: SecretInputs) -> list[str]:
    """What a preview would show."""
    return [change.property for change in provider.rotating_secret.diff(as_engine_has_it(state), as_engine_has_it(new))]


def days_pass(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    """For the product alone: the workspace ends nothing meanwhile by itself."""
    monkeypatch.setenv("BRICKPASS_NOW", rfc3339(now() + timedelta(days=days)))


def works(sandbox: Sandbox, state: SecretState) -> bool:
    return sandbox.login(state.application_id, state.client_secret.get_secret_value()).status_code == 200


def alive(sandbox: Sandbox, newcomer: Newcomer) -> set[str]:
    """The ids of all secrets of a principal but the one that the test's own login uses."""
    mine = sorted(sandbox.admin.service_principal_secrets_proxy.list(newcomer.id), key=lambda secret: secret.create_time or "")
    return {secret.id for secret in mine[1:] if secret.id}


def test_a_secret_lives_for_its_period_and_the_overlap(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """It is made in one request after a look at what there is, works, and ends within an hour after `rotate_every` and `overlap`."""
    created = drive(lambda provider: provider.rotating_secret.create(wanted(newcomer), urn=URN))

    assert [asked.split()[0] for asked in drive.asked() if "credentials" in asked] == ["GET", "POST"]
    assert works(sandbox, created.state)
    lifetime = instant(created.state.expires_at) - instant(created.state.issued_at)
    assert timedelta(days=104) < lifetime < timedelta(days=104, hours=1)
    assert is_marked(lifetime, external_id_of(URN))
    assert instant(created.state.rotates_at) == instant(created.state.anchor) + timedelta(days=90)


def test_the_secret_before_works_through_its_overlap(
    sandbox: Sandbox, newcomer: Newcomer, drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the next period there are two that work; when the overlap is over, the run that finds it ends the one before."""

    async def a_rotation(provider: Provider) -> list[SecretState]:
        created = await provider.rotating_secret.create(wanted(newcomer), urn=URN)
        second = await provider.rotating_secret.update(created.id, created.state, wanted(newcomer, period=1), urn=URN)
        both_work = works(sandbox, created.state) and works(sandbox, second)
        assert both_work
        assert changed(provider, second, wanted(newcomer, period=1)) == []
        days_pass(monkeypatch, 15)
        assert changed(provider, second, wanted(newcomer, period=1)) == ["earlier"]
        return [created.state, second, await provider.rotating_secret.update(created.id, second, wanted(newcomer, period=1), urn=URN)]

    first, second, after = drive(a_rotation)

    assert [works(sandbox, state) for state in (first, second)] == [False, True]
    assert alive(sandbox, newcomer) == {second.secret_id}
    assert (after.secret_id, after.revision, after.earlier) == (second.secret_id, second.revision, ())


def test_another_rotation_takes_nothing_of_the_overlap(
    sandbox: Sandbox, newcomer: Newcomer, drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever was handed a secret before two rotations has the whole overlap to take the newest, as after one."""

    async def two_rotations(provider: Provider) -> list[SecretState]:
        created = await provider.rotating_secret.create(wanted(newcomer), urn=URN)
        second = await provider.rotating_secret.update(created.id, created.state, wanted(newcomer, generation=2), urn=URN)
        days_pass(monkeypatch, 13)
        third = await provider.rotating_secret.update(created.id, second, wanted(newcomer, generation=3), urn=URN)
        all_work = [works(sandbox, state) for state in (created.state, second, third)]
        assert all_work == [True, True, True]
        days_pass(monkeypatch, 2)
        last = await provider.rotating_secret.update(created.id, third, wanted(newcomer, generation=3), urn=URN)
        return [created.state, second, third, last]

    first, second, third, last = drive(two_rotations)

    assert [works(sandbox, state) for state in (first, second, third)] == [False, True, True]
    assert [each.secret_id for each in last.earlier] == [second.secret_id]


def test_a_preview_names_what_rotates_and_why(
    newcomer: Newcomer, drive: Drive, engine: tuple[Engine, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose secret, the reason, and until when the one before works; nothing where none is due."""
    first = wanted(newcomer)

    async def foretold(provider: Provider) -> SecretState:
        state = (await provider.rotating_secret.create(first, urn=URN)).state
        gone = state.model_copy(update={"gone": True})
        for old, new in (
            (state, first),
            (state, wanted(newcomer, period=1)),
            (state, wanted(newcomer, generation=2)),
            (state, wanted(newcomer, rotate_every=180 * DAY)),
            (gone, first),
        ):
            await provider.rotating_secret.foretell(old, new, urn=URN)
        return state

    monkeypatch.setenv("BRICKPASS_NOW", rfc3339(now()))
    state = drive(foretold)

    still = f"; the secret before works until {rfc3339(now() + timedelta(days=14))}"
    begun, ends = rfc3339(instant(first.anchor)), state.expires_at
    assert engine[0].heard == [
        f"alchemer gets another secret, since a period of 90d began on {begun}{still}",
        f"alchemer gets another secret, since generation 2 is declared{still}",
        f"alchemer gets another secret, since the one before ends on {ends}, earlier than the overlap after the next rotation{still}",
        "alchemer gets another secret, since somebody ended the one before in the workspace",
    ]


def test_nothing_is_made_while_the_period_and_the_generation_are_the_same(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """A schedule that the living secret fulfils is only written down."""

    async def rescheduled(provider: Provider) -> tuple[SecretState, SecretState]:
        created = await provider.rotating_secret.create(wanted(newcomer), urn=URN)
        shorter = wanted(newcomer, overlap=7 * DAY)
        return created.state, await provider.rotating_secret.update(created.id, created.state, shorter, urn=URN)

    before, after = drive(rescheduled)

    assert (after.secret_id, after.overlap) == (before.secret_id, 7 * DAY)
    assert alive(sandbox, newcomer) == {before.secret_id}


def test_a_longer_period_makes_a_secret_that_lasts_it_out(newcomer: Newcomer, drive: Drive) -> None:
    """A secret that would end before the next boundary plus overlap is replaced, though the period's number is the same."""
    longer = wanted(newcomer, rotate_every=180 * DAY)

    async def lengthened(provider: Provider) -> tuple[SecretState, SecretState, list[str]]:
        created = await provider.rotating_secret.create(wanted(newcomer), urn=URN)
        before = created.state.model_dump(by_alias=True)
        changes = [change.property for change in provider.rotating_secret.diff(before, longer.model_dump(by_alias=True))]
        return created.state, await provider.rotating_secret.update(created.id, created.state, longer, urn=URN), changes

    before, after, changes = drive(lengthened)

    assert changes == ["rotateEvery"]
    assert after.secret_id != before.secret_id
    assert instant(after.expires_at) >= instant(after.rotates_at) + timedelta(days=14)


@pytest.mark.usefixtures("_at_once")
@pytest.mark.parametrize("status", [503, 500, 504, 429])
def test_a_lost_answer_leaves_no_second_secret(sandbox: Sandbox, newcomer: Newcomer, drive: Drive, status: int) -> None:
    """A secret that was made but never told is ended before another is made."""
    sandbox.fail(method="POST", path="/credentials/secrets", status=status, times=1, when="after")

    created = drive(lambda provider: provider.rotating_secret.create(wanted(newcomer), urn=URN))

    assert works(sandbox, created.state)
    assert alive(sandbox, newcomer) == {created.state.secret_id}


@pytest.mark.usefixtures("_at_once")
def test_a_secret_that_is_not_ours_is_never_ended(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """Not after a lost answer, not by a rotation, not by a destroy: it may be a person's, made a moment ago and as long as ours."""
    sandbox.admin.service_principal_secrets_proxy.create(newcomer.id, lifetime=f"{104 * DAY}s")
    before = {secret.id for secret in sandbox.admin.service_principal_secrets_proxy.list(newcomer.id)}
    sandbox.fail(method="POST", path="/credentials/secrets", status=503, times=1, when="after")

    async def whole_life(provider: Provider) -> None:
        created = await provider.rotating_secret.create(wanted(newcomer), urn=URN)
        rotated = await provider.rotating_secret.update(created.id, created.state, wanted(newcomer, generation=2), urn=URN)
        await provider.rotating_secret.delete(created.id, rotated, urn=URN)

    drive(whole_life)

    assert {secret.id for secret in sandbox.admin.service_principal_secrets_proxy.list(newcomer.id)} == before


async def made_late(provider: Provider, newcomer: Newcomer, *, after_s: float) -> SecretState:
    """The first request gets no answer at once, and is done so much later."""
    api = provider.rotating_secret._secrets
    late: list[asyncio.Task[NewSecret]] = []

    class Late(SecretsApi):
        async def make(self, principal_id: str, lifetime: timedelta) -> NewSecret:
            if late:
                return await super().make(principal_id, lifetime)
            late.append(asyncio.create_task(self._later(principal_id, lifetime)))
            raise Unanswered("504")

        async def _later(self, principal_id: str, lifetime: timedelta) -> NewSecret:
            await asyncio.sleep(after_s)
            return await super().make(principal_id, lifetime)

    api.__class__ = Late
    made = (await provider.rotating_secret.create(wanted(newcomer), urn=URN)).state
    await late[0]
    return made


def test_a_secret_that_is_made_late_is_ended(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """After the request was given up, and the next attempt made another."""
    made = drive(lambda provider: made_late(provider, newcomer, after_s=2.0))

    assert works(sandbox, made)
    assert alive(sandbox, newcomer) == {made.secret_id}


@pytest.mark.usefixtures("_at_once")
def test_a_late_secret_that_cannot_be_looked_for_costs_no_new_one(
    sandbox: Sandbox, newcomer: Newcomer, drive: Drive, engine: tuple[Engine, str]
) -> None:
    """The new secret is recorded, and a warning says how the other is found."""
    sandbox.fail(method="POST", path="/credentials/secrets", status=503, times=1, when="after")
    sandbox.fail(method="GET", path="/credentials/secrets", status=403, skip=2, times=1, message="not now")

    created = drive(lambda provider: provider.rotating_secret.create(wanted(newcomer), urn=URN))

    assert alive(sandbox, newcomer) == {created.id}
    assert any("the new secret works, but" in heard and "not now" in heard and "brickpass recover" in heard for heard in engine[0].heard)


def cut(provider: Provider, of: str, name: str, *, times: int = 100) -> None:
    """Leaves a field out of the answers to a method, as a proxy might, or a workspace of another age."""
    do, left = provider.workspace.do, iter(range(times))

    def without(answer: Json) -> Json:
        return {
            field: [without(each) for each in value] if field == "secrets" else value for field, value in answer.items() if field != name
        }

    async def cutting(method: str, path: str, **more: Any) -> Json:  # noqa: ANN401 - as `Workspace.do`
        answer = await do(method, path, **more)
        return without(answer) if method == of and next(left, None) is not None else answer

    provider.workspace.do = cutting  # type: ignore[method-assign]


@pytest.mark.usefixtures("_at_once")
@pytest.mark.parametrize("name", ["id", "secret", "create_time", "expire_time"])
def test_an_answer_that_is_not_that_of_a_new_secret_is_a_lost_one(sandbox: Sandbox, newcomer: Newcomer, drive: Drive, name: str) -> None:
    """What was made is ended, and another made."""

    async def cut_once(provider: Provider) -> SecretState:
        cut(provider, "POST", name, times=1)
        return (await provider.rotating_secret.create(wanted(newcomer), urn=URN)).state

    made = drive(cut_once)

    assert works(sandbox, made)
    assert alive(sandbox, newcomer) == {made.secret_id}


@pytest.mark.parametrize("name", ["create_time", "expire_time"])
def test_a_secret_without_its_times_is_not_ours(sandbox: Sandbox, newcomer: Newcomer, drive: Drive, name: str) -> None:
    """Whoever made it: it is neither named as ours nor ended, and counts towards the limit."""
    for _ in range(4):
        sandbox.admin.service_principal_secrets_proxy.create(newcomer.id)

    async def full(provider: Provider) -> None:
        cut(provider, "GET", name)
        await provider.rotating_secret.create(wanted(newcomer), urn=URN)

    with pytest.raises(NoSecret, match="has 5 secrets, as many as Databricks allows"):
        drive(full)

    assert len(alive(sandbox, newcomer)) == 4


@pytest.mark.usefixtures("_at_once")
def test_what_a_person_makes_during_a_lost_attempt_stays(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """A secret that appears while ours is made, as long as ours but without its mark, is not taken for the one that was lost."""
    sandbox.fail(method="POST", path="/credentials/secrets", status=503, times=1, when="after", delay_ms=600)

    async def meanwhile(provider: Provider) -> tuple[str, SecretState]:
        making = asyncio.create_task(provider.rotating_secret.create(wanted(newcomer), urn=URN))
        await asyncio.sleep(0.3)
        theirs = sandbox.admin.service_principal_secrets_proxy.create(newcomer.id, lifetime=f"{104 * DAY}s").id
        assert theirs
        return theirs, (await making).state

    theirs, made = drive(meanwhile)

    assert alive(sandbox, newcomer) == {theirs, made.secret_id}


def test_a_lost_secret_that_cannot_be_looked_for_is_said(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """Where the list after a lost answer is refused, nothing is made again, and the error names the way out."""
    sandbox.fail(method="POST", path="/credentials/secrets", status=503, times=1, when="after")
    sandbox.fail(method="GET", path="/credentials/secrets", status=403, skip=1, times=1, message="not now")

    with pytest.raises(NoSecret, match=r"may have been made whose answer was lost.*not now.*brickpass recover"):
        drive(lambda provider: provider.rotating_secret.create(wanted(newcomer), urn=URN))

    assert len(alive(sandbox, newcomer)) == 1


def test_secrets_of_ours_that_the_state_does_not_know_are_named_and_left(
    sandbox: Sandbox, newcomer: Newcomer, drive: Drive, engine: tuple[Engine, str]
) -> None:
    """A state that was lost may have handed them out: each run that makes a secret names them, and `recover` as what tells of them."""

    async def forgotten(provider: Provider) -> tuple[SecretState, SecretState, SecretState]:
        lost = (await provider.rotating_secret.create(wanted(newcomer), urn=URN)).state
        found = (await provider.rotating_secret.create(wanted(newcomer), urn=URN)).state
        return lost, found, await provider.rotating_secret.update(found.secret_id, found, wanted(newcomer, generation=2), urn=URN)

    lost, found, rotated = drive(forgotten)

    told = f"that its state does not know, and that work: {lost.secret_id}; `brickpass recover` tells what they are"
    assert [told in heard for heard in engine[0].heard] == [True, False, True]
    assert alive(sandbox, newcomer) == {lost.secret_id, found.secret_id, rotated.secret_id}


def test_the_longest_schedule_makes_one_secret_and_no_second(newcomer: Newcomer, drive: Drive) -> None:
    """A lifetime of 730 days leaves no room above it for the mark; the secret is as good, and the next run leaves it."""
    longest = wanted(newcomer, rotate_every=729 * DAY + 23 * HOUR, overlap=HOUR)

    created = drive(lambda provider: provider.rotating_secret.create(longest, urn=URN))

    assert instant(created.state.expires_at) > instant(created.state.rotates_at)
    assert created.state.why_another(longest) is None


def test_clocks_that_are_a_little_apart_rotate_nothing(newcomer: Newcomer, drive: Drive) -> None:
    """A secret made at a boundary by a workspace whose clock is behind ends a little early, and is as good."""

    async def looked_at(provider: Provider) -> list[str]:
        created = await provider.rotating_secret.create(wanted(newcomer), urn=URN)
        must_end = created.state.must_last_until
        early = created.state.model_copy(update={"expires_at": (must_end - timedelta(seconds=30)).isoformat()})
        plain = early.model_dump(by_alias=True, mode="json") | {"clientSecret": "x"}
        changes = provider.rotating_secret.diff(plain, wanted(newcomer).model_dump(by_alias=True, mode="json"))
        return [change.property for change in changes]

    assert drive(looked_at) == []


def test_a_rotation_that_fails_keeps_the_secret_that_works(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """The bundle stays what it was, the state says why, and the next run tries again."""

    async def failed_once(provider: Provider) -> tuple[SecretState, SecretState, SecretState]:
        created = await provider.rotating_secret.create(wanted(newcomer), urn=URN)
        sandbox.fail(method="POST", path="/credentials/secrets", status=403, error_code="PERMISSION_DENIED", message="not now", times=1)
        kept = await provider.rotating_secret.update(created.id, created.state, wanted(newcomer, period=1), urn=URN)
        return created.state, kept, await provider.rotating_secret.update(created.id, kept, wanted(newcomer, period=1), urn=URN)

    before, kept, after = drive(failed_once)

    assert (kept.secret_id, kept.period) == (before.secret_id, before.period)
    assert kept.not_rotated == "Databricks answered: not now (PERMISSION_DENIED)"
    assert not after.not_rotated
    assert after.secret_id != before.secret_id
    assert works(sandbox, before)
    assert works(sandbox, after)


def test_a_rotation_that_failed_and_is_taken_back_is_forgotten(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """Else each proof would go on to fail for a rotation that nobody wants any more."""

    async def taken_back(provider: Provider) -> tuple[list[str], SecretState, SecretState]:
        created = await provider.rotating_secret.create(wanted(newcomer), urn=URN)
        sandbox.fail(method="POST", path="/credentials/secrets", status=403, error_code="PERMISSION_DENIED", message="no", times=1)
        failed = await provider.rotating_secret.update(created.id, created.state, wanted(newcomer, generation=2), urn=URN)
        differs = changed(provider, failed, wanted(newcomer))
        return differs, failed, await provider.rotating_secret.update(created.id, failed, wanted(newcomer), urn=URN)

    differs, failed, after = drive(taken_back)

    assert failed.not_rotated
    assert differs == ["notRotated"]
    assert (after.not_rotated, after.secret_id) == ("", failed.secret_id)


def test_what_was_ended_meanwhile_is_not_said_to_work_on(
    sandbox: Sandbox, newcomer: Newcomer, drive: Drive, engine: tuple[Engine, str]
) -> None:
    """A revocation that no refresh told of: the rotation looks, and keeps no secret that there is not."""

    async def revoked(provider: Provider) -> SecretState:
        created = await provider.rotating_secret.create(wanted(newcomer), urn=URN)
        second = await provider.rotating_secret.update(created.id, created.state, wanted(newcomer, generation=2), urn=URN)
        for secret_id in second.all_ids:
            sandbox.admin.service_principal_secrets_proxy.delete(newcomer.id, secret_id)
        return await provider.rotating_secret.update(created.id, second, wanted(newcomer, generation=3), urn=URN)

    rotated = drive(revoked)

    assert rotated.earlier == ()
    assert engine[0].heard[-1] == "alchemer gets another secret, since somebody ended the one before in the workspace"
    assert works(sandbox, rotated)


def test_the_one_before_is_known_as_older_states_have_it(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """There was one, called `previous`: a destroy ends it too."""

    async def of_before(provider: Provider) -> set[str]:
        created = await provider.rotating_secret.create(wanted(newcomer), urn=URN)
        second = await provider.rotating_secret.update(created.id, created.state, wanted(newcomer, generation=2), urn=URN)
        [before] = second.earlier
        previous = {"secretId": before.secret_id, "clientSecret": "dose-before", "expiresAt": before.expires_at}
        old = SecretState.model_validate(as_engine_has_it(second) | {"earlier": [], "previous": previous})
        await provider.rotating_secret.delete(created.id, old, urn=URN)
        return alive(sandbox, newcomer)

    assert drive(of_before) == set()


def test_a_sixth_secret_is_refused_with_the_five_that_there_are(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """The error names the secrets, so that somebody can end the one that nobody uses."""
    others = [sandbox.admin.service_principal_secrets_proxy.create(newcomer.id).id for _ in range(4)]

    with pytest.raises(NoSecret) as refused:
        drive(lambda provider: provider.rotating_secret.create(wanted(newcomer), urn=URN))

    assert "has 5 secrets, as many as Databricks allows" in str(refused.value)
    assert all(other in str(refused.value) for other in others if other)


def test_near_the_limit_a_rotation_warns(sandbox: Sandbox, newcomer: Newcomer, drive: Drive, engine: tuple[Engine, str]) -> None:
    """The warning names the secrets that this stack did not make."""
    others = [sandbox.admin.service_principal_secrets_proxy.create(newcomer.id).id for _ in range(2)]

    async def rotated(provider: Provider) -> None:
        created = await provider.rotating_secret.create(wanted(newcomer), urn=URN)
        await provider.rotating_secret.update(created.id, created.state, wanted(newcomer, period=1), urn=URN)

    drive(rotated)

    [_, warning] = engine[0].heard
    assert "left alone" in warning
    assert all(other in warning for other in others if other)


def test_the_oldest_of_ours_makes_room_and_the_newest_of_the_earlier_ones_does_not(
    sandbox: Sandbox, newcomer: Newcomer, drive: Drive, engine: tuple[Engine, str]
) -> None:
    """Where Databricks would allow no more, an overlap that another rotation had prolonged is cut; the last one never is."""
    sandbox.admin.service_principal_secrets_proxy.create(newcomer.id)

    async def rotations(provider: Provider) -> list[SecretState]:
        states = [(await provider.rotating_secret.create(wanted(newcomer), urn=URN)).state]
        for generation in (2, 3, 4):
            new = wanted(newcomer, generation=generation)
            states.append(await provider.rotating_secret.update(states[0].secret_id, states[-1], new, urn=URN))
        sandbox.admin.service_principal_secrets_proxy.delete(newcomer.id, states[1].secret_id)
        sandbox.admin.service_principal_secrets_proxy.create(newcomer.id)
        left = states[-1].without(frozenset({states[1].secret_id}))
        return [*states, await provider.rotating_secret.update(states[0].secret_id, left, wanted(newcomer, generation=5), urn=URN)]

    *states, refused = drive(rotations)

    assert [works(sandbox, state) for state in states] == [False, False, True, True]
    assert sum(f"so the oldest, {states[0].secret_id}, is ended before its overlap is over" in heard for heard in engine[0].heard) == 1
    assert "as many as Databricks allows" in refused.not_rotated
    assert refused.secret_id == states[-1].secret_id


def test_a_secret_that_somebody_ended_is_made_again(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """A refresh sees it; the next update makes one, and still ends the one before in its time."""

    async def ended_by_hand(provider: Provider) -> tuple[SecretState, SecretState | None, SecretState]:
        created = await provider.rotating_secret.create(wanted(newcomer), urn=URN)
        second = await provider.rotating_secret.update(created.id, created.state, wanted(newcomer, period=1), urn=URN)
        sandbox.admin.service_principal_secrets_proxy.delete(newcomer.id, second.secret_id)
        found = await provider.rotating_secret.read(created.id, second)
        assert found is not None
        inputs = wanted(newcomer, period=1)
        known = {"clientSecret": "x"}
        changes = provider.rotating_secret.diff(
            found.model_dump(by_alias=True, mode="json") | known, inputs.model_dump(by_alias=True, mode="json")
        )
        assert [change.property for change in changes] == ["secretId"]
        third = await provider.rotating_secret.update(created.id, found, inputs, urn=URN)
        return created.state, found, third

    first, found, third = drive(ended_by_hand)

    assert found is not None
    assert found.gone
    assert works(sandbox, third)
    assert alive(sandbox, newcomer) == {first.secret_id, third.secret_id}


def test_a_principal_without_any_secret_of_ours_is_drift(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """When nothing of it is left, the resource is gone."""

    async def all_ended(provider: Provider) -> SecretState | None:
        created = await provider.rotating_secret.create(wanted(newcomer), urn=URN)
        sandbox.admin.service_principal_secrets_proxy.delete(newcomer.id, created.state.secret_id)
        return await provider.rotating_secret.read(created.id, created.state)

    assert drive(all_ended) is None


def test_an_old_secret_that_cannot_be_ended_is_left_to_the_next_run(
    sandbox: Sandbox, newcomer: Newcomer, drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new one works and its bundle is handed out; the state asks for another update, which only ends the old one."""

    async def half_done(provider: Provider) -> tuple[SecretState, list[str], SecretState]:
        created = await provider.rotating_secret.create(wanted(newcomer), urn=URN)
        second = await provider.rotating_secret.update(created.id, created.state, wanted(newcomer, generation=2), urn=URN)
        days_pass(monkeypatch, 15)
        sandbox.fail(method="DELETE", path="/credentials/secrets", status=403, times=1, when="before", message="no")
        kept = await provider.rotating_secret.update(created.id, second, wanted(newcomer, generation=3), urn=URN)
        assert works(sandbox, kept)
        assert [each.secret_id for each in kept.earlier] == [second.secret_id, created.state.secret_id]
        changes = changed(provider, kept, wanted(newcomer, generation=3))
        return kept, changes, await provider.rotating_secret.update(created.id, kept, wanted(newcomer, generation=3), urn=URN)

    kept, changes, finished = drive(half_done)

    assert changes == ["earlier"]
    assert finished.secret_id == kept.secret_id
    assert alive(sandbox, newcomer) == {finished.secret_id, *(each.secret_id for each in finished.earlier)}
    assert len(finished.earlier) == 1


def test_no_answer_to_the_end_of_an_old_secret_loses_the_new_one(
    sandbox: Sandbox, newcomer: Newcomer, drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy's page, say, which is no answer at all: the old one is left to the next run."""

    async def a_page(provider: Provider) -> SecretState:
        created = await provider.rotating_secret.create(wanted(newcomer), urn=URN)
        second = await provider.rotating_secret.update(created.id, created.state, wanted(newcomer, generation=2), urn=URN)
        days_pass(monkeypatch, 15)
        do = provider.workspace.do

        async def paging(method: str, path: str, **more: Any) -> Json:  # noqa: ANN401 - as `Workspace.do`
            if method == "DELETE":
                raise JSONDecodeError("Expecting value", "<html>", 0)
            return await do(method, path, **more)

        provider.workspace.do = paging  # type: ignore[method-assign]
        third = await provider.rotating_secret.update(created.id, second, wanted(newcomer, generation=3), urn=URN)
        assert [each.secret_id for each in third.earlier] == [second.secret_id, created.state.secret_id]
        return third

    assert works(sandbox, drive(a_page))


def as_engine_has_it(model: Wire) -> dict[str, Plain]:
    return plain_map(properties(model))
