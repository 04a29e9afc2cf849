"""The official Go SDK, v0.175.0, on which the official plugin stands: what its calls got from the sandbox."""

import re
from typing import Any

import pytest

from tests.clients.go_client import GoRun
from tests.clients.objects import KINDS, Kind
from tests.clients.refusals import REFUSALS
from tests.clients.securables import SECURABLES, SecurableKind
from tests.harness import WORKSPACE_ID

PARENTS = {
    "InvalidState": "BadRequest",
    "InvalidParameterValue": "BadRequest",
    "ResourceDoesNotExist": "NotFound",
    "AlreadyExists": "ResourceConflict",
    "ResourceAlreadyExists": "ResourceConflict",
}

SUCCEEDED = {"state": "SUCCEEDED"}
TITLES = [["101", "Onboarding experience"], ["102", "Support satisfaction"], ["103", "Produktzufriedenheit"], ["104", "Annual NPS 2024"]]

RESULTS: dict[str, Any] = {
    "which workspace this is": WORKSPACE_ID,
    "delete a principal from the workspace": True,
    "deactivate a principal in the account": False,
    "delete principals from the account": True,
    "add a member": True,
    "remove a member": [],
    "find a group": ["cx-analytics"],
    "delete a group from the account": True,
    "list secrets in the account, one a page": 2,
    "delete a secret in the account": 1,
    "make a federation policy": {"policy_id": "go", "is_its_own": True, "subject": "go-workload"},
    "list federation policies, one a page": 1,
    "a login with a federated token": True,
    "change what a federation policy wants": "another",
    "delete a federation policy": True,
    "assign as user": {"permissions": ["USER"], "is_that_one": True, "display_name": "go-assigned"},
    "list assignments": {"listed": True, "without_principal": 0},
    "which permissions there are": ["ADMIN", "USER"],
    "assign as admin from the workspace": ["ADMIN"],
    "end an assignment, twice": True,
    "assign by name from the workspace": [False, True],
    "run a job to its end": {"result": "SUCCESS", "is_its_own": True},
    "restart a cluster": "RUNNING",
    "start a warehouse": "RUNNING",
    "stop a warehouse": "STOPPED",
    "update a pipeline": True,
    "stop a pipeline": "IDLE",
    "query an endpoint": [1, 2],
    "make a folder": ["DIRECTORY", "/Teams/go-client/deep"],
    "import a notebook": ["NOTEBOOK", "PYTHON"],
    "upload a file": "notes",
    "list a folder": ["/Teams/go-client/deep/notebook", "/Teams/go-client/deep/notes.txt"],
    "export by a level on the folder above": True,
    "where a level comes from": ["CAN_READ", True, 1],
    "delete a folder with all in it": True,
    "create a scope": "DATABRICKS",
    "put a secret into a scope": ["token"],
    "let somebody read a scope": ["READ", True],
    "who may do what on a scope": {"items": 2, "levels": {"READ": True, "MANAGE": True}},
    "read a scope": True,
    "let nobody read a scope": 1,
    "delete a scope": True,
    "list shares, one a page": ["price-list", "survey-results"],
    "who gets a share": ["northwind [SELECT]"],
    "take a share away": [],
    "give a share": ["northwind [SELECT]"],
    "make a catalog, a schema, a volume": ["go_client.deep.files", "MANAGED"],
    "a grant on a catalog reaches its volume": [
        {"privilege": "READ_VOLUME", "inherited_from_type": "CATALOG", "inherited_from_name": "go_client"}
    ],
    "delete a catalog with all in it": True,
    "fetch a chunk": 4,
    "the provider creates a principal": None,
    "the provider reads a principal": {"id": True, "applicationId": True, "active": True},
    "the provider gives an entitlement": [{"value": "workspace-access"}],
    "the provider gives another, and again": [{"value": "workspace-access"}, {"value": "databricks-sql-access"}],
    "the provider takes an entitlement away": [{"value": "databricks-sql-access"}],
    "the provider deactivates a principal": False,
    "the provider replaces a principal": {"displayName": "go-provider-renamed", "active": True, "applicationId": True},
    "the provider deletes a principal, which is gone already": True,
    "the provider sets the list of sql/warehouses": " CAN_USE IS_OWNER",
    "the provider sets the list of jobs": " CAN_MANAGE_RUN IS_OWNER",
    "the provider sets the list of pipelines": " CAN_RUN IS_OWNER",
    "the provider sets the list of clusters": " CAN_ATTACH_TO CAN_MANAGE",
    "the provider sets the list of cluster-policies": " CAN_USE",
    "the provider sets the list of notebooks": " CAN_READ",
    "the provider sets the list of apps": " CAN_USE CAN_MANAGE",
    "the provider grants": [["SELECT", "USE_SCHEMA"]],
    "the provider grants otherwise": [["MODIFY", "SELECT"]],
    "the provider takes all that it granted": [],
    "the provider adds a member": True,
    "the provider removes a member": False,
    "the provider assigns an admin by name": ["ADMIN"],
    "the provider ends an assignment": "none",
    "a call that is throttled once, and unavailable once": "main",
    # One secret is there before; a call that is repeated makes two, one that is given up one.
    "secrets after an answer that was unavailable": 1 + 2,
    "secrets after an answer that was cut off": 1 + 2 + 1,
    "secrets after a connection that was reset": 1 + 2,
    "secrets after an answer that was cut in the middle": 1 + 2 + 1,
    "secrets after an answer that was reset in the middle": 1 + 2 + 1 + 1,
    "which workspace this is, when the metadata do not say": WORKSPACE_ID,
}
FAILED_STATEMENTS = {
    "a statement that may not read": ("42501", "User does not have USE CATALOG on Catalog 'main'."),
    "a statement that is none": ("42601", "[PARSE_SYNTAX_ERROR]"),
    "a statement on a table that is not there": ("42P01", "The table or view `main`.`surveys`.`nope` cannot be found."),
}


