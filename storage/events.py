"""Blockchain events as accepted, by block; what is known of each; how far each stream was read.

A block's events lie side by side and new blocks at the end, so that inserts append and one block is one range.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    Row,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    select,
    update,
)

from storage.engine import insert_rows
from storage.metadata import METADATA, Bytes, Id

_MANY = 5000
"""Values in one IN list."""

BLOCKS = Table(
    "blocks",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("chain_id", BigInteger, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("hash", Bytes, nullable=False),
    Column("live", Integer, nullable=False, doc="events of the block that are live; 0 after a reorg"),
    UniqueConstraint("chain_id", "number", "hash"),
    Index(None, "chain_id", "hash"),
)

EVENTS = Table(
    "events",
    METADATA,
    Column("block_id", BigInteger, primary_key=True),
    Column("log_index", BigInteger, primary_key=True),
    Column("transaction_hash", Bytes, primary_key=True),
    Column("id", BigInteger, nullable=False, doc="what transfers and trades name: see `first_event_id`"),
    Column("removed", SmallInteger, nullable=False, doc="1 where the chain took the event back"),
    Column("address", Bytes, nullable=False),
    Column("topics", Bytes, nullable=False, doc="32 bytes each, one after the other"),
    Column("data", Bytes, nullable=False),
    Column("timestamp", BigInteger, doc="epoch milliseconds"),
    sqlite_with_rowid=False,
)
EventKey = tuple[int, int, bytes]
"""Block id, log index, transaction hash."""
_EVENTS_OF_A_BLOCK = 31
"""Bits of an event's id that count within its block."""

CHAINS = Table(
    "chains",
    METADATA,
    Column("chain_id", Id, primary_key=True, autoincrement=False),
    Column("mark_block", BigInteger, nullable=False, doc="highest accepted position: what comes below is late"),
    Column("mark_log", BigInteger, nullable=False),
    Column("tip", BigInteger, nullable=False, doc="highest block ever accepted, whatever was taken back since"),
    Column("kept_from", BigInteger, nullable=False, doc="events of blocks below this were given up by retention"),
)

CURSORS = Table(
    "cursors",
    METADATA,
    Column("stream", String(300), primary_key=True),
    Column("consumers", String(300), primary_key=True, doc="the consumer group"),
    Column("last_id", String(50), nullable=False, doc="id of the last entry that the store holds"),
)

DEAD_EVENTS = Table(
    "dead_events",
    METADATA,
    Column("digest", Bytes, primary_key=True, doc="of the text: the same malformed event is kept once"),
    Column("code", String(40), nullable=False),
    Column("path", String(200), nullable=False),
    Column("message", String(500), nullable=False),
    Column("body", Text, nullable=False, doc="JSON as received, cut at 8,000 characters"),
    Column("received", BigInteger, nullable=False, doc="epoch milliseconds"),
)


def blocks_of(
    connection: Connection, chain_id: int, numbers: Collection[int], hashes: Collection[bytes]
) -> list[Row[Any]]:
    """All blocks of a chain with one of these numbers or hashes: rows of BLOCKS."""
    found: dict[int, Row[Any]] = {}
    for column, values in ((BLOCKS.c.number, list(numbers)), (BLOCKS.c.hash, list(hashes))):
        for start in range(0, len(values), _MANY):
            part = values[start : start + _MANY]
            query = select(BLOCKS).where(BLOCKS.c.chain_id == chain_id, column.in_(part))
            found.update((row.id, row) for row in connection.execute(query))
    return list(found.values())


def events_of(connection: Connection, block_ids: Sequence[int]) -> list[Row[Any]]:
    """(id, block_id, transaction_hash, log_index, removed) of all events of some blocks."""
    columns = (EVENTS.c.id, EVENTS.c.block_id, EVENTS.c.transaction_hash, EVENTS.c.log_index, EVENTS.c.removed)
    found: list[Row[Any]] = []
    for start in range(0, len(block_ids), _MANY):
        part = block_ids[start : start + _MANY]
        found += connection.execute(select(*columns).where(EVENTS.c.block_id.in_(part)))
    return found


