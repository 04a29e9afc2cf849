"""Writes levels on objects: adds by `PATCH`, and removes by the only way that the Permissions API has. (api-facts: 5.4)"""

import asyncio
import re
from dataclasses import dataclass

from databricks.sdk.errors import BadRequest, NotFound
from databricks.sdk.errors.base import DatabricksError

from model.faults import BrickpassError
from model.kinds import OWNER
from provider.access_list import Who, direct_level, item, owner, service_principal, to_put_back
from provider.declared import Declared
from provider.departed import has_departed, refused_name
from provider.together import Together
from provider.workspace import Json, Unanswered, Workspace

REMOVAL_ATTEMPTS = 6
PAUSE_S = 0.5
# Between its reading and its writing each waits for the machine, too: with twenty at once that alone took 18 ms, with four 6.
REMOVALS_AT_ONCE = 4
# "The job must have exactly one owner.", "PUT requests for warehouse x with no existing owner must provide a new owner." (api-facts: 5.6)
_WITHOUT_OWNER = re.compile(r"exactly one owner|no existing owner")


class NotRemoved(BrickpassError):
    """An entry could not be taken off an access list."""


@dataclass(frozen=True)
class Entry:
    """The level that one service principal is to have; None takes its entry away."""

    application_id: str
    level: str | None
    next_owner: Who | None = None
    """Who becomes the owner by the same request, if it still owns the object."""


class AccessWriter:
    """All writes to access lists pass here, so that those on one object go together and never cross each other.

    An access list is named by its path in the API.
    """

    def __init__(self, workspace: Workspace, declared: Declared) -> None:
        self._workspace = workspace
        self._removals = asyncio.Semaphore(REMOVALS_AT_ONCE)
        self._together: Together[str, Entry] = Together(self._send, declared.awaits)

    async def write(self, access_list: str, entry: Entry) -> None:
        """Gives, changes or takes away one principal's level. One request for all that arrive together; taking away costs three."""
        await self._together.add(access_list, entry)

    async def level(self, access_list: str, application_id: str) -> str | None:
        """A principal's level there, by an entry of its own.

        Raises:
            NotFound: the object is gone.
        """
        return _level(await self._read(access_list), application_id)

    async def _read(self, access_list: str) -> list[Json]:
        """All entries, as the API writes them."""
        try:
            answer = await self._workspace.do("GET", access_list)
        except BadRequest as error:
            # A cluster that was purged is gone, whatever the status says. (api-facts: 2.4)
            raise NotFound(str(error)) if "Cannot access cluster" in str(error) else error from None
        return list(answer.get("access_control_list", []))

    async def _send(self, access_list: str, entries: list[Entry]) -> None:
        wanted = [item(service_principal(entry.application_id), entry.level) for entry in entries if entry.level]
        unwanted = {entry.application_id for entry in entries if not entry.level}
        successors = await self._successors(access_list, entries)
        if wanted or successors:
            body = {"access_control_list": [*wanted, *(item(who, OWNER) for who in successors)]}
            try:
                await self._workspace.do("PATCH", access_list, body=body)
            except DatabricksError as error:
                raise _no_successor(access_list, successors, error) from error
        if unwanted:
            async with self._removals:
                await self._remove(access_list, unwanted)

    async def _successors(self, access_list: str, entries: list[Entry]) -> set[Who]:
        """To whom an object passes whose owner gives it up, unless another one takes it by the same request."""
        leaving = {entry.application_id: entry.next_owner for entry in entries if entry.next_owner}
        if not leaving or any(entry.level == OWNER for entry in entries):
            return set()
        try:
            listed = await self._read(access_list)
        except NotFound:
            return set()
        # Of a principal that left the workspace the list says nothing, though it may still be the owner. (api-facts: 0)
        ownerless = owner(listed) is None
        return {who for application_id, who in leaving.items() if ownerless or _level(listed, application_id) == OWNER}

    async def _remove(self, access_list: str, unwanted: set[str]) -> None:
        """Reads the list and puts it back without some entries, until they are seen to be gone.

        What somebody else writes between that read and that write is undone; the API has no way to prevent or to see it.
        So nothing is done in between, and a `PUT` that got no clear answer is never repeated as it was: the list is read again.
        """
        departed: set[Who] = set()
        attempts, refused = 0, None
        while entries := await self._list_with(access_list, unwanted):
            if attempts == REMOVAL_ATTEMPTS:
                raise NotRemoved(_still_there(access_list, unwanted, refused))
            kept = to_put_back(entries, without={*map(service_principal, unwanted), *departed})
            try:
                await self._workspace.do("PUT", access_list, body={"access_control_list": kept}, once=True)
            except (Unanswered, DatabricksError) as error:
                refused, who = error, refused_name(error)
                if who and who not in departed and await has_departed(self._workspace, who):
                    # It gives nobody access, and is in the way of taking away ours.
                    departed.add(who)
                    continue
                # Where the object is gone by now, the next reading shows it.
                if not who and isinstance(error, DatabricksError) and not isinstance(error, NotFound):
                    raise _not_removed(access_list, entries, unwanted, departed, error) from error
                await asyncio.sleep(min(2**attempts, 10) * PAUSE_S)
            attempts += 1

    async def _list_with(self, access_list: str, unwanted: set[str]) -> list[Json]:
        """All entries, while any of the unwanted is among them; none where the object is gone."""
        try:
            entries = await self._read(access_list)
        except NotFound:
            return []
        return entries if any(_level(entries, application_id) for application_id in unwanted) else []


def _level(entries: list[Json], application_id: str) -> str | None:
    return direct_level(entries, service_principal(application_id))


def _still_there(access_list: str, unwanted: set[str], refused: Exception | None) -> str:
    why = f"last answer: {refused}" if refused else "somebody puts it back"
    return (
        f"The entry of {_names(unwanted)} is still on the access list of {access_list} after {REMOVAL_ATTEMPTS} attempts ({why}). "
        "Run the same command again."
    )


def _not_removed(access_list: str, entries: list[Json], unwanted: set[str], departed: set[Who], error: DatabricksError) -> Exception:
    owners = {application_id for application_id in unwanted if _level(entries, application_id) == OWNER}
    if owners:
        return NotRemoved(f"{_names(owners)} owns {access_list}. Give it another owner in the workspace, then run the same command again.")
    if _WITHOUT_OWNER.search(str(error)):
        gone = " and ".join(who.name for who in departed if direct_level(entries, who) == OWNER)
        why = f" (its owner {gone} is not in the workspace any more)" if gone else ""
        return NotRemoved(
            f"{access_list} has no owner{why}, and without one the workspace takes no access off it. "
            "Give it an owner in the workspace, then run the same command again."
        )
    return error


def _no_successor(access_list: str, successors: set[Who], error: DatabricksError) -> Exception:
    refused = refused_name(error)
    gone = next((who.name for who in successors if refused and who.name.lower() == refused.name.lower()), None)
    if gone is None:
        return error
    return NotRemoved(
        f"{gone}, who is to own {access_list} next, is not in the workspace any more, so nothing was taken away there. Give it another "
        "owner in the workspace, or declare another next_owner and run `pulumi up`; then run the same command again."
    )


def _names(application_ids: set[str]) -> str:
    return "service principal " + ", ".join(sorted(application_ids))
