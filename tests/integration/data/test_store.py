"""The store: migrated once, one writer at a time, safe across forks; the same on both databases."""

from __future__ import annotations

import importlib
import multiprocessing
import pkgutil

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, select, text

import storage
from storage.engine import Store, insert_rows
from storage.events import BLOCKS, CURSORS
from storage.metadata import METADATA
from storage.migrate import MIGRATIONS, newest


def test_migrations_make_what_the_tables_say(store: Store) -> None:
    for module in pkgutil.iter_modules(storage.__path__):
        importlib.import_module(f"storage.{module.name}")
    with store.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_the_newest_revision_follows_from_all_others() -> None:
    from alembic.script import ScriptDirectory

    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [newest()]


def _open(url: str) -> None:
    store = Store(url)
    with store.write() as connection:
        count = connection.execute(select(func.count()).select_from(CURSORS)).scalar_one()
        insert_rows(connection, CURSORS, [(f"stream {count}", "group", "0-0")])


def test_processes_that_open_an_empty_store_together_migrate_it_once(database_url: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=_open, args=(database_url,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    store = Store(database_url)
    assert {row["stream"] for row in store.rows(select(CURSORS))} == {"stream 0", "stream 1", "stream 2"}
    store.close()


def test_a_forked_child_has_connections_of_its_own(store: Store) -> None:
    with store.write() as connection:
        insert_rows(connection, CURSORS, [("before", "group", "0-0")])

    def write_in_child() -> None:
        with store.write() as connection:
            insert_rows(connection, CURSORS, [("child", "group", "0-0")])

    child = multiprocessing.get_context("fork").Process(target=write_in_child)
    child.start()
    child.join(30)
    assert child.exitcode == 0
    assert len(store.rows(select(CURSORS))) == 2


def test_a_write_that_fails_leaves_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError, match="half way"), store.write() as connection:
        insert_rows(connection, CURSORS, [("half", "group", "0-0")])
        raise RuntimeError("half way")
    assert store.rows(select(CURSORS)) == []


def test_rows_keep_bytes_and_large_numbers(store: Store) -> None:
    row = (1, 2**53 - 1, 2**63 - 1, bytes(range(32)), 0)
    with store.write() as connection:
        insert_rows(connection, BLOCKS, [row])
    [found] = store.rows(select(BLOCKS))
    assert (found["id"], found["chain_id"], found["number"], bytes(found["hash"]), found["live"]) == row


def test_an_open_store_starts_without_alembic(store: Store) -> None:
    again = Store(store.engine.url.render_as_string(hide_password=False))
    assert again.rows(text("SELECT version_num FROM alembic_version"))[0]["version_num"] == newest()
    again.close()
