"""The company's workspace, from seed.yaml. Ids that are not written there follow from the names, so that two clones agree."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from ruamel.yaml import YAML

from sandbox.caller import Who
from sandbox.clusters.rows import Cluster
from sandbox.errors import Json
from sandbox.jobs.rows import Job
from sandbox.objects.seed import ObjectSeed
from sandbox.oidc.rules import SigningKey
from sandbox.permissions.access_list import Entry
from sandbox.permissions.kind import ObjectKind
from sandbox.permissions.kinds import CLUSTERS, JOBS, WAREHOUSES
from sandbox.scim.rows import Assignment, Group, ServicePrincipal, User
from sandbox.unity_catalog.seed import CatalogSeed
from sandbox.warehouses.rows import Warehouse
from sandbox.workspace import Site, Workspace

FOUNDED = datetime(2025, 3, 3, 9, tzinfo=UTC)
"""When everything in the seed was made: long before any propagation delay."""
ADMIN_NAME = "workspace-admin"
# The sandbox's own way in must not lapse when a test moves the clock by years.
ADMIN_SECRET_LIFETIME = timedelta(days=365 * 100)


@cache
def _seed() -> Json:
    seed: Json = YAML(typ="safe").load(Path(__file__).with_name("seed.yaml"))
    return seed


def _digest(kind: str, name: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{kind}/{name}".encode()).digest()[:8])


def numeric_id(kind: str, name: str) -> str:
    """16 digits, as SCIM ids, job ids and the like have; below 2**53, beyond which a client that takes it for a double loses digits."""
    number = 10**15 + _digest(kind, name) % (9 * 10**15)
    return str(number if number < 2**53 else number - 10**15)


def hex_id(kind: str, name: str) -> str:
    return f"{_digest(kind, name):016x}"


def uuid_of(kind: str, name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"{kind}/{name}"))


def cluster_id(name: str) -> str:
    made = FOUNDED + timedelta(seconds=_digest("cluster", name) % (300 * 24 * 3600))
    letters = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{made:%m%d-%H%M%S}-{letters}"


def admin_client_id() -> str:
    return uuid_of("service_principal", ADMIN_NAME)


def seed(workspace: Workspace) -> None:
    """Makes everything as it was at the beginning, in one transaction; the clock goes back too."""
    workspace.statements.reset()
    with workspace.state.transaction():
        for table in workspace.state.tables():
            if table.name != SigningKey.__name__:
                table.clear()
        given = _seed()
        workspace.sites.put(Site(given["account_id"], given["workspace_id"]))
        _principals(workspace, given)
        _admin(workspace)
        who = _Names(workspace)
        _objects(workspace, given, who)
        objects = ObjectSeed(workspace.state, workspace.permissions, who.who, admin=ADMIN_NAME, founded=FOUNDED)
        objects.write(given["objects"])
        objects.write_homes(given["people"])
        _secret_scopes(workspace, given, who)
        catalogs = CatalogSeed(workspace.unity_catalog.access, lambda name: who.who(name).name, admin=ADMIN_NAME, founded=FOUNDED)
        catalogs.write(given["catalogs"], given["securables"])


def admit_admin(workspace: Workspace) -> None:
    """Makes the secret in `admin.json` one that logs in."""
    workspace.secrets.add(numeric_id("service_principal", ADMIN_NAME), workspace.admin_secret, ADMIN_SECRET_LIFETIME)


def _principals(workspace: Workspace, given: Json) -> None:
    directory = workspace.directory
    ids = {}
    for mail, name in given["people"].items():
        ids[mail] = numeric_id("user", mail)
        directory.users.put(User(ids[mail], mail, name, FOUNDED))
    for name in given["service_principals"]:
        ids[name] = numeric_id("service_principal", name)
        directory.service_principals.put(ServicePrincipal(ids[name], uuid_of("service_principal", name), name, FOUNDED))
        directory.assignments.put(Assignment(ids[name], FOUNDED))
    ids |= {name: numeric_id("group", name) for name in given["groups"]}
    for name, group in given["groups"].items():
        members = tuple(ids[member] for member in group["members"])
        entitlements = tuple(group.get("entitlements", ()))
        directory.groups.put(Group(ids[name], name, FOUNDED, members, entitlements=entitlements))
        directory.assignments.put(Assignment(ids[name], FOUNDED))
    ids |= {name: numeric_id("group", name) for name in given["workspace_groups"]}
    for name, group in given["workspace_groups"].items():
        members = tuple(ids[member] for member in group["members"])
        entitlements = tuple(group.get("entitlements", ()))
        directory.groups.put(Group(ids[name], name, FOUNDED, members, entitlements=entitlements, of_account=False))
    admins = tuple(ids[member] for member in given["admins"])
    directory.groups.put(Group(numeric_id("group", "admins"), "admins", FOUNDED, admins, of_account=False))
    directory.groups.put(Group(numeric_id("group", "users"), "users", FOUNDED, of_account=False))


def _admin(workspace: Workspace) -> None:
    """The service principal that the sandbox's user is: admin of the workspace and of the account."""
    identity = numeric_id("service_principal", ADMIN_NAME)
    directory = workspace.directory
    directory.service_principals.put(ServicePrincipal(identity, admin_client_id(), ADMIN_NAME, FOUNDED, roles=("account_admin",)))
    directory.assignments.put(Assignment(identity, FOUNDED))
    directory.change_members(directory.system_group("admins"), add=[identity])
    admit_admin(workspace)


@dataclass(frozen=True, slots=True)
class _Names:
    """A name as the seed says it: a mail address is a person, any other name a group or a service principal."""

    workspace: Workspace

    def who(self, name: str) -> Who:
        if "@" in name:
            return Who("user_name", name)
        if self.workspace.directory.group(name):
            return Who("group_name", name)
        return Who("service_principal_name", uuid_of("service_principal", name))

    def entries(self, access: dict[str, str]) -> list[Entry]:
        return [Entry(self.who(name), level) for name, level in access.items()]


def _objects(workspace: Workspace, given: Json, names: _Names) -> None:
    def put(kind: ObjectKind, row: Warehouse | Cluster | Job, item: Json) -> None:
        workspace.state.table(type(row)).put(row)
        workspace.permissions.seed(kind, row.id, names.entries(item["access"]))

    for item, creator in _created(given["warehouses"], names):
        identity = item.get("id") or hex_id("warehouse", item["name"])
        put(WAREHOUSES, Warehouse(identity, item["name"], creator, item["size"], running_from=_running(item)), item)
    for item, creator in _created(given["clusters"], names):
        put(
            CLUSTERS,
            Cluster(cluster_id(item["name"]), item["name"], creator, num_workers=item["workers"], running_from=_running(item)),
            item,
        )
    for item, creator in _created(given["jobs"], names):
        put(JOBS, Job(numeric_id("job", item["name"]), item["name"], creator, FOUNDED, item["notebook"]), item)


def _secret_scopes(workspace: Workspace, given: Json, names: _Names) -> None:
    for item in given["secret_scopes"]:
        workspace.secret_scopes.add(item["name"], names.entries(item["access"]))
        for key in item["keys"]:
            # Nothing of value, and the same in every clone.
            workspace.secret_scopes.remember(item["name"], key, hex_id(item["name"], key))


def _created(items: Iterable[Json], names: _Names) -> Iterable[tuple[Json, str]]:
    return ((item, names.who(item["creator"]).name) for item in items)


def _running(item: Json) -> datetime | None:
    return FOUNDED if item["running"] else None
