"""The proof of a level on an object."""

from typing import Any
from urllib.parse import quote

from databricks.sdk import WorkspaceClient

from checks.check import Outcome, Verdict
from checks.witnesses import Witnesses, get, run
from model.grants import ObjectGrant
from model.kinds import OBJECT_KINDS, Listing, ObjectKind

SHOWN_FOR_WHAT_IS_INSIDE = frozenset({"directories", "repos"})
"""Whoever has access to something in a folder finds the folder too: that it was looked at shows no level on it."""


def prove_level(grant: ObjectGrant, witnesses: Witnesses) -> Outcome:
    """The lowest level and the highest are shown by what they allow; what lies between starts, changes or costs something.

    So what lies between is read back, but for queries on a warehouse that runs anyway.
    """
    client = witnesses.principal
    if client is None:
        return witnesses.read_back_level(grant)
    kind = OBJECT_KINDS[grant.kind]
    path = _seen_at(kind, grant)
    seen = get(client, path) if path else None
    if grant.level == kind.manage:
        get(client, kind.access_list(grant.id))
        return Outcome(Verdict.EXERCISED, f"its access list was read, which takes {kind.manage}")  # api-facts: 5.5, 7.4
    if seen is not None and grant.level == kind.levels[0] and grant.kind not in SHOWN_FOR_WHAT_IS_INSIDE:
        return Outcome(Verdict.EXERCISED, "it was looked at")
    if seen is not None and _queried(client, grant, seen):
        return Outcome(Verdict.EXERCISED, "SELECT 1 ran on it")
    return witnesses.read_back_level(grant)


def _seen_at(kind: ObjectKind, grant: ObjectGrant) -> str | None:
    """Where the principal can look at the object; None where no such place is known."""
    if kind.seen_at is None:
        return None
    # A stack file may name an object by its id, and then nobody knows the name that its path takes.
    named_by_id = grant.name == grant.id and not (isinstance(kind.found, Listing) and kind.found.name == kind.found.id)
    if "{name}" in kind.seen_at and named_by_id:
        return None
    return kind.seen_at.format(id=quote(grant.id, safe=""), name=quote(grant.name, safe=""))


def _queried(client: WorkspaceClient, grant: ObjectGrant, seen: dict[str, Any]) -> bool:
    usable = (grant.kind, grant.level) == ("warehouses", "CAN_USE")
    return usable and seen.get("state") == "RUNNING" and run(client, grant.id, "SELECT 1")
