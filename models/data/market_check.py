"""Candles and trades checked row by row and against their neighbours.

Spikes are judged by robust statistics: a price is compared with the median around it, in units of the median absolute
move around it, so that neither trends nor lively days raise an alarm. The thresholds were set on five assets of
hourly candles over four years (docs/data.md has the rates).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models.data.market_order import Order, check_candle_times, check_trade_times
from models.data.market_rows import Issues, column, timestamps

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Mask = NDArray[np.bool_]

PRICES = ("open", "high", "low", "close")
_MAD = 1.4826
"""Median absolute deviation to standard deviation of a normal distribution."""
_NEAR, _AROUND = 5, 49
"""Rows whose median a price is compared with; rows that say how much prices move there."""
_CLOSE = ((7.0, 0.01), (3.0, 0.1))
"""A move of the close is a spike above one of these pairs: multiples of the moves around it, and their logarithm."""
_CHAIN_SCORE, _CHAIN_MOVE = 10.0, 0.01
"""A row is out of the chain above both: multiples of the gaps between its neighbours, and their logarithm."""
_WICK_SCORE, _WICK_MOVE = 12.0, 0.05
_TRADE = ((12.0, 0.02),)
_STUCK_TRADES = 200


@dataclass(frozen=True)
class Report:
    """What was found, and the rows in order of time."""

    issues: Issues
    order: Order


def check_candles(rows: Sequence[Mapping[str, Any]], interval: int | None) -> Report:
    """Check candles `{timestamp, open, high, low, close, volume}`; `interval` in milliseconds, inferred where None."""
    import numpy as np

    issues = Issues()
    stamps, usable = timestamps(rows, issues)
    values = {name: column(rows, name) for name in (*PRICES, "volume")}
    sound = _check_values(values, PRICES, issues)
    issues.add(values["volume"] < 0, "NEGATIVE_VOLUME", "volume: is below 0")
    o, h, l, c = (values[name] for name in PRICES)  # noqa: E741 - as everybody writes candles
    crossed = sound & (h < l)
    issues.add(crossed, "HIGH_BELOW_LOW", "high: is below low")
    outside = sound & ~crossed & ((np.maximum(o, c) > h) | (np.minimum(o, c) < l))
    issues.add(outside, "OUTSIDE_RANGE", "open or close lies outside low to high")
    order = check_candle_times(stamps, usable, interval, issues)
    kept = order.rows[(sound & ~crossed)[order.rows]]
    if len(kept) >= _NEAR:
        prices = np.log(np.stack([o, h, l, c])[:, kept])
        steps = np.diff(stamps[kept])
        spikes = _spikes(prices, steps == np.median(steps))
        issues.add(kept[spikes], "PRICE_SPIKE", "the price leaves its neighbours and returns")
    _check_stuck(np.stack([o, h, l, c])[:, kept], values["volume"][kept], kept, issues)
    return Report(issues, order)


def check_trades(rows: Sequence[Mapping[str, Any]], interval: int | None) -> Report:
    """Check trades `{id?, timestamp, price, amount, side}`; a gap is a silence longer than `interval`, where given."""
    import numpy as np

    issues = Issues()
    stamps, usable = timestamps(rows, issues)
    price, amount = column(rows, "price"), column(rows, "amount")
    sound = _check_values({"price": price, "amount": amount}, ("price",), issues)
    issues.add(amount <= 0, "NEGATIVE_VOLUME", "amount: is not above 0")
    sides = [row.get("side") for row in rows]
    issues.add(np.array([side not in ("buy", "sell") for side in sides]), "INVALID_SIDE", "side: expected buy or sell")
    order = check_trade_times(stamps, usable, _identities(rows, stamps, price, amount, sides), interval, issues)
    kept = order.rows[sound[order.rows]]
    if len(kept) >= _NEAR:
        logs = np.log(price[kept])
        far = _far_from_median(logs, _scale(logs), _TRADE)
        issues.add(kept[far], "PRICE_SPIKE", "the price leaves its neighbours and returns")
        runs = _run_lengths(np.diff(price[kept], prepend=np.nan) == 0)
        stuck = runs >= _STUCK_TRADES
        issues.add(kept[stuck], "STALE_PRICE", f"the price has not moved for {_STUCK_TRADES} trades or more")
    return Report(issues, order)


def _check_values(values: Mapping[str, Numbers], prices: Sequence[str], issues: Issues) -> Mask:
    """NOT_A_NUMBER and NON_POSITIVE_PRICE; the rows whose prices can be reckoned with."""
    import numpy as np

    sound = np.ones(len(values[prices[0]]), dtype=bool)
    for name, numbers in values.items():
        issues.add(np.isnan(numbers), "NOT_A_NUMBER", f"{name}: expected a number")
        if name in prices:
            issues.add(numbers <= 0, "NON_POSITIVE_PRICE", f"{name}: is not above 0")
            sound &= numbers > 0
    return sound


def _identities(rows: Sequence[Mapping[str, Any]], *parts: Any) -> list[Any]:
    """What makes two trades the same: the id or, without one, everything about them."""
    alike = zip(*(part if isinstance(part, list) else part.tolist() for part in parts), strict=True)
    ids = (row.get("id") for row in rows)
    return [("id", str(i)) if i is not None else repr(all_else) for i, all_else in zip(ids, alike, strict=True)]


def _spikes(prices: Numbers, follows: Mask) -> Mask:
    """Rows whose close, open or wick stands alone.

    `prices` are logarithms, shape (4, rows); `follows` says of each row but the first whether none is missing before.
    """
    import numpy as np

    o, h, l, c = prices  # noqa: E741
    scale = _scale(c)
    top = np.maximum.reduce([o, c, np.roll(h, 1), np.roll(h, -1)])
    bottom = np.minimum.reduce([o, c, np.roll(l, 1), np.roll(l, -1)])
    wick = np.maximum(h - top, bottom - l)
    return np.asarray(
        _far_from_median(c, scale, _CLOSE)
        | _unchained(o, c, follows)
        | ((wick > _WICK_MOVE) & (wick > _WICK_SCORE * scale))
    )


def _unchained(o: Numbers, c: Numbers, follows: Mask) -> Mask:
    """Rows that break the chain of a series, in which each candle opens about where the last one closed.

    An open stands alone beyond both the last close and its own, a close beyond both its open and the next one, a whole
    row where its open leaves the last close and its close returns to the next open by as much. What counts is how far
    opens lie from the closes before them in this series, so that lively days hide nothing. Of those that may have torn
    one gap, the likeliest is taken: it stands the furthest away.
    """
    import numpy as np

    before = np.concatenate([o[:1], np.where(follows, c[:-1], o[1:])])
    after = np.concatenate([np.where(follows, o[1:], c[:-1]), c[-1:]])
    gaps = np.abs(o - before)
    limit = np.maximum(_CHAIN_MOVE, _CHAIN_SCORE * _MAD * _rolling_median(gaps, _AROUND))
    opened, closed, whole = _both(o - before, o - c), _both(c - o, c - after), _both(o - before, c - after)
    likeliest = np.maximum(np.maximum(opened, whole)[1:], np.maximum(closed, whole)[:-1])
    left, right = np.concatenate([[0.0], likeliest]), np.concatenate([likeliest, [0.0]])
    alone = [
        np.where(opened >= left, opened, 0),
        np.where(closed >= right, closed, 0),
        np.where((whole >= left) & (whole >= right), whole, 0),
    ]
    return np.asarray(np.maximum.reduce(alone) > limit)


def _both(one: Numbers, other: Numbers) -> Numbers:
    """How far at least, where both distances have one direction; else 0."""
    import numpy as np

    return np.where(one * other > 0, np.minimum(np.abs(one), np.abs(other)), 0.0)


def _far_from_median(logs: Numbers, scale: Numbers, limits: Sequence[tuple[float, float]]) -> Mask:
    import numpy as np

    distance = np.abs(logs - _rolling_median(logs, _NEAR))
    beyond = [(distance > move) & (distance > score * scale) for score, move in limits]
    return np.asarray(np.logical_or.reduce(beyond))


def _scale(logs: Numbers) -> Numbers:
    """How much prices move around each row; never below half of what they move overall."""
    import numpy as np

    moves = np.abs(np.diff(logs, prepend=logs[0]))
    return np.asarray(_MAD * np.maximum(_rolling_median(moves, _AROUND), np.median(moves) / 2))


def _rolling_median(values: Numbers, width: int) -> Numbers:
    import numpy as np
    from scipy.ndimage import median_filter

    return np.asarray(median_filter(values, size=width, mode="nearest"))


def _check_stuck(prices: Numbers, volume: Numbers, rows: NDArray[np.int64], issues: Issues) -> None:
    """STALE_PRICE: candles that repeat themselves whole, flat ones for three rows, equal closes for four.

    Flat candles without volume are how quiet markets are written down: information only.
    """
    import numpy as np

    if len(rows) < 2:
        return
    same = np.diff(prices, axis=1, prepend=np.nan) == 0
    flat = (prices == prices[0]).all(axis=0)
    repeats = same[3]
    length = _run_lengths(repeats)
    stuck = repeats & ((same.all(axis=0) & ~flat) | (flat & (length >= 2)) | (length >= 3))
    quiet = flat & (volume == 0)
    issues.add(rows[stuck & ~quiet], "STALE_PRICE", "the price does not move")
    issues.add(rows[stuck & quiet], "STALE_PRICE", "the price does not move, and nothing is traded", "info")


def _run_lengths(mask: Mask) -> NDArray[np.int64]:
    """For each row, the length of the run of True that it is in; 0 where False."""
    import numpy as np

    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    lengths = np.zeros(len(mask), dtype=np.int64)
    for start, end in edges.reshape(-1, 2):
        lengths[start:end] = end - start
    return lengths
