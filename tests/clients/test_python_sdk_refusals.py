"""databricks-sdk, refused: the class, the code and the words of each refusal."""

import re
from collections.abc import Callable

import pytest
from databricks.sdk.errors.base import DatabricksError
from databricks.sdk.service.catalog import PermissionsChange, Privilege
from databricks.sdk.service.iam import AccessControlRequest, PermissionLevel

from tests.clients.refusals import NOBODY, REFUSALS
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
    "a principal that left": _a_principal_that_left,
    "a principal that was deleted": _a_principal_that_was_deleted,
    "SCIM without being an admin": lambda sandbox, guest: list(sandbox.client_of(guest).service_principals_v2.list()),
    "a job without a level": lambda sandbox, guest: sandbox.client_of(guest).jobs.run_now(sandbox.job()),
    "stop a warehouse with CAN_USE": _stop_a_warehouse_with_can_use,
    "a statement on another's warehouse": lambda sandbox, guest: sandbox.client_of(guest).statement_execution.execute_statement(
        "SELECT 1", sandbox.warehouse("dbt-ci")
    ),
    "another's statement": _anothers_statement,
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_is_databricks_own(sandbox: Sandbox, newcomer: Newcomer, name: str) -> None:
    """The SDK raises the class that callers catch, with the code and the words of the real service."""
    expected = REFUSALS[name]

    with pytest.raises(DatabricksError) as refused:
        ATTEMPTS[name](sandbox, newcomer)

    # To every 401 and 403 the SDK adds how it was configured, and to SCIM's errors without a type a "None" (api-facts: 1.5, 2.1).
    message = str(refused.value).partition(". Config: host=")[0].removeprefix("None ")
    assert (type(refused.value).__name__, refused.value.error_code) == (expected.error, expected.error_code)
    assert re.fullmatch(expected.message.removesuffix(r"\.") + r"\.?", message)
