"""Trades of pools, derived from live events, and the candles kept up to date beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    Row,
    SmallInteger,
    Table,
    bindparam,
    delete,
    func,
    select,
    tuple_,
)

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
_CANDLE_KEY = (CANDLES.c.pool, CANDLES.c.chain_id, CANDLES.c.interval, CANDLES.c.timestamp)
_TRADE_KEY = tuple(TRADES.primary_key.columns)
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


def candles_at(connection: Connection, keys: Collection[CandleKey]) -> list[Row[Any]]:
    """The rows of CANDLES that there are for some keys of one interval, and perhaps some that lie between them."""
    if not keys:
        return []
    pools, chains, intervals, times = (set(part) for part in zip(*keys, strict=True))
    [interval] = intervals
    first, last = min(times), max(times)
    if (last - first) // interval * len(pools) * len(chains) > _SPARSE * len(keys):
        return _each_candle(connection, list(keys))
    c = CANDLES.c
    where = (c.pool.in_(pools), c.chain_id.in_(chains), c.interval == interval, c.timestamp.between(first, last))
    return list(connection.execute(select(CANDLES).where(*where)))


def _each_candle(connection: Connection, keys: Sequence[CandleKey]) -> list[Row[Any]]:
    found: list[Row[Any]] = []
    for start in range(0, len(keys), _MANY):
        part = keys[start : start + _MANY]
        found += connection.execute(select(CANDLES).where(tuple_(*_CANDLE_KEY).in_(part)))
    return found


def delete_candles(connection: Connection, keys: Iterable[CandleKey]) -> None:
    _delete(connection, CANDLES, _CANDLE_KEY, keys)


def delete_trades(connection: Connection, keys: Iterable[Sequence[Any]]) -> None:
    """Delete trades by their primary key."""
    _delete(connection, TRADES, _TRADE_KEY, keys)


def _delete(
    connection: Connection, table: Table, columns: Sequence[Column[Any]], keys: Iterable[Sequence[Any]]
) -> None:
    rows = [{f"key{i}": part for i, part in enumerate(key)} for key in keys]
    if rows:
        conditions = (column == bindparam(f"key{i}") for i, column in enumerate(columns))
        connection.execute(delete(table).where(*conditions), rows)
