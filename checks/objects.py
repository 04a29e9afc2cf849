"""The proof of a level on an object."""

from collections.abc import Callable, Mapping

from databricks.sdk import WorkspaceClient
from databricks.sdk.service.sql import GetWarehouseResponse, State

from checks.check import Outcome, Verdict
from checks.witnesses import Witnesses, run
from model.grants import ObjectGrant
from model.kinds import OBJECT_KINDS

SEE: Mapping[str, Callable[[WorkspaceClient, str], object]] = {
    "warehouses": lambda client, id_: client.warehouses.get(id_),
    "clusters": lambda client, id_: client.clusters.get(id_),
    "jobs": lambda client, id_: client.jobs.get(int(id_)),
}
"""How a principal looks at an object: needs the lowest level of its kind. (api-facts: 8.2)"""

Try = Callable[[WorkspaceClient, ObjectGrant, object], Outcome | None]
"""Does what a level allows, given the object as it was seen; None where that cannot be done now without cost or effect."""


def _query(client: WorkspaceClient, grant: ObjectGrant, seen: object) -> Outcome | None:
    runs = isinstance(seen, GetWarehouseResponse) and seen.state is State.RUNNING
    return Outcome(Verdict.EXERCISED, "SELECT 1 ran on it") if runs and run(client, grant.id, "SELECT 1") else None


def _read_access_list(client: WorkspaceClient, grant: ObjectGrant, _seen: object) -> Outcome:
    client.permissions.get(OBJECT_KINDS[grant.kind].request_type, grant.id)
    return Outcome(Verdict.EXERCISED, "its access list was read, which takes CAN_MANAGE")  # api-facts: 5.5


BEYOND_SEEING: Mapping[tuple[str, str], Try] = {
    ("warehouses", "CAN_USE"): _query,
    **{(kind, "CAN_MANAGE"): _read_access_list for kind in OBJECT_KINDS},
}
"""What shows just this level. For all others, starting a cluster or a run would: they are read back instead."""


def prove_level(grant: ObjectGrant, witnesses: Witnesses) -> Outcome:
    client = witnesses.principal
    if client is None:
        return witnesses.read_back_level(grant)
    seen = SEE[grant.kind](client, grant.id)
    if grant.level == OBJECT_KINDS[grant.kind].levels[0]:
        return Outcome(Verdict.EXERCISED, "it was looked at")
    beyond = BEYOND_SEEING.get((grant.kind, grant.level))
    return (beyond and beyond(client, grant, seen)) or witnesses.read_back_level(grant)
