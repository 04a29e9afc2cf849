"""From the text of a statement to what it does: which tables it reads and writes, and the same in DuckDB's words.

Nothing that is not understood is run. In DuckDB each schema of Unity Catalog is a schema named `catalog.schema`, and the search path
holds no table at all: a name that was not resolved here finds nothing there.
"""

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp, parse
from sqlglot.errors import SqlglotError

from sandbox.sql.errors import InvalidNameError, NotFoundError, ParseSyntaxError, UnsupportedError
from sandbox.unity_catalog.rows import Column

Kind = Literal["read", "write", "create", "drop"]
Name = tuple[str, str, str]
"""Catalog, schema and table, in lower case."""

# sqlglot warns of statements that it does not know; here they are refused, with a better sentence.
logging.getLogger("sqlglot").setLevel(logging.ERROR)

DIALECT = "databricks"
_PARTS = 3
_NAME = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Session:
    """What a statement's names are resolved against."""

    user: str
    catalog: str
    schema: str
    parameters: Mapping[str, tuple[str | None, str]]
    """Value and type, by name."""


@dataclass(frozen=True, slots=True)
class Plan:
    kind: Kind
    sql: str
    reads: tuple[Name, ...] = ()
    target: Name | None = None
    columns: tuple[Column, ...] = ()
    """Of a table that is made with its columns named."""
    may_exist: bool = False
    may_be_missing: bool = False
    verb: str = ""


def plan(text: str, session: Session) -> Plan:
    """The one statement in a text."""
    tree = _parsed(text)
    _substitute(tree, session)
    _refuse_hidden_writes(tree)
    _refuse_table_functions(tree)
    match tree:
        case exp.Query() | exp.Values():
            reads = tuple(_resolve(table, session) for table in _tables(tree))
            return Plan("read", _duckdb(tree), reads)
        case exp.Insert() | exp.Update() | exp.Delete():
            return _write(tree, session)
        case exp.Create() if tree.kind == "TABLE":
            return _create(tree, session)
        case exp.Drop() if tree.args.get("kind") == "TABLE":
            return _drop(tree, session)
        case exp.Create() | exp.Drop():
            raise UnsupportedError(f"{tree.key.upper()} {tree.args.get('kind') or ''}".strip())
        case _:
            raise UnsupportedError(text.split(maxsplit=1)[0].upper())


def view_sql(definition: str, session: Session) -> tuple[str, tuple[Name, ...]]:
    """A view's query in DuckDB's words, and the tables that it stands on."""
    found = plan(definition, session)
    return found.sql, found.reads


def quoted(name: Name) -> str:
    """How DuckDB finds the table."""
    return exp.table_(name[2], db=f"{name[0]}.{name[1]}", quoted=True).sql("duckdb")


def _parsed(text: str) -> exp.Expr:
    try:
        trees = [tree for tree in parse(text, read=DIALECT) if tree is not None]
    except SqlglotError as error:
        raise ParseSyntaxError(_first_words(error)) from error
    if len(trees) != 1:
        raise ParseSyntaxError(f"Expected one statement, but got {len(trees)}.")
    tree = trees[0]
    if not isinstance(tree, exp.Expr):
        raise ParseSyntaxError("Syntax error.")
    return tree


def _first_words(error: SqlglotError) -> str:
    details = getattr(error, "errors", None)
    if not details:
        return "Syntax error."
    first = details[0]
    place = f"line {first.get('line')}, pos {first.get('col')}"
    return f"Syntax error at or near '{first.get('highlight')}': {first.get('description')} ({place})."


def _write(tree: exp.Insert | exp.Update | exp.Delete, session: Session) -> Plan:
    if tree.args.get("overwrite"):
        raise UnsupportedError("INSERT OVERWRITE")
    if tree.args.get("returning"):
        raise UnsupportedError("RETURNING")
    into = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    if not isinstance(into, exp.Table):
        raise UnsupportedError(f"{tree.key.upper()} into {into.key if into else 'nothing'}")
    others = [table for table in _tables(tree) if table is not into]
    reads, target = tuple(_resolve(table, session) for table in others), _resolve(into, session)
    return Plan("write", _duckdb(tree), reads, target, verb=tree.key)


