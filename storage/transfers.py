"""Token transfers, derived from live events."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    SmallInteger,
    Table,
    bindparam,
    delete,
)

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
    Index(None, "sender"),
    Index(None, "recipient"),
    sqlite_with_rowid=False,
)


def delete_transfers(connection: Connection, event_ids: Iterable[int]) -> None:
    """Delete the transfers that some events made."""
    rows = [{"row": event_id} for event_id in event_ids]
    if rows:
        connection.execute(delete(TRANSFERS).where(TRANSFERS.c.event_id == bindparam("row")), rows)
