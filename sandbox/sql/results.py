"""A result as the API gives it: all values strings or null, in chunks (api-facts: 8.1)."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from sandbox.errors import Json
from sandbox.sql.tables import Rows
from sandbox.unity_catalog.rendering import type_name

CHUNK_ROWS = 10_000
Values = list[str | None]

# DuckDB's types in Databricks' words; all others are shown as strings.
_TYPES = {
    "BIGINT": "bigint", "INTEGER": "int", "SMALLINT": "smallint", "TINYINT": "tinyint", "HUGEINT": "decimal(38,0)", "DOUBLE": "double",
    "FLOAT": "float", "BOOLEAN": "boolean", "VARCHAR": "string", "DATE": "date", "TIMESTAMP": "timestamp", "BLOB": "binary",
    "TIMESTAMP WITH TIME ZONE": "timestamp",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Result:
    columns: tuple[tuple[str, str], ...]
    """Name and type, in Databricks' words."""
    rows: tuple[Values, ...]
    truncated: bool = False

    def manifest(self) -> Json:
        schema = {"column_count": len(self.columns)}
        columns = [_column(position, name, kind) for position, (name, kind) in enumerate(self.columns)]
        counts = {"total_row_count": len(self.rows), "truncated": self.truncated}
        if not self.rows:
            return {"format": "JSON_ARRAY", "schema": {**schema, "columns": columns}, **counts}
        chunks = [self._extent(index) for index in range(self.chunk_count)]
        return {
            "format": "JSON_ARRAY",
            "schema": {**schema, "columns": columns},
            "total_chunk_count": self.chunk_count,
            "chunks": chunks,
            **counts,
        }

    @property
    def chunk_count(self) -> int:
        return -(-len(self.rows) // CHUNK_ROWS)

    def chunk(self, index: int, statement_id: str) -> Json:
        if not self.rows:
            return {}
        start = index * CHUNK_ROWS
        more = index + 1 < self.chunk_count
        link = f"/api/2.0/sql/statements/{statement_id}/result/chunks/{index + 1}"
        next_chunk = {"next_chunk_index": index + 1, "next_chunk_internal_link": link} if more else {}
        return {**self._extent(index), **next_chunk, "data_array": list(self.rows[start : start + CHUNK_ROWS])}

    def _extent(self, index: int) -> Json:
        start = index * CHUNK_ROWS
        return {"chunk_index": index, "row_offset": start, "row_count": min(CHUNK_ROWS, len(self.rows) - start)}


def result_of(rows: Rows, *, row_limit: int | None) -> Result:
    columns = tuple((name, databricks_type(kind)) for name, kind in rows.columns)
    kept = rows.values if row_limit is None else rows.values[:row_limit]
    values = tuple([_text(value) for value in row] for row in kept)
    return Result(columns, values, truncated=len(kept) < len(rows.values))


def affected(rows: Rows, verb: str) -> Result:
    """What a write answers: how many rows it touched."""
    count = str(rows.values[0][0]) if rows.values else "0"
    names = ["num_affected_rows", *(["num_inserted_rows"] if verb == "insert" else [])]
    return Result(tuple((name, "bigint") for name in names), ([count for _ in names],))


def databricks_type(duckdb_type: str) -> str:
    decimal = re.fullmatch(r"DECIMAL\((\d+), ?(\d+)\)", duckdb_type)
    return f"decimal({decimal[1]},{decimal[2]})" if decimal else _TYPES.get(duckdb_type, "string")


def _column(position: int, name: str, kind: str) -> Json:
    return {"name": name, "type_text": kind.upper(), "type_name": type_name(kind), "position": position}


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, int | float | Decimal) else json.dumps(value, default=str)


def _moment(value: datetime) -> str:
    moment = value if value.tzinfo else value.replace(tzinfo=UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
