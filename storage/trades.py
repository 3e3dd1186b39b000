"""Trades of pools, derived from live events, and the candles kept up to date beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    Row,
    SmallInteger,
    Table,
    func,
    select,
)

from storage.engine import mark
from storage.metadata import METADATA, Bytes, Exact, Whole

TRADES = Table(
    "trades",
    METADATA,
    Column("pool", Bytes, primary_key=True),
    Column("chain_id", BigInteger, primary_key=True),
    Column("timestamp", BigInteger, primary_key=True, doc="epoch milliseconds"),
    Column("block_number", BigInteger, primary_key=True),
    Column("log_index", BigInteger, primary_key=True),
    Column("event_id", BigInteger, primary_key=True),
    Column("base", Whole, nullable=False, doc="amount of token0, raw units"),
    Column("quote", Whole, nullable=False, doc="amount of token1, raw units"),
    Column("buys", SmallInteger, nullable=False, doc="1 where the trader received token0, 0 where he gave it"),
    sqlite_with_rowid=False,
)

CANDLES = Table(
    "candles",
    METADATA,
    Column("pool", Bytes, primary_key=True),
    Column("chain_id", BigInteger, primary_key=True),
    Column("interval", BigInteger, primary_key=True, doc="milliseconds"),
    Column("timestamp", BigInteger, primary_key=True, doc="its open, epoch milliseconds"),
    Column("open_at", Bytes, nullable=False, doc="position of the first trade; positions compare as bytes"),
    Column("close_at", Bytes, nullable=False),
    Column("open", Exact, nullable=False),
    Column("high", Exact, nullable=False),
    Column("low", Exact, nullable=False),
    Column("close", Exact, nullable=False),
    Column("base", Exact, nullable=False),
    Column("quote", Exact, nullable=False),
    Column("bought", Exact, nullable=False, doc="base volume of buys"),
    Column("trades", Integer, nullable=False),
    sqlite_with_rowid=False,
)

_MANY = 1000
_SPARSE = 20
"""Candles that may lie between those asked for, for each of them, before they are looked up one by one."""
_CANDLES_OF = """
WITH wanted (pool, chain_id, interval, first, last) AS (VALUES {})
SELECT candles.* FROM wanted CROSS JOIN candles
WHERE candles.pool = wanted.pool AND candles.chain_id = wanted.chain_id AND candles.interval = wanted.interval
AND candles.timestamp BETWEEN wanted.first AND wanted.last
"""
"""Written out, as the library's way of making such a query takes longer than its answer; SQLite keeps this order."""
CandleKey = tuple[bytes, int, int, int]
"""Pool, chain, interval in milliseconds, open."""


def chains_of_pool(connection: Connection, pool: bytes) -> list[int]:
    """The chains on which trades of a pool are known."""
    query = select(func.min(CANDLES.c.chain_id)).where(CANDLES.c.pool == pool)
    chains = [connection.execute(query).scalar()]
    while chains[-1] is not None:  # from one chain to the next by the index, past all their candles
        chains.append(connection.execute(query.where(CANDLES.c.chain_id > chains[-1])).scalar())
    return [chain_id for chain_id in chains if chain_id is not None]


def trades_between(connection: Connection, pool: bytes, chain_id: int, start: int, end: int) -> Sequence[Row[Any]]:
    """Rows of TRADES with start <= timestamp < end, in order."""
    c = TRADES.c
    where = (c.pool == pool, c.chain_id == chain_id, c.timestamp >= start, c.timestamp < end)
    order = (c.timestamp, c.block_number, c.log_index, c.event_id)
    return connection.execute(select(TRADES).where(*where).order_by(*order)).all()


def candles_between(
    connection: Connection, pool: bytes, chain_id: int, interval: int, start: int, end: int
) -> Sequence[Row[Any]]:
    """Rows of CANDLES with start <= timestamp < end, from the column `timestamp` on, in order."""
    c = CANDLES.c
    where = (c.pool == pool, c.chain_id == chain_id, c.interval == interval, c.timestamp >= start, c.timestamp < end)
    columns = list(c)[list(c).index(c.timestamp) :]
    return connection.execute(select(*columns).where(*where).order_by(c.timestamp)).all()


def candles_at(connection: Connection, keys: Collection[CandleKey]) -> dict[CandleKey, Sequence[Any]]:
    """The rows of CANDLES that there are for some keys."""
    stretches = list(_stretches(keys))
    found: list[Sequence[Any]] = []
    for start in range(0, len(stretches), _MANY):
        part = stretches[start : start + _MANY]
        wanted = ", ".join([f"({', '.join([mark(connection)] * 5)})"] * len(part))
        found += connection.exec_driver_sql(_CANDLES_OF.format(wanted), tuple(chain.from_iterable(part)))
    rows = {(bytes(row[0]), row[1], row[2], row[3]): row for row in found}
    return {key: rows[key] for key in rows.keys() & keys}


def _stretches(keys: Iterable[CandleKey]) -> Iterator[tuple[bytes, int, int, int, int]]:
    """(pool, chain, interval, first open, last open): one for each series, several where its keys lie far apart."""
    series: dict[tuple[bytes, int, int], list[int]] = {}
    for key in keys:
        series.setdefault(key[:3], []).append(key[3])
    for of, opens in series.items():
        if max(opens) - min(opens) > _SPARSE * of[2] * len(opens):
            yield from ((*of, opened, opened) for opened in opens)
        else:
            yield (*of, min(opens), max(opens))
