"""Keeps the stored candles up to date with the stored trades."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection

from foundation.errors import InvalidInput
from models.data.candles import LEVELS, Candle, Fill, fold, from_row, pool_fill, roll_up, to_row
from models.data.derive import Trade
from schemas.interval import aligned
from storage import trades
from storage.engine import insert_rows
from storage.trades import CandleKey

Market = tuple[bytes, int]
"""Pool and chain."""


def update_candles(connection: Connection, added: Iterable[Trade], taken: Iterable[tuple[bytes, int, int]]) -> None:
    """Bring the stored candles up to date with trades that were inserted and others that were deleted.

    `taken` are (pool, chain, time). Additions merge into what is there; where a trade went, the candle is made anew
    from what it consists of.
    """
    taken = set(taken)
    fills: dict[Market, list[Fill]] = {}
    for trade in added:
        fills.setdefault(trade[:2], []).append(pool_fill(trade))
    stages = [{market: fold(found, LEVELS[0]) for market, found in fills.items()}]
    for level in LEVELS[1:]:
        stages.append({market: roll_up(candles.items(), level) for market, candles in stages[-1].items()})
    for finer, level, fresh in zip((None, *LEVELS), LEVELS, stages, strict=False):
        broken = {(pool, chain_id, level, aligned(time, level)) for pool, chain_id, time in taken}
        grown = {
            (*market, level, opened): candle for market, candles in fresh.items() for opened, candle in candles.items()
        }
        _update_level(connection, grown, broken, finer)


def _update_level(
    connection: Connection, grown: dict[CandleKey, Candle], broken: set[CandleKey], finer: int | None
) -> None:
    keys = grown.keys() | broken
    stored = {key: from_row(row) for row in trades.candles_at(connection, keys) if (key := _key(row)) in keys}
    made = {key: candle for key, candle in grown.items() if key not in broken}
    for key in made.keys() & stored.keys():
        made[key].merge(stored[key])
    for key in broken:
        made.update(_anew(connection, key, finer))
    trades.delete_candles(connection, list(stored))
    insert_rows(connection, trades.CANDLES, [to_row(key, candle) for key, candle in made.items()])


def _anew(connection: Connection, key: CandleKey, finer: int | None) -> dict[CandleKey, Candle]:
    """The candle of all stored trades or finer candles that belong to it; empty where there is none."""
    pool, chain_id, level, opened = key
    end = opened + level
    if finer is None:
        rows = trades.trades_between(connection, pool, chain_id, opened, end)
        made = fold((pool_fill(row) for row in rows), level)
    else:
        parts = trades.candles_between(connection, pool, chain_id, finer, opened, end)
        made = roll_up(((row.timestamp, from_row(row)) for row in parts), level)
    return {(pool, chain_id, level, opened): candle for opened, candle in made.items()}


def _key(row: Any) -> CandleKey:
    return bytes(row.pool), row.chain_id, row.interval, row.timestamp


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
        for trade in trades.trades_between(connection, *market, start, end):
            yield from fold([pool_fill(trade)], 1).items()
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
