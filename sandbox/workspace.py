"""The sandbox as one thing: its state, and the rules of each service on top of it."""

from dataclasses import dataclass
from pathlib import Path

from sandbox.assignments.rules import Assignments
from sandbox.clock import Clock
from sandbox.clusters.rules import Clusters
from sandbox.errors import ResourceDoesNotExistError
from sandbox.faults import Faults
from sandbox.federation.exchange import TokenExchange
from sandbox.federation.rules import FederationPolicies
from sandbox.jobs.rules import Jobs
from sandbox.objects.rules import Objects
from sandbox.oidc.logins import Logins
from sandbox.oidc.rules import Oidc
from sandbox.permissions.rules import Permissions
from sandbox.pipelines.rules import Pipelines
from sandbox.request_log import RequestLog
from sandbox.schedule.rules import Schedule
from sandbox.scim.directory import Directory
from sandbox.scim.rules import Scim
from sandbox.secret_scopes.rules import SecretScopes
from sandbox.secrets.rules import ServicePrincipalSecrets
from sandbox.sql.rules import Statements
from sandbox.sql.tables import Tables
from sandbox.state import State
from sandbox.unity_catalog.rules import UnityCatalog
from sandbox.warehouses.rules import Warehouses
from sandbox.workspace_tree.rules import WorkspaceTree


@dataclass(frozen=True, slots=True)
class Site:
    """Which account and workspace this is."""

    account_id: str
    workspace_id: str

    @property
    def key(self) -> str:
        return "this"


class Workspace:
    def __init__(self, path: Path, admin_secret: str) -> None:
        self.admin_secret = admin_secret
        self.state = State(path)
        self.faults = Faults()
        self.request_log = RequestLog()
        self.clock = Clock(self.state)
        self.sites = self.state.table(Site)
        self.directory = Directory(self.state, self.clock, self.faults)
        self.secrets = ServicePrincipalSecrets(self.state, self.clock, self.directory)
        self.federation = FederationPolicies(self.state, self.clock, self.directory)
        exchange = TokenExchange(self.clock, self.directory, self.federation, self.faults)
        logins = Logins(self.clock, self.directory, self.secrets, exchange, self.faults)
        self.oidc = Oidc(self.state, self.clock, logins, self.faults)
        self.permissions = Permissions(self.state, self.directory)
        self.schedule = Schedule(self.state, self.permissions)
        self.scim = Scim(self.clock, self.directory, self.permissions, self.secrets, self.federation)
        self.assignments = Assignments(self.clock, self.directory)
        self.warehouses = Warehouses(self.state, self.clock, self.permissions)
        self.clusters = Clusters(self.state, self.clock, self.permissions)
        self.jobs = Jobs(self.state, self.clock, self.permissions)
        self.tree = WorkspaceTree(self.state, self.clock, self.permissions)
        self.objects = Objects(self.state, self.clock, self.permissions, self.tree)
        self.pipelines = Pipelines(self.state, self.clock, self.objects)
        self.secret_scopes = SecretScopes(self.state, self.clock, self.directory, self.permissions)
        self.unity_catalog = UnityCatalog(self.state, self.clock, self.directory)
        self.statements = Statements(self.state, self.unity_catalog, self.warehouses, Tables(path.with_name("tables.duckdb")))

    @property
    def site(self) -> Site:
        site = self.sites.get("this")
        if site is None:
            raise RuntimeError("the workspace is not seeded")
        return site

    def require_account(self, account_id: str) -> None:
        if account_id != self.site.account_id:
            raise ResourceDoesNotExistError(f"Account {account_id} does not exist.")
