"""What databricks-sdk is refused, by the names of refusals.py."""

from collections.abc import Callable

from databricks.sdk import WorkspaceClient
from databricks.sdk.service.catalog import PermissionsChange, Privilege
from databricks.sdk.service.iam import AccessControlRequest, PermissionLevel
from databricks.sdk.service.oauth2 import FederationPolicy, OidcFederationPolicy
from databricks.sdk.service.workspace import AclPermission

from tests.clients.refusals import NOBODY
from tests.harness import Newcomer, Sandbox


def _add(sandbox: Sandbox, kind: str, object_id: str, level: str, **who: str) -> None:
    entry = AccessControlRequest(**who, permission_level=PermissionLevel(level))
    sandbox.admin.permissions.update(kind, object_id, access_control_list=[entry])


def _grant(sandbox: Sandbox, kind: str, name: str, principal: str, privilege: str) -> None:
    change = PermissionsChange(principal=principal, add=[Privilege(privilege)])
    sandbox.admin.grants.update(kind, name, changes=[change])


def _a_grant_that_is_not_ones_own(sandbox: Sandbox, guest: Newcomer) -> None:
    change = PermissionsChange(principal=guest.application_id, add=[Privilege.USE_SCHEMA])
    sandbox.client_of(guest).grants.update("schema", "main.surveys", changes=[change])


def _a_sixth_secret(sandbox: Sandbox, guest: Newcomer) -> None:
    for _ in range(5):
        sandbox.account.service_principal_secrets.create(guest.id)


def _a_federation_policy_that_is_there_already(sandbox: Sandbox, guest: Newcomer) -> None:
    policy = FederationPolicy(oidc_policy=OidcFederationPolicy(issuer="https://issuer.acme.example", subject="py"))
    for _attempt in range(2):
        sandbox.account.service_principal_federation_policy.create(int(guest.id), policy, policy_id="py")


def _a_principal_that_left(sandbox: Sandbox, guest: Newcomer) -> None:
    sandbox.admin.service_principals_v2.delete(guest.id)
    sandbox.admin.service_principals_v2.get(guest.id)


def _a_principal_that_was_deleted(sandbox: Sandbox, guest: Newcomer) -> None:
    sandbox.account.service_principals_v2.delete(guest.id)
    sandbox.account.service_principals_v2.get(guest.id)


def _stop_a_warehouse_with_can_use(sandbox: Sandbox, guest: Newcomer) -> None:
    sandbox.grant("warehouses", sandbox.warehouse(), guest, "CAN_USE")
    sandbox.client_of(guest).warehouses.stop(sandbox.warehouse())


def _anothers_statement(sandbox: Sandbox, guest: Newcomer) -> None:
    sandbox.grant("warehouses", sandbox.warehouse(), guest, "CAN_USE")
    ran = sandbox.client_of(guest).statement_execution.execute_statement("SELECT 1", sandbox.warehouse())
    sandbox.admin.statement_execution.get_statement(ran.statement_id or "")


def _a_catalog_that_is_not_empty(sandbox: Sandbox, _: Newcomer) -> None:
    sandbox.admin.catalogs.create("py_client")
    sandbox.admin.schemas.create("deep", "py_client")
    sandbox.admin.catalogs.delete("py_client")


def _a_scope_that_is_there_already(sandbox: Sandbox, _: Newcomer) -> None:
    for _attempt in range(2):
        sandbox.admin.secrets.create_scope("py-scope")


def _no_such_entry_of_a_scope(sandbox: Sandbox, guest: Newcomer) -> None:
    sandbox.admin.secrets.create_scope("py-scope")
    sandbox.admin.secrets.get_acl("py-scope", guest.application_id)


def _read_a_scope_without_a_level(sandbox: Sandbox, guest: Newcomer) -> None:
    sandbox.admin.secrets.create_scope("py-scope")
    sandbox.admin.secrets.put_secret("py-scope", "key", string_value="not-a-real-one")
    sandbox.client_of(guest).secrets.get_secret("py-scope", "key")


def _write_to_a_scope_with_read(sandbox: Sandbox, guest: Newcomer) -> None:
    sandbox.admin.secrets.create_scope("py-scope")
    sandbox.admin.secrets.put_acl("py-scope", guest.application_id, AclPermission.READ)
    sandbox.client_of(guest).secrets.put_secret("py-scope", "key", string_value="not-a-real-one")


def _a_fault_of_the_server(sandbox: Sandbox, _: Newcomer) -> None:
    sandbox.fail(method="GET", path="/catalogs/main$", status=500)
    sandbox.admin.catalogs.get("main")


