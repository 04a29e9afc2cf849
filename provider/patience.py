"""A principal that was just made is not known everywhere at once: the one reason to try again what was refused."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import TypeVar

from databricks.sdk.errors.base import DatabricksError

from model.faults import BrickpassError
from provider.engine_log import EngineLog

R = TypeVar("R")

PATIENCE_S = 120.0
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 8.0

# The texts of the Permissions API, of Unity Catalog and of an assignment (api-facts: 5.6, 6.4, 9.1).
_UNKNOWN_PRINCIPAL = re.compile(r"Principal: \S+ does not exist|Could not find principal|Principal \S+ not in workspace", re.IGNORECASE)


class NotYetVisible(BrickpassError):
    """A part of Databricks has no text of its own for a principal that it does not know."""


def principal_not_yet_visible(error: Exception) -> str | None:
    """Why it is worth another try, or None."""
    if isinstance(error, NotYetVisible):
        return str(error)
    if not isinstance(error, DatabricksError):
        return None
    if error.error_code == "PRINCIPAL_DOES_NOT_EXIST" or _UNKNOWN_PRINCIPAL.search(str(error)):
        return "the workspace does not know the new service principal yet"
    return None


class Patience:
    """Tries again with growing waits, and tells the engine what it waits for."""

    def __init__(self, log: EngineLog, *, patience_s: float = PATIENCE_S) -> None:
        self._log = log
        self._patience_s = patience_s

    async def until_visible(self, call: Callable[[], Awaitable[R]], *, urn: str) -> R:
        """The call's result; the last refusal, when `patience_s` seconds did not help."""
        deadline = asyncio.get_running_loop().time() + self._patience_s
        wait = FIRST_WAIT_S
        while True:
            try:
                return await call()
            except (DatabricksError, NotYetVisible) as error:
                reason = principal_not_yet_visible(error)
                if reason is None or asyncio.get_running_loop().time() + wait > deadline:
                    raise
            await self._log.waiting(urn, reason, wait)
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT_S)