@pytest.mark.parametrize("step", RESULTS)
def test_a_call_gets_what_it_should(go_run: GoRun, step: str) -> None:
    """Each call of the SDK, and each request in the provider's own shape, has its effect."""
    assert go_run.got[step] == RESULTS[step]


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_is_databricks_own(go_run: GoRun, name: str) -> None:
    """The SDK knows the class of each refusal and the class above it; status, code and words are the real service's."""
    expected, got = REFUSALS[name], go_run.got[name]

    assert set(got["classes"]) == {expected.error, PARENTS.get(expected.error, expected.error)}
    assert (got["status"], got["error_code"]) == (expected.status, expected.error_code)
    assert re.fullmatch(expected.message, got["message"])


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.request_type)
def test_an_object_is_found_and_its_list_kept(go_run: GoRun, kind: Kind) -> None:
    """Both SDKs list the same to the end; the list has the provider's type and levels, and is written without a loss."""
    of, got = kind.request_type, go_run.got

    assert got[f"list {of}"] == sorted(f"{one.id} {one.name}" for one in kind.listed(go_run.sandbox.admin, None))
    assert got[f"levels of {of}"] == list(kind.levels)
    read = got[f"read the list of {of}"]
    assert read["object_type"] == kind.object_type
    assert read["object_id"] == kind.object_id.format(type=of, id=read["id"])
    assert got[f"add to the list of {of}"] is True
    assert got[f"put the list of {of} back"] is True


@pytest.mark.parametrize("kind", SECURABLES, ids=lambda kind: kind.name)
def test_a_securable_is_found_and_granted(go_run: GoRun, kind: SecurableKind) -> None:
    """Both SDKs list the same to the end; a grant comes, is in effect, and goes, and nobody else's does."""
    of, got = kind.name, go_run.got

    assert got[f"list each {of}"] == sorted(kind.listed(go_run.sandbox.admin, None))
    assert got[f"get a {of}"] is True
    assert got[f"grant on a {of}"] == {"privileges": f"[{kind.privilege}]", "others_kept": True}
    effective = got[f"effective on a {of}"]["privilege_assignments"]
    assert [one["privileges"] for one in effective] == [[{"privilege": kind.privilege}]]
    assert got[f"take away on a {of}"] is True


def test_pages_hold_every_principal_once(go_run: GoRun) -> None:
    """In pages of three the SDK gets everybody at both levels who was there before the program began, and those it made."""
    workspace, account = (go_run.got[f"list {whose} in pages of three"] for whose in ("principals", "the account's principals"))
    people = sorted(str(one.user_name) for one in go_run.sandbox.admin.users_v2.list())

    assert len(set(workspace)) == len(workspace) > 10
    assert set(workspace) < set(account)
    assert go_run.got["list people in pages of ten"] == people


