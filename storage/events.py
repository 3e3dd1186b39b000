"""Blockchain events as accepted, by block; what is known of each; how far each stream was read.

A block's events lie side by side and new blocks at the end, so that inserts append and one block is one range.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, SmallInteger, String, Table, Text, UniqueConstraint

from storage.metadata import METADATA, Bytes, Id

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
    Column("id", Id, primary_key=True),
    Column("block_id", BigInteger, nullable=False),
    Column("transaction_hash", Bytes, nullable=False),
    Column("log_index", BigInteger, nullable=False),
    Column("removed", SmallInteger, nullable=False, doc="1 where the chain took the event back"),
    Column("address", Bytes, nullable=False),
    Column("topics", Bytes, nullable=False, doc="32 bytes each, one after the other"),
    Column("data", Bytes, nullable=False),
    Column("timestamp", BigInteger, doc="epoch milliseconds"),
    UniqueConstraint("block_id", "log_index", "transaction_hash"),
)

CHAINS = Table(
    "chains",
    METADATA,
    Column("chain_id", Id, primary_key=True, autoincrement=False),
    Column("mark_block", BigInteger, nullable=False, doc="highest accepted position: what comes below is late"),
    Column("mark_log", BigInteger, nullable=False),
    Column("kept_from", BigInteger, nullable=False, doc="blocks below this were given up by retention"),
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
