"""Token transfers, derived from live events."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    RowMapping,
    SmallInteger,
    Table,
    bindparam,
    delete,
    or_,
    select,
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

_MANY = 2000


def delete_transfers(connection: Connection, event_ids: Iterable[int]) -> None:
    """Delete the transfers that some events made."""
    rows = [{"row": event_id} for event_id in event_ids]
    if rows:
        connection.execute(delete(TRANSFERS).where(TRANSFERS.c.event_id == bindparam("row")), rows)


def transfers_around(
    connection: Connection,
    address: bytes,
    depth: int,
    *,
    since: int | None = None,
    until: int | None = None,
    limit: int = 250_000,
) -> list[RowMapping]:
    """Rows of TRANSFERS up to `depth` steps from an address, in either direction, at most `limit` of them.

    Depth 1 is every transfer from or to the address itself. `since` (included) and `until` (not included) are epoch
    milliseconds; transfers without a time are left out where one of them is given.
    """
    window = [] if since is None else [TRANSFERS.c.timestamp >= since]
    window += [] if until is None else [TRANSFERS.c.timestamp < until]
    found: dict[tuple[int, int], RowMapping] = {}
    seen, frontier = {address}, [address]
    for _ in range(depth):
        reached: set[bytes] = set()
        for row in _touching(connection, frontier, window, limit - len(found)):
            found[row["event_id"], row["item"]] = row
            reached |= {bytes(row["sender"]), bytes(row["recipient"])}
        frontier = sorted(reached - seen)
        seen |= reached
        if not frontier or len(found) >= limit:
            break
    return list(found.values())[:limit]


def _touching(
    connection: Connection, addresses: Collection[bytes], window: list[Any], limit: int
) -> Iterable[RowMapping]:
    ordered = list(addresses)
    for start in range(0, len(ordered), _MANY):
        part = ordered[start : start + _MANY]
        either = or_(TRANSFERS.c.sender.in_(part), TRANSFERS.c.recipient.in_(part))
        query = select(TRANSFERS).where(either, *window).order_by(TRANSFERS.c.event_id, TRANSFERS.c.item).limit(limit)
        yield from connection.execute(query).mappings()
