"""The hot statements on PostgreSQL, each prepared once for a connection and then sent through libpq without a cursor.

psycopg's public parts, `pq` and `adapt.Transformer`, with the adapters of Django's connection: values go in and come out as through its
cursor, in two fifths of the cursor's time.
"""

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg import errors
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import DiagnosticField, ExecStatus, TransactionStatus

# A statement has a few spellings and its values a few types; more than these have no place among the hot ones
_MOST = 200
# The server forgot a statement (DISCARD ALL), or a table is no longer what it was prepared for (a migration)
_OUTDATED = {errors.InvalidSqlStatementName.sqlstate, errors.FeatureNotSupported.sqlstate}


class _Statement:
    """One statement on one connection. `names`: under which it is prepared, by the types of its values."""

    __slots__ = ("formats", "names", "text", "transformer")

    def __init__(self, raw: "psycopg.Connection[Any]", statement: str, size: int) -> None:
        first, *others = statement.split("%s")
        numbered = first + "".join(f"${number}{part}" for number, part in enumerate(others, 1))
        self.text = numbered.replace("%%", "%").encode()
        self.transformer = Transformer(raw)
        self.formats = [PyFormat.AUTO] * size
        self.names: dict[tuple[int, ...], bytes] = {}


class _Kept:
    """What a connection has prepared."""

    __slots__ = ("made", "statements")

    def __init__(self) -> None:
        self.made = 0
        self.statements: dict[str, _Statement] = {}


_kept: "WeakKeyDictionary[psycopg.Connection[Any], _Kept]" = WeakKeyDictionary()


def execute(raw: "psycopg.Connection[Any]", statement: str, parameters: Sequence[Any]) -> tuple[Any, ...] | None:
    """As `sql.execute`. Raises `psycopg.Error`, with the class of its SQLSTATE."""
    if raw.prepare_threshold is not None:
        return _on_cursor(raw, statement, parameters)
    if not raw.autocommit and raw.pgconn.transaction_status == TransactionStatus.IDLE:
        _begin(raw)
    kept = _kept.get(raw)
    if kept is None or kept.made >= _MOST:
        kept = _kept[raw] = _Kept()
    found = kept.statements.get(statement)
    if found is None:
        found = kept.statements[statement] = _Statement(raw, statement, len(parameters))
    transformer = found.transformer
    values: Any = transformer.dump_sequence(parameters, found.formats)
    types = transformer.types or ()
    name = found.names.get(types)
    if name is None:
        name = _prepare(raw, kept, found, types)
    result = raw.pgconn.exec_prepared(name, values, transformer.formats)
    if result.status == ExecStatus.TUPLES_OK:
        if not result.ntuples:
            return None
        transformer.set_pgresult(result)
        return transformer.load_row(0, tuple)
    if result.status != ExecStatus.COMMAND_OK:
        raise _error(raw, result)
    return (result.command_tuples,)


def _on_cursor(raw: "psycopg.Connection[Any]", statement: str, parameters: Sequence[Any]) -> tuple[Any, ...] | None:
    """Where the project has psycopg prepare: after each ROLLBACK it deallocates everything, what is prepared here included."""
    cursor = psycopg.Cursor(raw)
    cursor.execute(statement.encode(), parameters)
    # not `description`, which is made of an object for each column
    returned_rows = cursor.pgresult is not None and cursor.pgresult.nfields
    return cursor.fetchone() if returned_rows else (cursor.rowcount,)


def _begin(raw: "psycopg.Connection[Any]") -> None:
    """As psycopg does before the first statement of a transaction; it sees by libpq's status that this is done."""
    level = raw.isolation_level
    isolation = f" ISOLATION LEVEL {level.name.replace('_', ' ')}" if level is not None else ""
    result = raw.pgconn.exec_(f"BEGIN{isolation}".encode())
    if result.status != ExecStatus.COMMAND_OK:
        raise _error(raw, result)


def _prepare(raw: "psycopg.Connection[Any]", kept: _Kept, statement: _Statement, types: tuple[int, ...]) -> bytes:
    # named by the connection's statements, past and present: a name is never given twice
    name = b"oauth_server_%d_%d" % (id(kept), kept.made)
    kept.made += 1
    result = raw.pgconn.prepare(name, statement.text, types)
    if result.status != ExecStatus.COMMAND_OK:
        raise _error(raw, result)
    statement.names[types] = name
    return name


def _error(raw: "psycopg.Connection[Any]", result: Any) -> psycopg.Error:
    """The server's refusal. After one that says so, everything is prepared anew with the next request.

    Without an SQLSTATE it is libpq that speaks: the connection is gone.
    """
    state = (result.error_field(DiagnosticField.SQLSTATE) or b"").decode()
    if not state:
        return psycopg.OperationalError(result.get_error_message())
    if state in _OUTDATED:
        _kept.pop(raw, None)
    try:
        kind: type[psycopg.Error] = errors.lookup(state)
    except KeyError:
        kind = psycopg.DatabaseError
    return kind(result.get_error_message())
