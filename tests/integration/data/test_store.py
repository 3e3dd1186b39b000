"""The store: migrated once, one writer at a time, safe across forks; the same on both databases."""

from __future__ import annotations

import importlib
import multiprocessing
import pkgutil
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, func, make_url, select, text

import storage
from foundation.settings import Settings
from storage.engine import Store, insert_rows
from storage.events import BLOCKS, CURSORS, EVENTS
from storage.metadata import METADATA
from storage.migrate import MIGRATIONS, newest, upgrade
from storage.transfers import TRANSFERS
from tasks.data.process_event_stream import Request, Result, process_event_stream
from tasks.resources import Resources, use
from tests.chain_events import Event, chain_of, event, removals


def test_migrations_make_what_the_tables_say(store: Store) -> None:
    for module in pkgutil.iter_modules(storage.__path__):
        importlib.import_module(f"storage.{module.name}")
    with store.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_the_newest_revision_follows_from_all_others() -> None:
    from alembic.script import ScriptDirectory

    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [newest()]


def insert_at_revision_3(connection: Connection, stream: list[Event]) -> None:
    """Events, one of them with a transfer, as they were stored when ids still counted on over all blocks."""

    def insert(table: str, *row: Any) -> None:
        marks = {f"v{i}": value for i, value in enumerate(row)}
        connection.execute(text(f"INSERT INTO {table} VALUES ({', '.join(f':{name}' for name in marks)})"), marks)

    blocks = sorted({(one["blockNumber"], unhex(one["blockHash"])) for one in stream})
    for place, (number, digest) in enumerate(blocks, 1):
        insert("blocks", place, 1, number, digest, len(stream) // len(blocks))
    for place, one in enumerate(stream, 1):
        block = blocks.index((one["blockNumber"], unhex(one["blockHash"]))) + 1
        content = (unhex(one["address"]), b"".join(map(unhex, one["topics"])), unhex(one["data"]), one["timestamp"])
        insert("events", place, block, unhex(one["transactionHash"]), one["logIndex"], 0, *content)
    insert("transfers", 1, 0, 1, bytes(20), 20, bytes(20), bytes(20), "5", None, None)
    insert("chains", 1, blocks[-1][0], 5, blocks[-1][0], 0)


def unhex(text_form: str) -> bytes:
    return bytes.fromhex(text_form[2:])


def test_a_store_of_an_earlier_form_keeps_its_events(database_url: str) -> None:
    stream = chain_of(2, 6)
    Path(make_url(database_url).database or "").parent.mkdir(exist_ok=True)
    engine = create_engine(database_url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        upgrade(connection, "0003")
        insert_at_revision_3(connection, stream)
    engine.dispose()
    use(resources := Resources(Settings(database_url=database_url)))
    found = process_event_stream(
        [Request(events=events) for events in (stream, [event(100, 7)], removals([stream[1], stream[8]]))]
    )
    assert [(r.duplicates, r.accepted, r.reorged) for r in found if isinstance(r, Result)] == [
        (12, 0, 0),
        (0, 1, 0),
        (0, 0, 2),
    ]
    rows = resources.store.rows(select(EVENTS))
    assert len({row["id"] for row in rows}) == len(rows) == 13
    assert sum(row["removed"] for row in rows) == 2
    assert [
        (row["event_id"], row["era"]) for row in resources.store.rows(select(TRANSFERS)) if row["value"] == "5"
    ] == [(1, 0)]
    resources.store.close()
    use(None)


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
