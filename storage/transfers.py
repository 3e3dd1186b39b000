"""Token transfers, derived from live events."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, SmallInteger, Table

from storage.metadata import METADATA, Bytes, Whole

TRANSFERS = Table(
    "transfers",
    METADATA,
    Column("event_id", BigInteger, primary_key=True, autoincrement=False),
    Column("item", SmallInteger, primary_key=True, doc="position within an ERC-1155 batch, else 0"),
    Column("chain_id", BigInteger, nullable=False),
    Column("token", Bytes, nullable=False),
    Column("standard", SmallInteger, nullable=False, doc="20, 721 or 1155"),
    Column("sender", Bytes, nullable=False),
    Column("recipient", Bytes, nullable=False),
    Column("value", Whole, nullable=False, doc="raw units; 1 for ERC-721"),
    Column("token_id", Whole),
    Column("timestamp", BigInteger, doc="epoch milliseconds"),
    Index(None, "sender"),
    Index(None, "recipient"),
)
