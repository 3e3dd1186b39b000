"""Token transfers, derived from live events."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, SmallInteger, Table

from storage.metadata import METADATA, Bytes, Whole

TRANSFERS = Table(
    "transfers",
    METADATA,
    Column("event_id", BigInteger, primary_key=True, autoincrement=False),
    Column("item", Integer, primary_key=True, doc="position within an ERC-1155 batch, else 0"),
    Column("chain_id", BigInteger, nullable=False),
    Column("token", Bytes, nullable=False),
    Column("standard", SmallInteger, nullable=False, doc="20, 721 or 1155"),
    Column("sender", Bytes, nullable=False),
    Column("recipient", Bytes, nullable=False),
    Column("value", Whole, nullable=False, doc="raw units; 1 for ERC-721"),
    Column("token_id", Whole),
    Column("timestamp", BigInteger, doc="epoch milliseconds"),
    Column("era", Integer, nullable=False, doc="`era_of` the event"),
    Index(None, "era", "sender"),
    Index(None, "era", "recipient"),
    sqlite_with_rowid=False,
)


def era_of(event_id: int) -> int:
    """Which 512 blocks of the store an event belongs to.

    Addresses are looked up era by era: what is inserted goes into the newest part of an index, however large it grows.
    """
    return event_id >> 40
