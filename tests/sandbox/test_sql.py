"""SQL statements: they run only on a granted warehouse and on granted tables, and fail in Databricks' words."""
# ruff: noqa: S608 - what is put into the statements are constants of these tests

import time

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import BadRequest, NotFound, PermissionDenied
from databricks.sdk.service.catalog import PermissionsChange, Privilege
from databricks.sdk.service.sql import (
    ExecuteStatementRequestOnWaitTimeout,
    StatementParameterListItem,
    StatementResponse,
    StatementState,
)

from sandbox.sql.errors import StatementError
from sandbox.sql.plan import Session, plan
from tests.harness import WORKSPACE_ID, Newcomer, Sandbox

RESPONSES = "main.surveys.responses"
SESSION = Session("somebody", "main", "surveys", {})


@pytest.fixture
def warehouse(sandbox: Sandbox, newcomer: Newcomer) -> str:
    """A running one that the newcomer may use."""
    found = sandbox.warehouse()
    sandbox.grant("warehouses", found, newcomer, "CAN_USE")
    return found


def grant(sandbox: Sandbox, newcomer: Newcomer, kind: str, name: str, *privileges: str) -> None:
    changes = [PermissionsChange(principal=newcomer.application_id, add=[Privilege(word) for word in privileges])]
    sandbox.admin.grants.update(kind, name, changes=changes)


def run(sandbox: Sandbox, newcomer: Newcomer, warehouse: str, statement: str) -> StatementResponse:
    return sandbox.client_of(newcomer).statement_execution.execute_statement(statement, warehouse)


def rows(response: StatementResponse) -> list[list[str]]:
    assert response.status
    assert response.status.state == StatementState.SUCCEEDED, response.status
    return response.result.data_array or [] if response.result else []


def failure(response: StatementResponse) -> str:
    assert response.status
    assert response.status.state == StatementState.FAILED
    assert response.status.error
    return str(response.status.error.message)