def _create(tree: exp.Create, session: Session) -> Plan:
    declared = tree.this
    table = declared.this if isinstance(declared, exp.Schema) else declared
    definitions = declared.expressions if isinstance(declared, exp.Schema) else []
    if not all(isinstance(one, exp.ColumnDef) and one.kind for one in definitions) or not (definitions or tree.expression):
        raise UnsupportedError("CREATE TABLE without columns or a query")
    if tree.args.get("replace"):
        raise UnsupportedError("CREATE OR REPLACE TABLE")
    reads = tuple(_resolve(one, session) for one in _tables(tree) if one is not table)
    target = _resolve(table, session)
    if not _NAME.fullmatch(target[2]):
        raise InvalidNameError(target[2])
    # What a table is stored as, where, and with which properties means nothing here.
    tree.args.pop("properties", None)
    # The file may hold one that a lost transaction left behind.
    tree.args["replace"] = True
    may_exist = bool(tree.args.get("exists"))
    tree.args["exists"] = False
    columns = tuple(Column(one.name.lower(), one.kind.sql(DIALECT).lower()) for one in definitions)
    return Plan("create", _duckdb(tree), reads, target, columns, may_exist=may_exist)


def _drop(tree: exp.Drop, session: Session) -> Plan:
    tables = tree.args.get("tables") or []
    if len(tables) != 1:
        raise ParseSyntaxError(f"DROP TABLE takes one table, but got {len(tables)}.")
    target = _resolve(tables[0], session)
    may_be_missing = bool(tree.args.get("exists"))
    # A table of the seed that nobody read yet is not in the file.
    tree.args["exists"] = True
    return Plan("drop", _duckdb(tree), target=target, may_be_missing=may_be_missing)


def _tables(tree: exp.Expr) -> Iterator[exp.Table]:
    """The tables that are none of the statement's own (`WITH`)."""
    for table in list(tree.find_all(exp.Table)):
        if table.db or table.name.lower() not in _common_names(table):
            yield table


def _common_names(table: exp.Table) -> set[str]:
    names: set[str] = set()
    within: list[exp.Expr] = []
    place: exp.Expr | None = table
    while place is not None:
        with_ = place.args.get("with_")
        if isinstance(with_, exp.With):
            names |= {one.alias.lower() for one in _known_to(with_, within)}
        within.append(place)
        place = place.parent
    return names


def _known_to(with_: exp.With, within: list[exp.Expr]) -> list[exp.Expr]:
    """A part of a `WITH` knows those before it, and itself only if it is recursive: else its own name in it is a table's."""
    own = next((index for index, one in enumerate(with_.expressions) if one in within), None)
    return with_.expressions if own is None or with_.args.get("recursive") else with_.expressions[:own]


def _resolve(table: object, session: Session) -> Name:
    """The full name; the tree gets DuckDB's."""
    if not isinstance(table, exp.Table) or not isinstance(table.this, exp.Identifier):
        raise UnsupportedError("statements on anything but tables")
    if len(table.parts) > _PARTS:
        raise NotFoundError(tuple(part.name for part in table.parts))
    name = ((table.catalog or session.catalog).lower(), (table.db or session.schema).lower(), table.name.lower())
    table.set("catalog", None)
    table.set("db", exp.to_identifier(f"{name[0]}.{name[1]}", quoted=True))
    table.set("this", exp.to_identifier(name[2], quoted=True))
    return name


def _refuse_hidden_writes(tree: exp.Expr) -> None:
    for part in tree.find_all(exp.DML, exp.DDL, exp.Drop, exp.Command):
        if part is not tree:
            raise UnsupportedError(f"{part.key.upper()} inside of another statement")


def _refuse_table_functions(tree: exp.Expr) -> None:
    # They read files, settings and the names of all tables.
    for place in tree.find_all(exp.Table, exp.Lateral):
        if isinstance(place.this, exp.Func):
            name = place.this.name if isinstance(place.this, exp.Anonymous) else place.this.sql_name()
            raise UnsupportedError(f"the table function {name.lower()}")


def _substitute(tree: exp.Expr, session: Session) -> None:
    """Puts in what only the session knows, and takes schemas away from columns, whose tables have other ones in DuckDB."""
    known: dict[type[exp.Expr], str] = {
        exp.CurrentUser: session.user,
        exp.CurrentCatalog: session.catalog,
        exp.CurrentSchema: session.schema,
    }
    for node in list(tree.find_all(*known, exp.Placeholder, exp.Parameter, exp.Column)):
        if isinstance(node, exp.Column):
            node.set("db", None)
            node.set("catalog", None)
        elif type(node) in known:
            node.replace(exp.Literal.string(known[type(node)]))
        else:
            node.replace(_value(node.name, session))


def _value(name: str, session: Session) -> exp.Expr:
    if name not in session.parameters:
        raise ParseSyntaxError(f"Found the unbound parameter: {name}.")
    value, type_name = session.parameters[name]
    literal = exp.Null() if value is None else exp.Literal.string(value)
    return exp.cast(literal, exp.DataType.build(type_name, dialect=DIALECT))


def _duckdb(tree: exp.Expr) -> str:
    return tree.sql("duckdb")
