"""Carries out what `faults.py` decides: a request's work, and what becomes of it and of its answer."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from uuid import uuid4

from sandbox.errors import ApiError, SandboxError
from sandbox.faults import Fault, Faults
from sandbox.routing import Answer, Call

Work = Callable[[], Awaitable[Answer]]
Gone = Callable[[], Awaitable[None]]
"""Returns once the client has closed its connection."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection's end in place of an answer, or in the middle of one."""

    half_of: Answer | None = None
    reset: bool = False
    """Not just closed. The Go SDK asks again after the one, and not after the other (api-facts: 2.3)."""


def refused(refusal: SandboxError) -> Answer:
    return Answer(refusal.body(str(uuid4())), refusal.status, dict(refusal.headers))


async def troubled(call: Call, work: Work, gone: Gone) -> Answer | Cut:
    """The work's answer, or what the faults made of it."""
    faults = call.workspace.faults
    with faults.in_flight(call.path, call.workspace.site.workspace_id):
        fault = faults.take(call.method, call.path)
        if latency := faults.latency_s():
            await asyncio.sleep(latency)
        return await _met(fault, faults, work, gone) if fault else await work()


async def _met(fault: Fault, faults: Faults, work: Work, gone: Gone) -> Answer | Cut:
    # A refusal is an answer too, and lost with it.
    answer = await _outcome(work) if fault.when == "after" else None
    await asyncio.sleep(fault.delay_ms / 1000)
    if fault.hold and not await _let_go(faults, gone):
        return Cut()
    if fault.cut:
        return Cut(answer if fault.cut == "middle" else None, reset=fault.reset)
    if fault.status is not None:
        headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after is not None else {}
        refusal = ApiError(fault.message, status=fault.status, error_code=fault.error_code)
        return replace(refused(refusal), headers=headers)
    return answer or await work()


async def _outcome(work: Work) -> Answer:
    try:
        return await work()
    except SandboxError as refusal:
        return refused(refusal)


async def _let_go(faults: Faults, gone: Gone) -> bool:
    """Waits until the faults are cleared; False if the client goes first, whose request is then not done any more."""
    cleared, left = asyncio.ensure_future(faults.until_cleared()), asyncio.ensure_future(gone())
    try:
        done, _ = await asyncio.wait({cleared, left}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        cleared.cancel()
        left.cancel()
    return cleared in done
