"""Hourly candles of pools, as models are trained on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import select

from schemas.series import HOUR_MS
from storage.engine import Store
from storage.trades import CANDLES

_COLUMNS = ("timestamp", "open", "high", "low", "close", "base")


def hourly_candles(store: Store, pools: Collection[str] = ()) -> dict[str, list[list[float]]]:
    """Rows of timestamp, open, high, low, close and base volume by `<chain>:<pool>`, in order of time.

    Of these pools, or of all. Hours without a trade are absent, as in the store.
    """
    columns = CANDLES.c
    query = select(columns.pool, columns.chain_id, *(columns[name] for name in _COLUMNS))
    query = query.where(columns.interval == HOUR_MS)
    if pools:
        query = query.where(columns.pool.in_([bytes.fromhex(pool[2:]) for pool in pools]))
    found: dict[str, list[list[float]]] = defaultdict(list)
    for row in store.rows(query.order_by(columns.pool, columns.chain_id, columns.timestamp)):
        found[f"{row['chain_id']}:0x{bytes(row['pool']).hex()}"].append([float(row[name]) for name in _COLUMNS])
    return dict(found)