def test_a_warehouse_that_may_not_be_used_is_refused(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Without CAN_USE the request itself is a 403; CAN_VIEW is not enough."""
    found = sandbox.warehouse()
    for level in (None, "CAN_VIEW"):
        if level:
            sandbox.grant("warehouses", found, newcomer, level)
        with pytest.raises(PermissionDenied, match="is not authorized to use this SQL Endpoint"):
            run(sandbox, newcomer, found, "SELECT 1")


def test_the_entitlement_is_needed(sandbox: Sandbox) -> None:
    """CAN_USE alone does not do without databricks-sql-access."""
    newcomer = sandbox.newcomer(entitlements=[])
    sandbox.grant("warehouses", sandbox.warehouse(), newcomer, "CAN_USE")

    with pytest.raises(PermissionDenied, match="This API is disabled for users without"):
        run(sandbox, newcomer, sandbox.warehouse(), "SELECT 1")


def test_a_warehouse_that_is_not_there_is_said(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """An unknown id is a 404."""
    with pytest.raises(NotFound, match="nope does not exist"):
        run(sandbox, newcomer, "nope", "SELECT 1")


def test_each_missing_privilege_is_named_in_order(sandbox: Sandbox, newcomer: Newcomer, warehouse: str) -> None:
    """Catalog, schema, table: a failed statement is a 200 with SQLSTATE 42501, until all is granted."""
    statement = f"SELECT response_id, answer, score, submitted_at FROM {RESPONSES} ORDER BY response_id"
    for kind, name, privilege, missing in (
        ("catalog", "main", "USE_CATALOG", "USE CATALOG on Catalog 'main'"),
        ("schema", "main.surveys", "USE_SCHEMA", "USE SCHEMA on Schema 'main.surveys'"),
        ("table", RESPONSES, "SELECT", f"SELECT on Table '{RESPONSES}'"),
    ):
        response = run(sandbox, newcomer, warehouse, statement)
        expected = f"[INSUFFICIENT_PERMISSIONS] Insufficient privileges:\nUser does not have {missing}. SQLSTATE: 42501"
        assert failure(response) == expected
        assert response.status
        assert response.status.sql_state == "42501"
        grant(sandbox, newcomer, kind, name, privilege)

    found = rows(run(sandbox, newcomer, warehouse, statement))
    assert found[0] == ["70001", None, "9", "2025-03-02T10:01:12.000Z"]
    assert len(found) == 7


@pytest.mark.parametrize("table", ["access.audit", "access.table_lineage", "billing.usage", "query.history"])
def test_the_system_tables_are_read_like_any(sandbox: Sandbox, newcomer: Newcomer, warehouse: str, table: str) -> None:
    """Closed at first; with the three privileges on the catalog their rows come."""
    statement = f"SELECT * FROM system.{table} WHERE workspace_id = '{WORKSPACE_ID}'"
    assert "User does not have USE CATALOG on Catalog 'system'" in failure(run(sandbox, newcomer, warehouse, statement))

    grant(sandbox, newcomer, "catalog", "system", "USE_CATALOG", "USE_SCHEMA", "SELECT")

    assert len(rows(run(sandbox, newcomer, warehouse, statement))) >= 3


def test_what_was_not_granted_stays_closed(sandbox: Sandbox, newcomer: Newcomer, warehouse: str) -> None:
    """Neither a join, a subquery nor a CTE of a granted table's name reaches a table of another schema."""
    grant(sandbox, newcomer, "catalog", "main", "USE_CATALOG")
    grant(sandbox, newcomer, "schema", "main.surveys", "USE_SCHEMA", "SELECT")
    for statement in (
        "SELECT * FROM main.customers.customers",
        f"SELECT * FROM {RESPONSES} r JOIN main.customers.customers c ON true",
        f"SELECT (SELECT max(name) FROM main.customers.customers) FROM {RESPONSES}",
        "WITH responses AS (SELECT * FROM main.customers.customers) SELECT * FROM responses",
        f"SELECT * FROM {RESPONSES} WHERE EXISTS (SELECT 1 FROM customers.customers)",
    ):
        assert "USE SCHEMA on Schema 'main.customers'" in failure(run(sandbox, newcomer, warehouse, statement)), statement


def test_workspace_admins_have_no_data_access(sandbox: Sandbox, warehouse: str) -> None:
    """Not even whoever may grant everything reads without a grant."""
    response = sandbox.admin.statement_execution.execute_statement(f"SELECT * FROM {RESPONSES}", warehouse)

    assert "User does not have USE CATALOG" in failure(response)


def test_writing_needs_modify(sandbox: Sandbox, newcomer: Newcomer, warehouse: str) -> None:
    """With SELECT alone nothing is written; with MODIFY rows come, change and go, and the answers count them."""
    grant(sandbox, newcomer, "catalog", "main", "USE_CATALOG")
    grant(sandbox, newcomer, "schema", "main.surveys", "USE_SCHEMA", "SELECT")
    insert = "INSERT INTO main.surveys.surveys VALUES (900, 'Mine', 'en', DATE'2025-05-01', true), (901, 'Mine', 'en', NULL, NULL)"
    for statement in (insert, "UPDATE main.surveys.surveys SET title = 'x'", "DELETE FROM main.surveys.surveys"):
        assert "User does not have MODIFY on Table 'main.surveys.surveys'" in failure(run(sandbox, newcomer, warehouse, statement))

    grant(sandbox, newcomer, "schema", "main.surveys", "MODIFY")
    assert rows(run(sandbox, newcomer, warehouse, insert)) == [["2", "2"]]
    update = "UPDATE main.surveys.surveys SET title = 'Ours' WHERE survey_id = 900"
    assert rows(run(sandbox, newcomer, warehouse, update)) == [["1"]]
    titles = "SELECT title FROM main.surveys.surveys WHERE survey_id >= 900 ORDER BY survey_id"
    assert rows(run(sandbox, newcomer, warehouse, titles)) == [["Ours"], ["Mine"]]
    assert rows(run(sandbox, newcomer, warehouse, "DELETE FROM main.surveys.surveys WHERE survey_id >= 900")) == [["2"]]
    assert rows(run(sandbox, newcomer, warehouse, titles)) == []


def test_a_table_is_made_and_dropped_by_its_owner(sandbox: Sandbox, newcomer: Newcomer, warehouse: str) -> None:
    """CREATE_TABLE makes a table that is the creator's own, seen by Unity Catalog; only a manager drops one."""
    grant(sandbox, newcomer, "catalog", "main", "USE_CATALOG")
    grant(sandbox, newcomer, "schema", "main.surveys", "USE_SCHEMA", "SELECT")
    create = f"CREATE TABLE main.surveys.mine AS SELECT response_id, score FROM {RESPONSES}"
    assert "User does not have CREATE TABLE on Schema 'main.surveys'" in failure(run(sandbox, newcomer, warehouse, create))

    grant(sandbox, newcomer, "schema", "main.surveys", "CREATE_TABLE")
    assert rows(run(sandbox, newcomer, warehouse, create)) == []
    made = sandbox.client_of(newcomer).tables.get("main.surveys.mine")
    assert made.owner == newcomer.application_id
    assert [(column.name, column.type_text) for column in made.columns or []] == [("response_id", "bigint"), ("score", "int")]
    assert rows(run(sandbox, newcomer, warehouse, "SELECT count(*) FROM main.surveys.mine")) == [["7"]]
    assert "[TABLE_OR_VIEW_ALREADY_EXISTS]" in failure(run(sandbox, newcomer, warehouse, create))

    assert "[WRONG_COMMAND_FOR_OBJECT_TYPE]" in failure(run(sandbox, newcomer, warehouse, "DROP TABLE main.surveys.nps_scores"))
    assert "User does not have MANAGE on Table" in failure(run(sandbox, newcomer, warehouse, f"DROP TABLE {RESPONSES}"))
    assert rows(run(sandbox, newcomer, warehouse, "DROP TABLE main.surveys.mine")) == []
    assert "[TABLE_OR_VIEW_NOT_FOUND]" in failure(run(sandbox, newcomer, warehouse, "SELECT * FROM main.surveys.mine"))


def test_a_view_reads_with_its_owners_rights(sandbox: Sandbox, newcomer: Newcomer, warehouse: str) -> None:
    """SELECT on a view is enough for it, and for nothing that it stands on."""
    grant(sandbox, newcomer, "catalog", "main", "USE_CATALOG")
    grant(sandbox, newcomer, "schema", "main.surveys", "USE_SCHEMA")
    grant(sandbox, newcomer, "table", "main.surveys.nps_scores", "SELECT")

    view = "SELECT * FROM main.surveys.nps_scores ORDER BY respondent_id"
    assert rows(run(sandbox, newcomer, warehouse, view)) == [["504", "10"], ["505", "6"]]
    assert f"SELECT on Table '{RESPONSES}'" in failure(run(sandbox, newcomer, warehouse, f"SELECT * FROM {RESPONSES}"))


def test_no_rows_still_have_columns(sandbox: Sandbox, newcomer: Newcomer, warehouse: str) -> None:
    """LIMIT 0 proves a privilege at no cost: a schema, no data, nothing in `data_array`."""
    grant(sandbox, newcomer, "catalog", "main", "USE_CATALOG", "USE_SCHEMA", "SELECT")

    response = run(sandbox, newcomer, warehouse, f"SELECT * FROM {RESPONSES} LIMIT 0")

    assert rows(response) == []
    assert response.manifest
    assert response.manifest.total_row_count == 0
    assert response.manifest.schema
    assert response.manifest.schema.column_count == 7


@pytest.mark.parametrize(
    ("statement", "sql_state", "words"),
    [
        ("SELEC 1", "42601", "[PARSE_SYNTAX_ERROR]"),
        ("SELECT 1; SELECT 2", "42601", "Expected one statement, but got 2."),
        ("SELECT * FROM main.surveys.nope", "42P01", "The table or view `main`.`surveys`.`nope` cannot be found."),
        ("SELECT * FROM nope.a.b", "42704", "Catalog 'nope' was not found."),
        (f"SELECT nope FROM {RESPONSES}", "42703", "[UNRESOLVED_COLUMN.WITHOUT_SUGGESTION]"),
        ("SELECT CAST('a' AS INT)", "22018", "[CAST_INVALID_INPUT]"),
        ("SHOW TABLES", "0A000", "it does not run SHOW"),
        ("TRUNCATE TABLE main.surveys.surveys", "0A000", "it does not run TRUNCATE"),
        ("SELECT * FROM read_csv('/etc/passwd')", "0A000", "the table function read_csv"),
        ("SELECT * FROM duckdb_tables()", "0A000", "the table function duckdb_tables"),
    ],
)
def test_failures_have_their_sql_state(
    sandbox: Sandbox, newcomer: Newcomer, warehouse: str, *, statement: str, sql_state: str, words: str
) -> None:
    """What cannot be parsed, found, cast or run fails with Spark's error class and state."""
    grant(sandbox, newcomer, "catalog", "main", "USE_CATALOG", "USE_SCHEMA", "SELECT")

    response = run(sandbox, newcomer, warehouse, statement)

    assert words in failure(response)
    assert response.status
    assert response.status.sql_state == sql_state


@pytest.mark.parametrize("statement", ["SELECT * FROM 'tables.duckdb'", "SELECT * FROM `/etc/passwd`", "SELECT * FROM csv.`/etc/passwd`"])
def test_no_file_is_reached(sandbox: Sandbox, newcomer: Newcomer, warehouse: str, statement: str) -> None:
    """A file's name is only ever a table's, which is not there."""
    grant(sandbox, newcomer, "catalog", "main", "USE_CATALOG", "USE_SCHEMA", "SELECT")

    assert "SQLSTATE: 42" in failure(run(sandbox, newcomer, warehouse, statement))


@pytest.mark.parametrize(
    "statement",
    [
        "WITH gone AS (DELETE FROM main.surveys.responses RETURNING *) SELECT * FROM gone",
        "SELECT * FROM query('SELECT 1')",
        "SELECT * FROM a, LATERAL duckdb_tables()",
        "INSERT OVERWRITE a SELECT 1",
        "ATTACH 'x.db'",
        "PRAGMA version",
        "SET x = 1",
        "COPY INTO a FROM 'x'",
        "CREATE VIEW v AS SELECT 1",
        "GRANT SELECT ON TABLE a TO b",
        "CREATE TABLE `a.b` (n INT)",
    ],
)
def test_nothing_that_is_not_understood_is_run(statement: str) -> None:
    """A statement is planned as one of the kinds whose privileges are known, or refused."""
    with pytest.raises(StatementError):
        plan(statement, SESSION)


def test_a_name_within_its_own_definition_is_a_tables() -> None:
    """`WITH t AS (SELECT * FROM t)` reads the table `t`; after it, `t` is the query."""
    found = plan("WITH t AS (SELECT * FROM t) SELECT * FROM T JOIN u ON true", SESSION)

    assert found.reads == (("main", "surveys", "u"), ("main", "surveys", "t"))


def finished(client: WorkspaceClient, statement_id: str) -> StatementResponse:
    """The statement's answer, once it has one."""
    for _ in range(600):
        response = client.statement_execution.get_statement(statement_id)
        if response.status and response.status.state not in (StatementState.PENDING, StatementState.RUNNING):
            return response
        time.sleep(0.05)
    raise AssertionError(f"statement {statement_id} has not ended in 30 s")


def test_a_stopped_warehouse_starts_by_itself(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """A statement starts it and waits; CAN_USE is enough for that."""
    stopped = sandbox.warehouse("cx-adhoc")
    sandbox.grant("warehouses", stopped, newcomer, "CAN_USE")
    client = sandbox.client_of(newcomer)
    assert str(sandbox.admin.warehouses.get(stopped).state).endswith("STOPPED")

    at_once = client.statement_execution.execute_statement("SELECT 1", stopped, wait_timeout="0s")
    assert at_once.status
    assert at_once.status.state == StatementState.PENDING
    assert rows(client.statement_execution.execute_statement("SELECT 1", stopped)) == [["1"]]
    assert str(sandbox.admin.warehouses.get(stopped).state).endswith("RUNNING")
    assert at_once.statement_id
    assert rows(finished(client, at_once.statement_id)) == [["1"]]


def test_only_its_own_statements_are_fetched(sandbox: Sandbox, newcomer: Newcomer, warehouse: str) -> None:
    """A statement's result belongs to whoever ran it, admins included."""
    response = run(sandbox, newcomer, warehouse, "SELECT 1")
    assert response.statement_id

    assert rows(sandbox.client_of(newcomer).statement_execution.get_statement(response.statement_id)) == [["1"]]
    with pytest.raises(NotFound):
        sandbox.admin.statement_execution.get_statement(response.statement_id)


def test_a_long_statement_can_be_cancelled(sandbox: Sandbox, newcomer: Newcomer, warehouse: str) -> None:
    """While it runs others are served; cancelled, it ends at once."""
    client = sandbox.client_of(newcomer)
    endless = "SELECT count(*) FROM (SELECT explode(sequence(1, 30000000))) a, (SELECT explode(sequence(1, 100000))) b"
    started = client.statement_execution.execute_statement(endless, warehouse, wait_timeout="0s")
    assert started.statement_id

    assert rows(run(sandbox, newcomer, warehouse, "SELECT 1")) == [["1"]]
    client.statement_execution.cancel_execution(started.statement_id)

    ended = client.statement_execution.get_statement(started.statement_id)
    assert ended.status
    assert ended.status.state == StatementState.CANCELED


def test_a_time_limit_cancels(sandbox: Sandbox, newcomer: Newcomer, warehouse: str) -> None:
    """`on_wait_timeout: CANCEL` ends what has not ended in time."""
    cancel = ExecuteStatementRequestOnWaitTimeout.CANCEL
    endless = "SELECT count(*) FROM (SELECT explode(sequence(1, 30000000))) a, (SELECT explode(sequence(1, 100000))) b"
    began = time.monotonic()

    response = sandbox.client_of(newcomer).statement_execution.execute_statement(
        endless, warehouse, wait_timeout="5s", on_wait_timeout=cancel
    )

    assert response.status
    assert response.status.state == StatementState.CANCELED
    assert time.monotonic() - began < 10


def test_parameters_and_the_session_are_put_in(sandbox: Sandbox, newcomer: Newcomer, warehouse: str) -> None:
    """Named parameters have types; catalog and schema complete names; the user is the application id."""
    grant(sandbox, newcomer, "catalog", "main", "USE_CATALOG", "USE_SCHEMA", "SELECT")
    parameters = [StatementParameterListItem(name="least", value="9", type="INT")]

    response = sandbox.client_of(newcomer).statement_execution.execute_statement(
        "SELECT response_id, current_user() FROM responses WHERE score >= :least ORDER BY 1",
        warehouse,
        catalog="main",
        schema="surveys",
        parameters=parameters,
    )

    assert rows(response) == [["70001", newcomer.application_id], ["70006", newcomer.application_id]]


def test_large_results_come_in_chunks(sandbox: Sandbox, newcomer: Newcomer, warehouse: str) -> None:
    """Each chunk says where it stands and which is the next; a limit of rows cuts and says so."""
    client = sandbox.client_of(newcomer)
    response = run(sandbox, newcomer, warehouse, "SELECT explode(sequence(1, 25000)) AS n")
    assert response.manifest
    assert response.statement_id
    assert response.result

    last = client.statement_execution.get_statement_result_chunk_n(response.statement_id, 2)
    assert (response.manifest.total_chunk_count, response.result.next_chunk_index) == (3, 1)
    assert (last.row_offset, last.row_count, last.next_chunk_index) == (20000, 5000, None)

    cut = client.statement_execution.execute_statement("SELECT explode(sequence(1, 100)) AS n", warehouse, row_limit=10)
    assert cut.manifest
    assert (len(rows(cut)), cut.manifest.truncated) == (10, True)


@pytest.mark.parametrize("wait", ["3s", "51s", "soon"])
def test_an_impossible_wait_is_refused(sandbox: Sandbox, newcomer: Newcomer, warehouse: str, wait: str) -> None:
    """0s, or 5 to 50 seconds."""
    with pytest.raises(BadRequest, match="wait_timeout"):
        sandbox.client_of(newcomer).statement_execution.execute_statement("SELECT 1", warehouse, wait_timeout=wait)


def test_rows_survive_a_kill_and_go_with_a_reset(own_sandbox: Sandbox) -> None:
    """What was written is there after kill -9; a reset brings the seed's rows back."""
    newcomer = own_sandbox.newcomer()
    warehouse = own_sandbox.warehouse()
    own_sandbox.grant("warehouses", warehouse, newcomer, "CAN_USE")
    grant(own_sandbox, newcomer, "catalog", "main", "USE_CATALOG", "USE_SCHEMA", "SELECT", "MODIFY", "CREATE_TABLE")
    count = "SELECT count(*) FROM main.surveys.surveys"
    for statement in ("INSERT INTO main.surveys.surveys (survey_id) VALUES (7)", "CREATE TABLE main.surveys.mine (n INT)"):
        assert rows(run(own_sandbox, newcomer, warehouse, statement)) is not None
    assert rows(run(own_sandbox, newcomer, warehouse, "INSERT INTO main.surveys.mine VALUES (1)")) == [["1", "1"]]

    own_sandbox.kill()
    own_sandbox.start()
    assert rows(run(own_sandbox, newcomer, warehouse, count)) == [["5"]]
    assert rows(run(own_sandbox, newcomer, warehouse, "SELECT n FROM main.surveys.mine")) == [["1"]]

    assert own_sandbox.http.post("/sandbox/reset").is_success
    own_sandbox.renew()
    again = own_sandbox.newcomer()
    own_sandbox.grant("warehouses", warehouse, again, "CAN_USE")
    grant(own_sandbox, again, "catalog", "main", "USE_CATALOG", "USE_SCHEMA", "SELECT")
    assert rows(run(own_sandbox, again, warehouse, count)) == [["4"]]
    assert "[TABLE_OR_VIEW_NOT_FOUND]" in failure(run(own_sandbox, again, warehouse, "SELECT n FROM main.surveys.mine"))
