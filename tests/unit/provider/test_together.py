"""Changes to one thing that arrive together leave as one call, and each waiter gets what is its own."""

import asyncio

import pytest

from checks.troubles import StillInTrouble
from provider.together import LONGEST_S, QUIET_S, Together

Sent = list[tuple[str, list[int]]]


def recording(sent: Sent, *, refuse: int | None = None) -> Together[str, int]:
    async def send(key: str, items: list[int]) -> None:
        sent.append((key, list(items)))
        if refuse in items:
            raise ValueError(f"{refuse} is refused")

    return Together(send)


def test_what_arrives_together_for_one_key_is_one_call() -> None:
    """Another key has a call of its own."""
    sent: Sent = []

    async def add() -> None:
        together = recording(sent)
        await asyncio.gather(together.add("a", 1), together.add("a", 2), together.add("b", 3))

    asyncio.run(add())

    assert sorted(sent) == [("a", [1, 2]), ("b", [3])]


def test_what_is_still_to_come_is_waited_for() -> None:
    """Others that are known to come go along, though they come later than together."""
    sent: Sent = []
    to_come = {1, 2}

    async def add() -> None:
        async def send(key: str, items: list[int]) -> None:
            sent.append((key, list(items)))

        together: Together[str, int] = Together(send, lambda _: bool(to_come))
        to_come.remove(1)
        first = asyncio.create_task(together.add("a", 1))
        await asyncio.sleep(0.1)
        assert sent == []
        second = asyncio.create_task(together.add("a", 2))
        await asyncio.sleep(0)
        to_come.remove(2)
        await asyncio.gather(first, second)

    asyncio.run(add())

    assert sent == [("a", [1, 2])]


def test_what_does_not_come_is_not_waited_for_long() -> None:
    """Whoever was to come may be held up by those that wait."""
    sent: Sent = []

    async def add() -> float:
        async def send(key: str, items: list[int]) -> None:
            sent.append((key, list(items)))

        together: Together[str, int] = Together(send, lambda _: True)
        began = asyncio.get_running_loop().time()
        await together.add("a", 1)
        return asyncio.get_running_loop().time() - began

    waited = asyncio.run(add())

    assert sent == [("a", [1])]
    assert QUIET_S <= waited < LONGEST_S


def test_of_a_call_that_fails_each_item_is_tried_alone() -> None:
    """The bad one fails with its own error, the good ones are done."""
    sent: Sent = []

    async def add() -> list[object]:
        together = recording(sent, refuse=2)
        return list(await asyncio.gather(*(together.add("a", number) for number in (1, 2, 3)), return_exceptions=True))

    results = asyncio.run(add())

    assert [type(result) for result in results] == [type(None), ValueError, type(None)]
    assert sent == [("a", [1, 2, 3]), ("a", [1]), ("a", [2]), ("a", [3])]


def test_what_no_item_is_to_blame_for_fails_all_at_once() -> None:
    """A workspace that is in trouble for minutes is not asked once more for each."""
    sent: Sent = []

    async def send(key: str, items: list[int]) -> None:
        sent.append((key, list(items)))
        raise StillInTrouble("for minutes")

    async def add() -> list[object]:
        together = Together(send)
        return list(await asyncio.gather(*(together.add("a", number) for number in (1, 2, 3)), return_exceptions=True))

    results = asyncio.run(add())

    assert [type(result) for result in results] == [StillInTrouble] * 3
    assert sent == [("a", [1, 2, 3])]


def test_calls_for_one_key_never_overlap_and_what_waits_meanwhile_goes_together() -> None:
    """While one is under way, those that come gather for the next."""
    sent: Sent = []

    async def add() -> None:
        under_way, release = asyncio.Event(), asyncio.Event()

        async def send(key: str, items: list[int]) -> None:
            sent.append((key, list(items)))
            under_way.set()
            await release.wait()

        together: Together[str, int] = Together(send)
        first = asyncio.create_task(together.add("a", 1))
        await under_way.wait()
        others = [asyncio.create_task(together.add("a", number)) for number in (2, 3)]
        for _ in range(10):
            await asyncio.sleep(0)
        assert sent == [("a", [1])]
        release.set()
        await asyncio.gather(first, *others)

    asyncio.run(add())

    assert sent == [("a", [1]), ("a", [2, 3])]


def test_who_stopped_waiting_keeps_nobody_else_waiting() -> None:
    """An interrupted waiter is passed over."""
    sent: Sent = []

    async def add() -> None:
        together = recording(sent)
        gone = asyncio.create_task(together.add("a", 1))
        stays = asyncio.create_task(together.add("a", 2))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.wait_for(stays, timeout=5)
        with pytest.raises(asyncio.CancelledError):
            await gone

    asyncio.run(add())

    assert sent == [("a", [1, 2])]
