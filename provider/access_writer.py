"""Writes levels on objects: adds by `PATCH`, and removes by the only way that the Permissions API has. (api-facts: 5.4)"""

import asyncio
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from databricks.sdk.errors import BadRequest, NotFound
from databricks.sdk.errors.base import DatabricksError

from model.faults import BrickpassError
from model.kinds import OWNER
from provider.access_list import Who, direct_level, item, owner, service_principal, to_put_back
from provider.as_found import as_found
from provider.declared import Declared
from provider.departed import has_departed, refused_name
from provider.engine_log import OF_THE_STACK, EngineLog
from provider.together import Together
from provider.workspace import Json, Unanswered, Workspace

REMOVAL_ATTEMPTS = 6
PAUSE_S = 0.5
# Between its reading and its writing each waits for the machine, too: with twenty at once that alone took 18 ms, with four 6.
REMOVALS_AT_ONCE = 4
# "The job must have exactly one owner.", "PUT requests for warehouse x with no existing owner must provide a new owner." (api-facts: 5.6)
_WITHOUT_OWNER = re.compile(r"exactly one owner|no existing owner")


NO_LEVEL = ""


class NotRemoved(BrickpassError):
    """An entry could not be taken off an access list."""


class Overtaken(BrickpassError):
    """An entry is not what was to be changed: somebody changed it meanwhile, and it stays so."""


@dataclass(frozen=True)
class Entry:
    """The level that one service principal is to have; None takes its entry away."""

    application_id: str
    level: str | None
    next_owner: Who | None = None
    """Who becomes the owner by the same request, if it still owns the object."""
    only_if: str | None = None
    """The level that it must still have when that is sent, or NO_LEVEL; None where any will do."""


class AccessWriter:
    """All writes to access lists pass here, so that those on one object go together and never cross each other.

    An access list is named by its path in the API.
    """

    def __init__(self, workspace: Workspace, declared: Declared, log: EngineLog) -> None:
        self._workspace = workspace
        self._log = log
        self._removals = asyncio.Semaphore(REMOVALS_AT_ONCE)
        self._together: Together[str, Entry] = Together(self._send, declared.awaits)

    async def write(self, access_list: str, entry: Entry) -> None:
        """Gives, changes or takes away one principal's level.

        One request for all that arrive together, two where what is there matters; taking away costs three.

        Raises:
            Overtaken: its level is another one than `only_if`.
        """
        await self._together.add(access_list, entry)

    async def level(self, access_list: str, application_id: str) -> str | None:
        """A principal's level there, by an entry of its own.

        Raises:
            NotFound: the object is gone.
        """
        return _level(await self._read(access_list), application_id)

    async def owner(self, access_list: str) -> Who | None:
        return owner(await self._read(access_list))

    async def _read(self, access_list: str) -> list[Json]:
        """All entries, as the API writes them."""
        try:
            answer = await self._workspace.do("GET", access_list)
        except BadRequest as error:
            # A cluster that was purged is gone, whatever the status says. (api-facts: 2.4)
            raise NotFound(str(error)) if "Cannot access cluster" in str(error) else error from None
        return list(answer.get("access_control_list", []))

    async def _send(self, access_list: str, entries: list[Entry]) -> None:
        wanted = [entry for entry in entries if entry.level]
        unwanted = [entry for entry in entries if not entry.level]
        if any(entry.next_owner for entry in entries) or any(entry.only_if is not None for entry in wanted):
            unwanted = await self._give_as_found(access_list, wanted, unwanted)
        elif wanted:
            await self._give(access_list, wanted)
        if unwanted:
            async with self._removals:
                await self._remove(access_list, unwanted)

    async def _give(self, access_list: str, wanted: Sequence[Entry], successors: Iterable[Who] = (), *, once: bool = False) -> None:
        given = [item(service_principal(entry.application_id), entry.level) for entry in wanted if entry.level]
        body = {"access_control_list": [*given, *(item(who, OWNER) for who in successors)]}
        try:
            await self._workspace.do("PATCH", access_list, body=body, once=once)
        except DatabricksError as error:
            raise _not_given(access_list, wanted, successors, error) from error

    async def _give_as_found(self, access_list: str, wanted: Sequence[Entry], unwanted: Sequence[Entry]) -> list[Entry]:
        """Gives levels that depend on those that are there, and passes objects on; returns the entries that are still to be taken away.

        Whoever became the owner meanwhile is not asked for: between the reading and the `PATCH` there is one round trip.
        """
        owned: set[str] = set()

        async def attempt(unclear: int) -> None:
            try:
                listed = await self._read(access_list)
            except NotFound:
                if wanted:
                    raise
                return
            due = [entry for entry in wanted if _is_due(listed, entry, again=unclear > 0)]
            heirs = _heirs(listed, wanted, unwanted)
            owned.update(entry.application_id for entry in unwanted if _level(listed, entry.application_id) == OWNER)
            if due or heirs:
                await self._give(access_list, due, set(heirs.values()), once=True)

        await as_found(f"PATCH {access_list}", attempt)
        # Whoever gave up what it owned keeps CAN_MANAGE by that. (api-facts: 5.3, 5.4)
        return [replace(entry, only_if=entry.only_if and "CAN_MANAGE") if entry.application_id in owned else entry for entry in unwanted]

    async def _remove(self, access_list: str, unwanted: Sequence[Entry]) -> None:
        """Reads the list and puts it back without some entries, until they are seen to be gone.

        What somebody else writes between that read and that write is undone; the API has no way to prevent or to see it.
        So nothing is done in between, and a `PUT` that got no clear answer is never repeated as it was: the list is read again.
        """
        departed: dict[Who, str] = {}
        attempts, refused = 0, None
        while going := _going(entries := await self._entries(access_list), unwanted):
            if attempts == REMOVAL_ATTEMPTS:
                raise NotRemoved(_still_there(access_list, going, refused))
            kept = to_put_back(entries, without={*map(service_principal, going), *departed})
            try:
                await self._workspace.do("PUT", access_list, body={"access_control_list": kept}, once=True)
            except (Unanswered, DatabricksError) as error:
                refused, who = error, refused_name(error)
                if who and who not in departed and await has_departed(self._workspace, who):
                    # It gives nobody access, and is in the way of taking away ours.
                    departed[who] = direct_level(entries, who) or "its level"
                    continue
                # Where the object is gone by now, the next reading shows it.
                if not who and isinstance(error, DatabricksError) and not isinstance(error, NotFound):
                    raise _not_removed(access_list, entries, going, departed, error) from error
                await asyncio.sleep(min(2**attempts, 10) * PAUSE_S)
            attempts += 1
        if left_out := {who: level for who, level in departed.items() if entries and direct_level(entries, who) is None}:
            await self._log.warning(OF_THE_STACK, _were_left_out(access_list, left_out))
        if any(_level(entries, entry.application_id) for entry in unwanted):
            raise Overtaken(f"Somebody changed the level of {_names(entry.application_id for entry in unwanted)} at {access_list}.")

    async def _entries(self, access_list: str) -> list[Json]:
        """All entries; none where the object is gone."""
        try:
            return await self._read(access_list)
        except NotFound:
            return []


