"""SQL statements: who may run what on which warehouse, and what becomes of it (api-facts: 8.1).

Statements and their results are in memory alone: a restart forgets them, as Databricks does after some hours.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import uuid4

import duckdb

from sandbox.caller import Caller
from sandbox.errors import InvalidParameterValueError, Json, ResourceDoesNotExistError
from sandbox.sql.errors import AlreadyExistsError, StatementError
from sandbox.sql.plan import Name, Plan, plan
from sandbox.sql.request import Request
from sandbox.sql.results import Result, affected, databricks_type, result_of
from sandbox.sql.tables import Needed, Rows, Tables
from sandbox.sql.tables_allowed import TablesAllowed
from sandbox.state import State
from sandbox.unity_catalog.rows import Column
from sandbox.unity_catalog.rules import UnityCatalog
from sandbox.warehouses.rules import Warehouses

log = logging.getLogger("sandbox")

KEPT_STATEMENTS = 1000
_WAREHOUSE_POLL_S = 0.05


@dataclass(slots=True)
class Statement:
    """One statement on its way: PENDING while its warehouse starts, then RUNNING, then one of the ends."""

    id: str
    owner: str
    state: str = "PENDING"
    error: StatementError | None = None
    result: Result | None = None
    cursor: duckdb.DuckDBPyConnection | None = None
    task: "asyncio.Task[None] | None" = field(default=None, repr=False)

    @property
    def is_over(self) -> bool:
        return self.state not in ("PENDING", "RUNNING")

    def as_json(self) -> Json:
        answer: Json = {"statement_id": self.id, "status": {"state": self.state}}
        if self.error is not None:
            # Of the API's own codes; the truth is in the SQLSTATE.
            error = {"error_code": "BAD_REQUEST", "message": str(self.error)}
            answer["status"] |= {"error": error, "sql_state": self.error.sql_state}
        if self.result is not None:
            answer |= {"manifest": self.result.manifest(), "result": self.result.chunk(0, self.id)}
        return answer


class Statements:
    def __init__(self, state: State, unity: UnityCatalog, warehouses: Warehouses, tables: Tables) -> None:
        self._state = state
        self._unity = unity
        self._warehouses = warehouses
        self._tables = tables
        self._allowed = TablesAllowed(unity.access)
        self._statements: OrderedDict[str, Statement] = OrderedDict()

    async def execute(self, caller: Caller, request: Request) -> Statement:
        """Starts it, and waits as long as was asked for."""
        with self._state.transaction():
            # Refused here, it is no failed statement but a refused request; a stopped warehouse starts by itself.
            self._warehouses.start(caller, request.warehouse_id)
        statement = Statement(str(uuid4()), caller.name)
        self._remember(statement)
        statement.task = asyncio.create_task(self._run(caller, statement, request))
        await asyncio.wait([statement.task], timeout=request.wait_s)
        if request.cancel_on_timeout and not statement.is_over:
            self._cancel(statement)
        return statement

    def get(self, caller: Caller, statement_id: str) -> Statement:
        """Only whoever ran it may fetch it."""
        statement = self._statements.get(statement_id)
        if statement is None or statement.owner != caller.name:
            raise ResourceDoesNotExistError(f"The statement {statement_id} was not found.")
        return statement

    def chunk(self, caller: Caller, statement_id: str, index: str) -> Json:
        statement = self.get(caller, statement_id)
        if statement.result is None or not index.isdigit() or int(index) >= statement.result.chunk_count:
            raise InvalidParameterValueError(f"The statement {statement_id} has no chunk {index}.")
        return statement.result.chunk(int(index), statement_id)

    def cancel(self, caller: Caller, statement_id: str) -> None:
        statement = self.get(caller, statement_id)
        if not statement.is_over:
            self._cancel(statement)

    def forget(self, table: str) -> None:
        """The table was deleted by Unity Catalog's API: one of the same name that comes later is another."""
        self._tables.forget(table)

    def reset(self) -> None:
        for statement in self._statements.values():
            if not statement.is_over:
                self._cancel(statement)
        self._statements.clear()
        self._tables.empty()

    def _remember(self, statement: Statement) -> None:
        self._statements[statement.id] = statement
        while len(self._statements) > KEPT_STATEMENTS:
            self._statements.popitem(last=False)

    def _cancel(self, statement: Statement) -> None:
        statement.state = "CANCELED"
        if statement.cursor is not None:
            statement.cursor.interrupt()

    async def _run(self, caller: Caller, statement: Statement, request: Request) -> None:
        try:
            found = plan(request.statement, request.session)
            needed = self._allowed.needed(caller, found)
            await self._warehouse_runs(request.warehouse_id)
            if statement.is_over:
                return
            statement.state = "RUNNING"
            result = await self._done(caller, statement, found, needed, request.row_limit)
        except StatementError as error:
            self._end(statement, "FAILED", error=error)
        except duckdb.Error as error:
            self._end(statement, "FAILED", error=_translated(error))
        except Exception:
            # Nobody waits for this task: without an end here the statement would run for ever.
            log.exception("statement %s failed", statement.id)
            self._end(statement, "FAILED", error=StatementError("INTERNAL_ERROR", "The sandbox failed; its log says where.", "XX000"))
        else:
            self._end(statement, "SUCCEEDED", result=result)
        finally:
            if statement.cursor is not None:
                statement.cursor.close()
                statement.cursor = None

    def _end(self, statement: Statement, state: str, *, error: StatementError | None = None, result: Result | None = None) -> None:
        # One that was cancelled meanwhile stays so.
        if not statement.is_over:
            statement.state, statement.error, statement.result = state, error, result

    async def _warehouse_runs(self, warehouse_id: str) -> None:
        # By the sandbox's clock, which a test may move: no event tells when that is.
        while (row := self._warehouses.rows.get(warehouse_id)) and self._warehouses.state_of(row) != "RUNNING":  # noqa: ASYNC110
            await asyncio.sleep(_WAREHOUSE_POLL_S)

    async def _done(self, caller: Caller, statement: Statement, found: Plan, needed: list[Needed], row_limit: int | None) -> Result:
        if found.kind == "drop":
            return await self._drop(caller, statement, found)
        if found.kind == "create" and found.target:
            if self._allowed.table(found.target):
                if found.may_exist:
                    return Result((), ())
                raise AlreadyExistsError(found.target)
            self._tables.make_schema(found.target)
        rows = await self._duckdb(statement, found.sql, needed)
        if found.kind == "create" and found.target:
            self._record(caller, found.target, found.columns)
            return Result((), ())
        return affected(rows, found.verb) if found.kind == "write" else result_of(rows, row_limit=row_limit)

    async def _duckdb(self, statement: Statement, sql: str, needed: Iterable[Needed]) -> Rows:
        statement.cursor = self._tables.cursor()
        return await asyncio.to_thread(self._tables.run, statement.cursor, sql, list(needed))

    def _record(self, caller: Caller, target: Name, columns: tuple[Column, ...]) -> None:
        """A new table is known only after its rows have a place, so that what is known can always be read."""
        found = columns or tuple(Column(name.lower(), databricks_type(kind)) for name, kind in self._tables.columns_of(target))
        self._tables.remember(".".join(target))
        with self._state.transaction():
            self._unity.create_table(caller, ".".join(target), found)

    async def _drop(self, caller: Caller, statement: Statement, found: Plan) -> Result:
        """The other way round: what is no longer known may still be in the file, and is in nobody's way there."""
        row = self._allowed.table(found.target) if found.target else None
        if row is not None:
            with self._state.transaction():
                self._unity.making.delete(self._unity.changeable(caller, row.kind, row.full_name), force=True)
            self._tables.forget(row.full_name)
            await self._duckdb(statement, found.sql, [])
        return Result((), ())


def _translated(error: duckdb.Error) -> StatementError:
    """DuckDB's refusals under Spark's names; their sentences stay DuckDB's."""
    sentence = str(error).split("\n", 1)[0].partition(": ")[2] or str(error)
    match error:
        case duckdb.BinderException() if "column" in sentence.lower():
            return StatementError("UNRESOLVED_COLUMN.WITHOUT_SUGGESTION", sentence, "42703")
        case duckdb.ConversionException():
            return StatementError("CAST_INVALID_INPUT", sentence, "22018")
        case duckdb.ConstraintException():
            return StatementError("DELTA_VIOLATE_CONSTRAINT_WITH_VALUES", sentence, "23001")
        case duckdb.CatalogException() if "function" in sentence.lower():
            return StatementError("UNRESOLVED_ROUTINE", sentence, "42883")
        case _:
            return StatementError("SANDBOX_ENGINE_ERROR", sentence, "XX000")
