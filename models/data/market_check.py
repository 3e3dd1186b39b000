"""Candles and trades checked row by row and against their neighbours; candles of many requests at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models.data.market_laid import Laid
from models.data.market_order import Order, check_trade_times, orders
from models.data.market_rows import (
    PRICES,
    Candles,
    Gathered,
    Issues,
    candles_of,
    column,
    raw_timestamps,
    timestamps,
)
from models.data.market_spikes import NEAR, candle_spikes, stuck_candles, stuck_trades, trade_spikes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Whole = NDArray[np.int64]
    Mask = NDArray[np.bool_]

_AT_ONCE = 100_000
"""Rows of candles laid end to end, from which on no further series is put to them: twenty numbers a row are at work."""


@dataclass(frozen=True)
class Report:
    """What was found, and the rows in order of time."""

    issues: Issues
    order: Order
    stamps: Whole
    """Epoch milliseconds of the rows as they came."""


def check_candles(rows: Sequence[Mapping[str, Any]], interval: int | None) -> Report:
    """Check candles `{timestamp, open, high, low, close, volume}`; `interval` in milliseconds, inferred where None."""
    [report] = check_many([(candles_of(rows), interval)])
    return report


def check_many(series: Iterable[tuple[Candles, int | None]]) -> list[Report]:
    """As `check_candles`, for each series: what is found in one depends on no other."""
    reports: list[Report] = []
    waiting: list[tuple[Candles, int | None]] = []
    for one in series:
        waiting.append(one)
        if sum(candles.rows for candles, _ in waiting) >= _AT_ONCE:
            reports += _check(waiting)
            waiting = []
    return reports + _check(waiting)


def _check(series: Sequence[tuple[Candles, int | None]]) -> list[Report]:
    import numpy as np

    filled = [(candles, interval) for candles, interval in series if candles.rows]
    laid = Laid(np.array([candles.rows for candles, _ in filled], dtype=np.int64))
    made = iter(_check_laid(filled, laid) if filled else [])
    nothing = np.empty(0, dtype=np.int64)
    return [
        next(made) if candles.rows else Report(Issues(), Order(nothing, interval, 0), nothing)
        for candles, interval in series
    ]


def _check_laid(series: Sequence[tuple[Candles, int | None]], laid: Laid) -> list[Report]:
    import numpy as np

    issues = Gathered(laid)
    stamps, usable = timestamps(np.concatenate([candles.stamps for candles, _ in series]), issues)
    values = np.concatenate([candles.values for candles, _ in series], axis=1)
    sound = _check_values(values, issues)
    found = orders(stamps, usable, laid, [interval for _, interval in series], issues)
    ordered = np.concatenate([order.rows + start for order, start in zip(found, laid.starts.tolist(), strict=True)])
    _check_neighbours(values, stamps, ordered[sound[ordered]], laid, issues)
    own = np.split(stamps, laid.ends[:-1])
    return [Report(*parts) for parts in zip(issues.each, found, own, strict=True)]


def _check_values(values: Numbers, issues: Gathered) -> Mask:
    """What is wrong with a row alone; the rows whose prices can be reckoned with."""
    import numpy as np

    for name, numbers in zip((*PRICES, "volume"), values, strict=True):
        issues.add(np.isnan(numbers), "NOT_A_NUMBER", f"{name}: expected a number")
        if name in PRICES:
            issues.add(numbers <= 0, "NON_POSITIVE_PRICE", f"{name}: is not above 0")
    o, h, l, c, volume = values  # noqa: E741 - as everybody writes candles
    issues.add(volume < 0, "NEGATIVE_VOLUME", "volume: is below 0")
    sound, crossed = (values[:4] > 0).all(axis=0), h < l
    issues.add(sound & crossed, "HIGH_BELOW_LOW", "high: is below low")
    sound = sound & ~crossed
    outside = sound & ((np.maximum(o, c) > h) | (np.minimum(o, c) < l))
    issues.add(outside, "OUTSIDE_RANGE", "open or close lies outside low to high")
    return np.asarray(sound)


def _check_neighbours(values: Numbers, stamps: Whole, rows: Whole, laid: Laid, issues: Gathered) -> None:
    """PRICE_SPIKE and STALE_PRICE of sound rows, each series' in order of time."""
    import numpy as np

    counts = np.bincount(laid.owner[rows], minlength=len(laid.lengths))
    enough = rows[(counts >= NEAR)[laid.owner[rows]]]
    if len(enough):
        kept = Laid(counts[counts >= NEAR])
        steps = kept.changes(stamps[enough])
        inner = np.ones(kept.rows, dtype=bool)
        inner[kept.starts] = False
        usual = Laid(kept.lengths - 1).medians(steps[inner])
        spikes = candle_spikes(np.log(values[:4, enough]), inner & (steps == usual[kept.owner]), kept)
        issues.add(enough[spikes], "PRICE_SPIKE", "the price leaves its neighbours and returns")
    stuck, quiet = stuck_candles(values[:4, rows], values[4, rows], Laid(counts[counts > 0]))
    issues.add(rows[stuck & ~quiet], "STALE_PRICE", "the price does not move")
    issues.add(rows[stuck & quiet], "STALE_PRICE", "the price does not move, and nothing is traded", "info")


def check_trades(rows: Sequence[Mapping[str, Any]], interval: int | None) -> Report:
    """Check trades `{id?, timestamp, price, amount, side}`; a gap is a silence longer than `interval`, where given."""
    import numpy as np

    issues = Issues()
    stamps, usable = timestamps(raw_timestamps(rows), issues)
    price, amount = column(rows, "price"), column(rows, "amount")
    issues.add(np.isnan(price), "NOT_A_NUMBER", "price: expected a number")
    issues.add(price <= 0, "NON_POSITIVE_PRICE", "price: is not above 0")
    issues.add(np.isnan(amount), "NOT_A_NUMBER", "amount: expected a number")
    issues.add(amount <= 0, "NEGATIVE_VOLUME", "amount: is not above 0")
    sides = [row.get("side") for row in rows]
    issues.add(np.array([side not in ("buy", "sell") for side in sides]), "INVALID_SIDE", "side: expected buy or sell")
    order = check_trade_times(stamps, usable, _identities(rows, stamps, price, amount, sides), interval, issues)
    kept = order.rows[(price > 0)[order.rows]]
    if len(kept) >= NEAR:
        far, stuck = trade_spikes(np.log(price[kept])), stuck_trades(price[kept])
        issues.add(kept[far], "PRICE_SPIKE", "the price leaves its neighbours and returns")
        issues.add(kept[stuck], "STALE_PRICE", "the price has not moved for 200 trades or more")
    return Report(issues, order, stamps)


def _identities(rows: Sequence[Mapping[str, Any]], *parts: Any) -> list[Any]:
    """What makes two trades the same: the id or, without one, everything about them."""
    alike = zip(*(part if isinstance(part, list) else part.tolist() for part in parts), strict=True)
    ids = (row.get("id") for row in rows)
    return [("id", str(i)) if i is not None else repr(all_else) for i, all_else in zip(ids, alike, strict=True)]
