"""Trades of pools, derived from live events, and the candles kept up to date beside them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, SmallInteger, Table

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