def _level(entries: list[Json], application_id: str) -> str | None:
    return direct_level(entries, service_principal(application_id))


def _is_due(listed: list[Json], entry: Entry, *, again: bool) -> bool:
    """Whether a level is still to be given; after a request that got no clear answer it may be there."""
    level = _level(listed, entry.application_id)
    if again and level == entry.level:
        return False
    if entry.only_if not in (None, level or NO_LEVEL):
        raise Overtaken(f"Service principal {entry.application_id} has {level or 'no level'} by now, and not {entry.only_if or 'none'}.")
    return True


def _heirs(listed: list[Json], wanted: Iterable[Entry], unwanted: Iterable[Entry]) -> dict[str, Who]:
    """To whom an object passes whose owner gives it up, unless another one takes it by the same request."""
    if any(entry.level == OWNER for entry in wanted):
        return {}
    # Of a principal that left the workspace the list says nothing, though it may still be the owner. (api-facts: 0)
    ownerless = owner(listed) is None
    return {
        entry.application_id: entry.next_owner
        for entry in (*wanted, *unwanted)
        if entry.next_owner and ((ownerless and entry.only_if is None) or _level(listed, entry.application_id) == OWNER)
    }


def _going(entries: list[Json], unwanted: Iterable[Entry]) -> set[str]:
    """Those of the unwanted that the list still has, and as they are to be taken away."""
    levels = {entry: _level(entries, entry.application_id) for entry in unwanted}
    return {entry.application_id for entry, level in levels.items() if level and entry.only_if in (None, level)}


def _still_there(access_list: str, going: Collection[str], refused: Exception | None) -> str:
    why = f"last answer: {refused}" if refused else "somebody puts it back"
    return (
        f"The entry of {_names(going)} is still on the access list of {access_list} after {REMOVAL_ATTEMPTS} attempts ({why}). "
        "Run the same command again."
    )


def _not_removed(
    access_list: str, entries: list[Json], going: Collection[str], departed: Collection[Who], error: DatabricksError
) -> Exception:
    owners = {application_id for application_id in going if _level(entries, application_id) == OWNER}
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


def _not_given(access_list: str, wanted: Sequence[Entry], successors: Iterable[Who], error: DatabricksError) -> Exception:
    refused = refused_name(error)
    gone = next((who.name for who in successors if refused and who.name.lower() == refused.name.lower()), None)
    if gone:
        return NotRemoved(
            f"{gone}, who is to own {access_list} next, is not in the workspace any more, so nothing was taken away there. Give it another "
            "owner in the workspace, or declare another next_owner and run `pulumi up`; then run the same command again."
        )
    if _WITHOUT_OWNER.search(str(error)):
        return NotRemoved(
            f"{_names(entry.application_id for entry in wanted)} owns {access_list}, which a lower level would leave without an owner. "
            "Give it another owner in the workspace, then run the same command again."
        )
    return error


def _were_left_out(access_list: str, departed: Mapping[Who, str]) -> str:
    who = " and ".join(f"{who.name} ({level})" for who, level in departed.items())
    return (
        f"{who} was left out when the access list of {access_list} was written: nobody of that name is in the workspace any more, and it "
        "takes no list that has one. Whoever comes back under that name has to be given that level again."
    )


def _names(application_ids: Iterable[str]) -> str:
    return "service principal " + ", ".join(sorted(application_ids))
