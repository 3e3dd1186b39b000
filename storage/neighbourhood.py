"""Stored transfers around an address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Select, func, or_, select

from storage.engine import Store
from storage.transfers import TRANSFERS

MAX_TRANSFERS = 20_000
_CHUNK = 400
"""Addresses in one query."""

Row = tuple[str, str, int, str, int | None]
"""Sender, recipient, value, token, time in milliseconds."""


class Neighbourhood(NamedTuple):
    """The transfers, and whether there are more than were read."""

    payments: list[Row]
    truncated: bool


def neighbourhood(store: Store, address: str, depth: int, between: tuple[int | None, int | None]) -> Neighbourhood:
    """Transfers within `depth` payments of the address (lower case), at or after the first time and before the second.

    Reads outwards, the nearest addresses and the earliest transfers first, `MAX_TRANSFERS` of them at most.
    """
    found: dict[tuple[int, int], Row] = {}
    seen: set[str] = set()
    frontier = {address}
    eras = _eras(store)
    for _ in range(depth):
        for query in _queries(frontier, eras, between):
            found |= {(row["event_id"], row["item"]): _row(row) for row in store.rows(query)}
            if len(found) > MAX_TRANSFERS:
                return Neighbourhood(list(found.values())[:MAX_TRANSFERS], True)
        seen |= frontier
        frontier = {name for row in found.values() for name in row[:2]} - seen
    return Neighbourhood(list(found.values()), False)


def _eras(store: Store) -> list[int]:
    """All eras that have transfers."""
    first, last = (select(end(TRANSFERS.c.era)).scalar_subquery() for end in (func.min, func.max))
    [row] = store.rows(select(first.label("first"), last.label("last")))
    return list(range(row["first"], row["last"] + 1)) if row["first"] is not None else []


def _queries(addresses: set[str], eras: list[int], between: tuple[int | None, int | None]) -> Iterator[Select[Any]]:
    """Queries for the transfers from or to any of the addresses, all eras together."""
    columns, (start, end) = TRANSFERS.c, between
    names = sorted(bytes.fromhex(address[2:]) for address in addresses)
    for first in range(0, len(names), _CHUNK):
        part = names[first : first + _CHUNK]
        sent, received = (columns.era.in_(eras) & party.in_(part) for party in (columns.sender, columns.recipient))
        query = select(TRANSFERS).where(or_(sent, received))
        query = query if start is None else query.where(columns.timestamp >= start)
        query = query if end is None else query.where(columns.timestamp < end)
        yield query.order_by(columns.timestamp, columns.event_id, columns.item).limit(MAX_TRANSFERS + 1)


def _row(row: Any) -> Row:
    ends = (f"0x{row['sender'].hex()}", f"0x{row['recipient'].hex()}")
    return (*ends, int(row["value"]), f"0x{row['token'].hex()}", row["timestamp"])