def test_a_principal_comes_back_as_it_was_sent(go_run: GoRun) -> None:
    """Create, get, replace and patch show one principal, with its one id and application id."""
    created, got, replaced, patched = (go_run.got[f"{verb} a principal"] for verb in ("create", "get", "replace", "patch"))

    assert got == created
    assert (created["displayName"], created["externalId"], created["active"]) == ("go-client", "brickpass:go", True)
    assert created["entitlements"] == [{"value": "workspace-access"}]
    assert go_run.got["find a principal"] == [created["id"]]
    assert (replaced["displayName"], replaced.get("entitlements", [])) == ("go-client-renamed", [])
    assert (patched["displayName"], patched["entitlements"]) == ("go-client-patched", [{"value": "databricks-sql-access"}])
    assert {one["applicationId"] for one in (created, replaced, patched)} == {created["applicationId"]}


def test_logins_are_as_the_real_ones(go_run: GoRun) -> None:
    """A workspace and an account are logged in to, each at its own endpoint; a wrong secret is told in OAuth's words."""
    logins = {one["path"] for one in go_run.sandbox.requests() if one["path"].endswith("/v1/token")}

    assert go_run.got["who the admin is"] == {"user_name": go_run.sandbox.admin_credentials[0], "active": True}
    assert go_run.got["a login at the account"] > 10
    assert {path.count("/accounts/") for path in logins} == {0, 1}
    assert '"error":"invalid_client","error_description":"Client authentication failed"' in go_run.got["a login with a wrong secret"]
    federated = go_run.got["a login with a federated token of another subject"]
    assert re.search("invalid_grant.* takes tokens of the subject 'go-workload'", federated)


def test_a_secret_is_told_once_with_its_dates(go_run: GoRun) -> None:
    """It is ACTIVE, and the program's log does not hold it."""
    made = go_run.got["create a secret by the workspace's proxy"]

    assert made["status"] == "ACTIVE"
    assert made["create_time"][:10] < made["expire_time"][:10]
    assert not made["secret"]


def test_the_metastore_says_what_it_is(go_run: GoRun) -> None:
    """Its id is the same in the assignment, the summary and the list; the privilege model is 1.0."""
    assignment, summary = go_run.got["the metastore of this workspace"], go_run.got["a summary of the metastore"]

    assert assignment["workspace_id"] == WORKSPACE_ID
    assert summary == {"id": assignment["metastore_id"], "privilege_model": "1.0"}
    assert go_run.got["list each metastore"] == [assignment["metastore_id"]]


def test_grants_come_in_pages_too(go_run: GoRun) -> None:
    """The newer paths, which always have pages, say the same as those that answer all at once."""
    got = go_run.got

    assert got["grants on a schema, in pages"] == got["grants on a schema, all at once"]
    assert len(got["grants on a schema, in pages"]) > 3
    assert [one["principal"] for one in got["effective on a table, in pages"]] == ["boris.novak@acme.example"]


def test_statements_answer_in_strings(go_run: GoRun) -> None:
    """Values are strings or nothing, and a result without rows has no data; the statement is there to be fetched again."""
    got = go_run.got

    assert got["a statement with a parameter"]["data"] == [["42", "x", ""]]
    assert [one["type_text"] for one in got["a statement with a parameter"]["columns"]] == ["INT", "STRING", "STRING"]
    assert (got["a statement without rows"]["status"], got["a statement without rows"]["rows"]) == (SUCCEEDED, 0)
    assert got["a statement without rows"]["data"] is None
    assert got["a statement that may read"]["data"] == TITLES
    assert got["fetch a statement again"] == got["a statement that may read"]


@pytest.mark.parametrize("step", FAILED_STATEMENTS)
def test_a_failed_statement_is_an_answer(go_run: GoRun, step: str) -> None:
    """No error of the call: the state is FAILED, with an SQLSTATE and Databricks' words."""
    sql_state, words = FAILED_STATEMENTS[step]
    status = go_run.got[step]["status"]

    assert (status["state"], status["sql_state"], status["error"]["error_code"]) == ("FAILED", sql_state, "BAD_REQUEST")
    assert words in status["error"]["message"]