def located(connection: Connection, block_ids: Sequence[int]) -> list[Row[Any]]:
    """(id, address, topics, timestamp, log_index, chain_id, number) of all events of some blocks."""
    columns = (EVENTS.c.id, EVENTS.c.address, EVENTS.c.topics, EVENTS.c.timestamp, EVENTS.c.log_index)
    query = select(*columns, BLOCKS.c.chain_id, BLOCKS.c.number).join(BLOCKS, BLOCKS.c.id == EVENTS.c.block_id)
    found: list[Row[Any]] = []
    for start in range(0, len(block_ids), _MANY):
        found += connection.execute(query.where(EVENTS.c.block_id.in_(block_ids[start : start + _MANY])))
    return found


def first_event_id(block_id: int) -> int:
    """The id of a block's first event; those behind count up from it, so that ids grow with the blocks."""
    return block_id << _EVENTS_OF_A_BLOCK


def next_block_id(connection: Connection) -> int:
    """The first id that no block has; it stays so while this transaction lasts, as writers come one after the other."""
    return int(connection.execute(select(func.coalesce(func.max(BLOCKS.c.id), 0))).scalar_one()) + 1


def set_live(connection: Connection, counts: Iterable[tuple[int, int]]) -> None:
    """Set how many events of a block are live: (block id, count)."""
    rows = [{"row": block_id, "count": count} for block_id, count in counts]
    if rows:
        statement = update(BLOCKS).where(BLOCKS.c.id == bindparam("row")).values(live=bindparam("count"))
        connection.execute(statement, rows)


def set_removed(connection: Connection, keys: Iterable[EventKey]) -> None:
    rows = [{"block": block_id, "log": log_index, "hash": digest} for block_id, log_index, digest in keys]
    if rows:
        c = EVENTS.c
        event = (
            c.block_id == bindparam("block"),
            c.log_index == bindparam("log"),
            c.transaction_hash == bindparam("hash"),
        )
        connection.execute(update(EVENTS).where(*event).values(removed=1), rows)


def chains_of(connection: Connection, chain_ids: Collection[int]) -> list[Row[Any]]:
    """Rows of CHAINS."""
    return list(connection.execute(select(CHAINS).where(CHAINS.c.chain_id.in_(chain_ids))))


def set_chains(connection: Connection, rows: Sequence[Sequence[int]]) -> None:
    """Replace the rows of some chains."""
    insert_rows(connection, CHAINS, rows, replace=True)


def last_live_block(
    connection: Connection, chain_ids: Collection[int], without: Collection[int] = ()
) -> Row[Any] | None:
    """The highest live block of some chains (of all, where none is named), some block ids left out of account."""
    query = select(BLOCKS).where(BLOCKS.c.live > 0, BLOCKS.c.id.not_in(list(without)))
    if chain_ids:
        query = query.where(BLOCKS.c.chain_id.in_(chain_ids))
    return connection.execute(query.order_by(BLOCKS.c.number.desc()).limit(1)).first()


def keep_dead(connection: Connection, rows: Sequence[Sequence[Any]], most: int) -> None:
    """Keep malformed events, rows of DEAD_EVENTS: each once, by the digest of its text, and the newest `most`."""
    if not rows:
        return
    c = DEAD_EVENTS.c
    known = select(c.digest).where(c.digest.in_([row[0] for row in rows]))
    present = {bytes(digest) for (digest,) in connection.execute(known)}
    fresh = {row[0]: row for row in rows if row[0] not in present}
    insert_rows(connection, DEAD_EVENTS, list(fresh.values()))
    excess = connection.execute(select(func.count()).select_from(DEAD_EVENTS)).scalar_one() - most
    if excess > 0:
        oldest = select(c.digest).order_by(c.received, c.digest).limit(excess)
        connection.execute(delete(DEAD_EVENTS).where(c.digest.in_(oldest)))


def cursor_of(connection: Connection, stream: str, consumers: str) -> str | None:
    """Id of the last entry of a stream whose events the store holds."""
    where = (CURSORS.c.stream == stream, CURSORS.c.consumers == consumers)
    return connection.execute(select(CURSORS.c.last_id).where(*where)).scalar()


def set_cursor(connection: Connection, stream: str, consumers: str, last_id: str) -> None:
    insert_rows(connection, CURSORS, [(stream, consumers, last_id)], replace=True)