ATTEMPTS: dict[str, Callable[[Sandbox, Newcomer], object]] = {
    "no such path": lambda sandbox, _: sandbox.admin.api_client.do("GET", "/api/2.0/nope"),
    "no such warehouse": lambda sandbox, _: sandbox.admin.warehouses.get("0123"),
    "no such cluster": lambda sandbox, _: sandbox.admin.clusters.get("0101-x"),
    "no such job": lambda sandbox, _: sandbox.admin.jobs.get(123),
    "no such run": lambda sandbox, _: sandbox.admin.jobs.get_run(123),
    "no such kind of object": lambda sandbox, _: _add(sandbox, "foo", "1", "CAN_USE", group_name="users"),
    "no such level": lambda sandbox, _: _add(sandbox, "sql/warehouses", sandbox.warehouse(), "CAN_RESTART", group_name="users"),
    "no such principal": lambda sandbox, _: _add(sandbox, "sql/warehouses", sandbox.warehouse(), "CAN_USE", service_principal_name=NOBODY),
    "a job without an owner": lambda sandbox, _: sandbox.admin.permissions.set("jobs", str(sandbox.job())),
    "a list that is not one's own": lambda sandbox, guest: sandbox.client_of(guest).permissions.get("sql/warehouses", sandbox.warehouse()),
    "no such catalog": lambda sandbox, _: sandbox.admin.catalogs.get("nope"),
    "no such schema": lambda sandbox, guest: _grant(sandbox, "schema", "main.nope", guest.application_id, "USE_SCHEMA"),
    "no such table": lambda sandbox, guest: _grant(sandbox, "table", "main.surveys.nope", guest.application_id, "SELECT"),
    "no such grantee": lambda sandbox, _: _grant(sandbox, "schema", "main.surveys", NOBODY, "USE_SCHEMA"),
    "a privilege that is of another kind": lambda sandbox, guest: _grant(
        sandbox, "schema", "main.surveys", guest.application_id, "USE_CATALOG"
    ),
    "a grant that is not one's own": _a_grant_that_is_not_ones_own,
    "no such SCIM id": lambda sandbox, _: sandbox.admin.service_principals_v2.get("123"),
    "an application id of one's own": lambda sandbox, _: sandbox.admin.service_principals_v2.create(application_id=NOBODY),
    "a secret for too long": lambda sandbox, guest: sandbox.admin.service_principal_secrets_proxy.create(guest.id, lifetime="63072001s"),
    "a sixth secret": _a_sixth_secret,
    "a secret that is not there": lambda sandbox, guest: sandbox.admin.service_principal_secrets_proxy.delete(guest.id, NOBODY),
    "no such federation policy": lambda sandbox, guest: sandbox.account.service_principal_federation_policy.get(int(guest.id), "py"),
    "a federation policy that is there already": _a_federation_policy_that_is_there_already,
    "a principal that left": _a_principal_that_left,
    "a principal that was deleted": _a_principal_that_was_deleted,
    "SCIM without being an admin": lambda sandbox, guest: list(sandbox.client_of(guest).service_principals_v2.list()),
    "a job without a level": lambda sandbox, guest: sandbox.client_of(guest).jobs.run_now(sandbox.job()),
    "stop a warehouse with CAN_USE": _stop_a_warehouse_with_can_use,
    "a statement on another's warehouse": lambda sandbox, guest: sandbox.client_of(guest).statement_execution.execute_statement(
        "SELECT 1", sandbox.warehouse("dbt-ci")
    ),
    "another's statement": _anothers_statement,
    "no such volume": lambda sandbox, guest: _grant(sandbox, "volume", "main.surveys.nope", guest.application_id, "READ_VOLUME"),
    "no such connection": lambda sandbox, guest: _grant(sandbox, "connection", "nope", guest.application_id, "USE_CONNECTION"),
    "no such pipeline": lambda sandbox, _: sandbox.admin.pipelines.get(NOBODY),
    "no such endpoint": lambda sandbox, _: sandbox.admin.serving_endpoints.get("nope"),
    "no such Genie space": lambda sandbox, _: sandbox.admin.genie.get_space("nope"),
    "no such path in the workspace": lambda sandbox, _: sandbox.admin.workspace.get_status("/Teams/nope"),
    "export without a level": lambda sandbox, guest: sandbox.client_of(guest).workspace.export("/Teams/cx/nps"),
    "query an endpoint without a level": lambda sandbox, guest: sandbox.client_of(guest).serving_endpoints.query("churn-prod", inputs=[1]),
    "a catalog that is not empty": _a_catalog_that_is_not_empty,
    "no such scope": lambda sandbox, _: list(sandbox.admin.secrets.list_secrets("nope")),
    "a scope that is there already": _a_scope_that_is_there_already,
    "no such entry of a scope": _no_such_entry_of_a_scope,
    "read a scope without a level": _read_a_scope_without_a_level,
    "write to a scope with READ": _write_to_a_scope_with_read,
    "a home that nobody made": lambda sandbox, guest: sandbox.admin.workspace.delete(f"/Users/{guest.application_id}", recursive=True),
    "a fault of the server": _a_fault_of_the_server,
    "an unknown token": lambda sandbox, _: WorkspaceClient(host=sandbox.host, token="dapi-unknown", auth_type="pat").current_user.me(),
    "a cluster that runs already": lambda sandbox, _: sandbox.admin.clusters.start(sandbox.cluster()),
    "a group that is there already": lambda sandbox, _: sandbox.account.groups_v2.create(display_name="cx-analytics"),
}
