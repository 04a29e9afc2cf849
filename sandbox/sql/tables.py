"""The rows of all tables, in a DuckDB file beside `workspace.db`. Which tables there are, Unity Catalog alone says."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import duckdb

from sandbox.sql.first_rows import first_rows
from sandbox.sql.plan import Name, quoted
from sandbox.unity_catalog.rows import Securable

# No file, no network and no setting can be reached from a statement, whatever the parser let through.
_SEALED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": "1GB",
    "threads": "2",
    "lock_configuration": "true",
}


@dataclass(frozen=True, slots=True)
class Rows:
    """What a statement gave: DuckDB's names and types of the columns, and its values."""

    columns: tuple[tuple[str, str], ...]
    values: list[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Needed:
    """A table that a statement touches; of a view, its query in DuckDB's words too."""

    table: Securable
    view_sql: str = ""


class Tables:
    """Opened with the first statement, so that a sandbox that runs none starts sooner."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._present: set[str] = set()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own for one statement, which can be interrupted alone."""
        with self._lock:
            return self._opened().cursor()

    def run(self, cursor: duckdb.DuckDBPyConnection, sql: str, needed: Iterable[Needed]) -> Rows:
        """Runs DuckDB's own words. Blocks; belongs into a thread."""
        with self._lock:
            for one in needed:
                self._make(self._opened(), one)
        cursor.execute(sql)
        columns = tuple((str(column[0]), str(column[1])) for column in cursor.description or ())
        return Rows(columns, cursor.fetchall())

    def columns_of(self, name: Name) -> tuple[tuple[str, str], ...]:
        """A table's columns, by name and DuckDB's type."""
        found = self.cursor().execute(f"DESCRIBE {quoted(name)}").fetchall()
        return tuple((str(row[0]), str(row[1])) for row in found)

    def make_schema(self, name: Name) -> None:
        """A place for a table of this name, in a schema that no statement may have touched yet."""
        with self._lock:
            _make_schema(self._opened(), *name[:2])

    def remember(self, full_name: str) -> None:
        """The table was made by a statement, and is not to be made again."""
        with self._lock:
            self._present.add(full_name)

    def forget(self, full_name: str) -> None:
        """The table is dropped: one of the same name that comes later is another."""
        with self._lock:
            self._present.discard(full_name)

    def empty(self) -> None:
        """As before the first statement: the tables of the seed come back when somebody reads them."""
        with self._lock:
            if self._connection is None and not self._path.exists():
                return
            for (schema,) in self._opened().execute("SELECT DISTINCT table_schema FROM information_schema.tables").fetchall():
                self._opened().execute(f'DROP SCHEMA "{schema}" CASCADE')
            self._present.clear()

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _opened(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            self._connection = duckdb.connect(str(self._path), config=_SEALED)
            self._path.chmod(0o600)
            found = self._connection.execute("SELECT table_schema || '.' || table_name FROM information_schema.tables").fetchall()
            self._present = {str(row[0]) for row in found}
        return self._connection

    def _make(self, connection: duckdb.DuckDBPyConnection, needed: Needed) -> None:
        """Puts a table into the file when it is first touched."""
        table = needed.table
        if table.full_name in self._present:
            return
        catalog, schema, name = table.full_name.split(".")
        place = quoted((catalog, schema, name))
        _make_schema(connection, catalog, schema)
        connection.begin()
        try:
            if needed.view_sql:
                connection.execute(f"CREATE OR REPLACE VIEW {place} AS {needed.view_sql}")
            else:
                columns = ", ".join(f'"{column.name}" {column.type}' for column in table.columns)
                connection.execute(f"CREATE OR REPLACE TABLE {place} ({columns})")
                marks = ", ".join("?" for _ in table.columns)
                if rows := first_rows(table):
                    connection.executemany(f"INSERT INTO {place} VALUES ({marks})", rows)  # noqa: S608 - a quoted name and question marks
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
        self._present.add(table.full_name)


def _make_schema(connection: duckdb.DuckDBPyConnection, catalog: str, schema: str) -> None:
    connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{catalog}.{schema}"')
