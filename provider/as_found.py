"""What is written only because of what is there: it is looked at before each try, and nothing is sent on what was there before."""

import asyncio
from collections.abc import Awaitable, Callable

from checks.troubles import Endurance, Trouble, trouble_of
from provider.workspace import Unanswered


async def as_found(what: str, attempt: Callable[[int], Awaitable[None]]) -> None:
    """Calls an attempt, which looks and then sends once, until its request got an answer.

    It is told how many before it got none, and so may have been done.

    Raises:
        StillInTrouble: when it was tried for long enough.
    """
    endurance, unclear = Endurance(), 0
    while True:
        try:
            await attempt(unclear)
        except Unanswered as error:
            trouble = trouble_of(error.__cause__ or error) or Trouble("the workspace gave no clear answer")
            pause = endurance.pause(trouble)
            if pause is None:
                raise endurance.over(what, trouble, error) from error
        else:
            return
        unclear += 1
        await asyncio.sleep(pause)
