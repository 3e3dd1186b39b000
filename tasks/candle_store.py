"""Keeps the stored candles up to date with the stored trades."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import starmap

from sqlalchemy import Connection

from foundation.errors import InvalidInput
from models.data.candles import LEVELS, Candle, Fill, from_row, merged, pool_fills, roll_up, to_row
from models.data.derive import Trade
from schemas.interval import aligned
from storage import trades
from storage.engine import delete_rows, insert_rows
from storage.trades import CANDLES, CandleKey

Market = tuple[bytes, int]
"""Pool and chain."""


def update_candles(connection: Connection, added: Iterable[Trade], taken: Collection[tuple[bytes, int, int]]) -> None:
    """Bring the stored candles up to date with trades that were inserted and others that were deleted.

    `taken` are (pool, chain, time). Additions merge into what is there; where a trade went, the candle is made anew
    from what it consists of, the finest first.
    """
    broken = {
        level: {(pool, chain_id, level, aligned(time, level)) for pool, chain_id, time in taken} for level in LEVELS
    }
    grown = {key: candle for key, candle in _candles_of(added).items() if key not in broken[key[2]]}
    stored = trades.candles_at(connection, grown.keys())
    for key in stored:
        grown[key] = merged([grown[key], from_row(stored[key])])
    insert_rows(connection, CANDLES, list(starmap(to_row, grown.items())), replace=True)
    for finer, level in zip((None, *LEVELS), LEVELS, strict=False):
        made = {key: candle for key in broken[level] for candle in _anew(connection, key, finer)}
        delete_rows(connection, CANDLES, list(broken[level] - made.keys()))
        insert_rows(connection, CANDLES, list(starmap(to_row, made.items())), replace=True)


def _candles_of(added: Iterable[Trade]) -> dict[CandleKey, Candle]:
    """The candles of all levels, of these trades alone."""
    traded: dict[Market, list[Trade]] = {}
    for trade in added:
        traded.setdefault(trade[:2], []).append(trade)
    made: dict[CandleKey, Candle] = {}
    for market, found in traded.items():
        parts: Iterable[Fill] = pool_fills(found)
        for level in LEVELS:
            candles = roll_up(parts, level)
            made.update(((*market, level, opened), candle) for opened, candle in candles.items())
            parts = candles.items()
    return made


def _anew(connection: Connection, key: CandleKey, finer: int | None) -> Iterable[Candle]:
    """The candle of all stored trades or finer candles that belong to it; nothing where there is none."""
    pool, chain_id, level, opened = key
    end = opened + level
    if finer is None:
        parts = pool_fills(trades.trades_between(connection, pool, chain_id, opened, end))
    else:
        rows = trades.candles_between(connection, pool, chain_id, finer, opened, end)
        parts = [(row.timestamp, from_row(row)) for row in rows]
    return roll_up(parts, level).values()


def stored_candles(
    connection: Connection, pool: bytes, chain_id: int | None, interval: int, start: int, end: int
) -> dict[int, Candle]:
    """Candles of a pool's stored trades with start <= time < end.

    Made of the coarsest stored candles that fit into the interval, and of trades where `start` or `end` cuts one.
    Raises InvalidInput where no chain is named and several have the pool.
    """
    if chain_id is None:
        chains = trades.chains_of_pool(connection, pool)
        if len(chains) > 1:
            raise InvalidInput.at("chainId", f"the pool is known on chains {', '.join(map(str, chains))}: say which")
        if not chains:
            return {}
        [chain_id] = chains
    levels = [level for level in LEVELS if interval % level == 0]
    parts = _parts(connection, (pool, chain_id), start, end, levels)
    return roll_up(parts, interval)


def _parts(
    connection: Connection, market: tuple[bytes, int], start: int, end: int, levels: Sequence[int]
) -> Iterator[tuple[int, Candle]]:
    """Candles that make up a stretch of time: the coarsest that fit, finer ones at its ends, trades at the last."""
    if start >= end:
        return
    if not levels:
        yield from pool_fills(trades.trades_between(connection, *market, start, end))
        return
    *finer, level = levels
    first, last = -(-start // level) * level, end // level * level
    if first >= last:
        yield from _parts(connection, market, start, end, finer)
        return
    yield from _parts(connection, market, start, first, finer)
    for row in trades.candles_between(connection, *market, level, first, last):
        yield row.timestamp, from_row(row)
    yield from _parts(connection, market, last, end, finer)
