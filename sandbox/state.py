"""All that the sandbox remembers: typed rows in memory for reading, and the same rows in SQLite for surviving.

Rows are frozen dataclasses. A write goes into memory and into a journal; the end of its transaction commits the journal to SQLite
at once, and a failure takes it back out of memory. So the two never disagree, and what was acknowledged is on disk.
"""

import sqlite3
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from pydantic import TypeAdapter


class Row(Protocol):
    """A frozen dataclass with a key that is unique among the rows of its class."""

    @property
    def key(self) -> str: ...


R = TypeVar("R", bound=Row)


class Change(NamedTuple):
    """One row as it was before: all that is needed to take a write back, or to commit it."""

    table: "Table[Any]"
    key: str
    before: Row | None


class Index(Generic[R]):
    """The rows of a table by something other than their key, kept up with each write."""

    def __init__(self, of: Callable[[R], Hashable]) -> None:
        self._of = of
        self._rows: dict[Hashable, dict[str, R]] = {}

    def get(self, value: Hashable) -> list[R]:
        return list(self._rows.get(value, {}).values())

    def one(self, value: Hashable) -> R | None:
        return next(iter(self._rows.get(value, {}).values()), None)

    def replace(self, before: R | None, after: R | None) -> None:
        if before is not None:
            # Emptied groups are left out, or an index over values that never return would only grow.
            group = self._rows[self._of(before)]
            del group[before.key]
            if not group:
                del self._rows[self._of(before)]
        if after is not None:
            self._rows.setdefault(self._of(after), {})[after.key] = after


class Table(Generic[R]):
    """The rows of one class or kind, in the order in which they were first put. `version` grows with every write."""

    def __init__(self, state: "State", row_type: type[R], name: str) -> None:
        self.name = name
        self.version = 0
        self._state = state
        self._adapter: TypeAdapter[R] = TypeAdapter(row_type)
        self._indexes: list[Index[R]] = []
        self._rows: dict[str, R] = {key: self._adapter.validate_json(body) for key, body in state.stored(self.name)}

    def get(self, key: str) -> R | None:
        return self._rows.get(key)

    def __iter__(self) -> Iterator[R]:
        return iter(list(self._rows.values()))

    def __len__(self) -> int:
        return len(self._rows)

    def put(self, row: R) -> None:
        self._state.record(Change(self, row.key, self._rows.get(row.key)))
        self.set(row.key, row)

    def remove(self, key: str) -> None:
        self._state.record(Change(self, key, self._rows.get(key)))
        self.set(key, None)

    def clear(self) -> None:
        for key in list(self._rows):
            self.remove(key)

    def index(self, of: Callable[[R], Hashable]) -> Index[R]:
        index = Index(of)
        for row in self._rows.values():
            index.replace(None, row)
        self._indexes.append(index)
        return index

    def set(self, key: str, row: R | None) -> None:
        """Changes memory alone; for `put`, `remove` and for taking a write back."""
        before = self._rows.get(key)
        for index in self._indexes:
            index.replace(before, row)
        if row is None:
            self._rows.pop(key, None)
        else:
            self._rows[key] = row
        self.version += 1

    def json_of(self, key: str) -> bytes | None:
        row = self._rows.get(key)
        return None if row is None else self._adapter.dump_json(row)


class State:
    """The tables and their file. One process, one thread: a transaction holds no `await`."""

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600)
        self._tables: dict[str, Table[Any]] = {}
        self._journal: list[Change] | None = None
        self._db = sqlite3.connect(path, isolation_level=None, timeout=0.5)
        # EXCLUSIVE: a second server on the same file would not see this one's memory. WAL with NORMAL outlives a killed process.
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("CREATE TABLE IF NOT EXISTS row (kind TEXT, key TEXT, body BLOB, UNIQUE (kind, key))")

    def table(self, row_type: type[R], name: str | None = None) -> Table[R]:
        """The rows of a class; under a name, those of one kind among several that share a class."""
        name = name or row_type.__name__
        if name not in self._tables:
            self._tables[name] = Table(self, row_type, name)
        return self._tables[name]

    def tables(self) -> list[Table[Any]]:
        return list(self._tables.values())

    def stored(self, kind: str) -> list[tuple[str, bytes]]:
        return self._db.execute("SELECT key, body FROM row WHERE kind = ? ORDER BY rowid", (kind,)).fetchall()

    def record(self, change: Change) -> None:
        if self._journal is None:
            raise RuntimeError("a write outside of a transaction would be in memory alone")
        self._journal.append(change)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes within, or none. One inside another is part of the outer one."""
        if self._journal is not None:
            yield
            return
        self._journal = []
        try:
            yield
            self._commit(self._journal)
        except BaseException:
            for change in reversed(self._journal):
                change.table.set(change.key, change.before)
            raise
        finally:
            self._journal = None

    def _commit(self, journal: list[Change]) -> None:
        if not journal:
            return
        # The last state of each row is what counts, however often it was written.
        rows = {(change.table.name, change.key): change.table.json_of(change.key) for change in journal}
        self._db.execute("BEGIN IMMEDIATE")
        try:
            for (kind, key), body in rows.items():
                if body is None:
                    self._db.execute("DELETE FROM row WHERE kind = ? AND key = ?", (kind, key))
                else:
                    self._db.execute(
                        "INSERT INTO row (kind, key, body) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body",
                        (kind, key, body),
                    )
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise

    def close(self) -> None:
        self._db.close()
