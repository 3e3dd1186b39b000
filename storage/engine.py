"""Opens the SQL store: SQLite in a file of its own, or PostgreSQL by URL, migrated on first use."""

from __future__ import annotations

import os
import sqlite3
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Column, Connection, Engine, Executable, LargeBinary, Table, create_engine, event, make_url, text
from sqlalchemy.engine import URL, RowMapping

_PRAGMAS = (
    "PRAGMA page_size = 8192",  # rows of some hundred bytes; takes effect in a new file
    "PRAGMA journal_mode = WAL",  # readers never wait for the writer
    "PRAGMA synchronous = NORMAL",  # with WAL: no transaction is lost when the process dies, the file never breaks
    "PRAGMA wal_autocheckpoint = 8000",  # pages, so that a busy writer does not write everything twice at once
    "PRAGMA busy_timeout = 30000",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -65536",  # KiB
)
sqlite3.register_adapter(type(None), lambda none: none)  # or it looks for one each time that it binds a None
_WRITER_LOCK = 7_626_001  # PostgreSQL advisory lock of those who write to the store in order


class Store:
    """The process's SQL store.

    `read()` and `write()` give a connection inside one transaction, which commits when the block ends and rolls back
    when it raises. Writers come one after the other: a writer sees all that earlier ones did. A forked child makes
    connections of its own.
    """

    def __init__(self, url: str) -> None:
        from storage.migrate import migrate

        self.engine = _engine(_url(url))
        migrate(self)
        _close_in_children(self.engine)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with self.engine.connect().execution_options(soba_write=True) as connection, connection.begin():
            if not self.is_sqlite:
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})"))
            yield connection

    def rows(self, query: Executable) -> Sequence[RowMapping]:
        """All rows of one query, read in a transaction of its own."""
        with self.read() as connection:
            return connection.execute(query).mappings().all()

    def close(self) -> None:
        self.engine.dispose()


def insert_rows(connection: Connection, table: Table, rows: Sequence[Sequence[Any]], *, replace: bool = False) -> None:
    """Insert many rows, each a sequence in the order of the table's columns.

    With `replace` they take the place of rows that have their primary key, the table's first columns.
    """
    if not rows:
        return
    if replace and connection.dialect.name != "sqlite":
        delete_rows(connection, table, [row[: len(table.primary_key)] for row in rows])
    insert_columns(connection, table, list(zip(*rows, strict=True)), replace=replace)


def insert_columns(
    connection: Connection, table: Table, columns: Sequence[Iterable[Any]], *, replace: bool = False
) -> None:
    """Insert many rows, given as all columns of the table: executemany, or COPY on PostgreSQL."""
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    cursor = cast(Any, connection.connection.cursor())
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(table.columns))
        verb = "REPLACE" if replace else "INSERT"
        rows = zip(*map(_bound, table.columns, columns), strict=True)
        cursor.executemany(f'{verb} INTO "{table.name}" ({names}) VALUES ({marks})', rows)
        return
    with cursor, cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
        for row in zip(*columns, strict=True):
            copy.write_row(row)


def _bound(column: Column[Any], values: Iterable[Any]) -> Iterable[Any]:
    """Values as sqlite3 binds them at once: it looks for an adapter of bytes each time, which takes longer than all."""
    return map(bytearray, values) if isinstance(column.type, LargeBinary) and not column.nullable else values


def delete_rows(connection: Connection, table: Table, keys: Sequence[Sequence[Any]]) -> None:
    """Delete rows by the first columns of the table, as many as each key has."""
    if not keys:
        return
    columns = list(table.columns)[: len(keys[0])]
    condition = " AND ".join(f'"{column.name}" = {mark(connection)}' for column in columns)
    connection.exec_driver_sql(f'DELETE FROM "{table.name}" WHERE {condition}', cast(Any, [tuple(key) for key in keys]))


def mark(connection: Connection) -> str:
    """What stands for a value in SQL as the driver takes it."""
    return "?" if connection.dialect.name == "sqlite" else "%s"


def _url(text_form: str) -> URL:
    """SQLAlchemy's URL; `postgres://` and `postgresql://` mean psycopg 3, SQLite's folder is made."""
    url = make_url(text_form)
    if url.drivername in ("postgres", "postgresql"):
        return url.set(drivername="postgresql+psycopg")
    if url.drivername == "sqlite" and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    return url


def _engine(url: URL) -> Engine:
    engine = create_engine(url, pool_pre_ping=url.drivername != "sqlite")
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _configure)
        event.listen(engine, "begin", _begin)
    return engine


def _configure(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # sqlite3 would begin transactions by its own rules
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("soba_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _close_in_children(engine: Engine) -> None:
    """A connection must not be used on both sides of a fork."""
    reference = weakref.ref(engine)

    def forget() -> None:
        if (kept := reference()) is not None:
            kept.dispose(close=False)

    os.register_at_fork(after_in_child=forget)
