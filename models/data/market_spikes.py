"""Prices that stand alone or do not move.

Spikes are judged by robust statistics: a price is compared with the median around it, in units of the median absolute
move around it, so that neither trends nor lively days raise an alarm. The thresholds were set on five assets of
hourly candles over four years (docs/data.md has the rates).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from models.data.market_laid import Laid, run_lengths

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Mask = NDArray[np.bool_]

_MAD = 1.4826
"""Median absolute deviation to standard deviation of a normal distribution."""
NEAR, _AROUND = 5, 49
"""Rows whose median a price is compared with; rows that say how much prices move there."""
_CLOSE = ((7.0, 0.01), (3.0, 0.1))
"""A move of the close is a spike above one of these pairs: multiples of the moves around it, and their logarithm."""
_CHAIN_SCORE, _CHAIN_MOVE = 10.0, 0.01
"""A row is out of the chain above both: multiples of the gaps between its neighbours, and their logarithm."""
_WICK_SCORE, _WICK_MOVE = 12.0, 0.05
_TRADE = ((12.0, 0.02),)
_STUCK_TRADES = 200


def candle_spikes(prices: Numbers, follows: Mask, laid: Laid) -> Mask:
    """Rows whose close, open or wick stands alone.

    `prices` are logarithms, shape (4, rows); `follows` says of each row whether it comes right after the one before.
    """
    import numpy as np

    o, h, l, c = prices  # noqa: E741 - as everybody writes candles
    scale = _scale(c, laid)
    top = np.maximum.reduce([o, c, h[laid.before], h[laid.after]])
    bottom = np.minimum.reduce([o, c, l[laid.before], l[laid.after]])
    wick = np.maximum(h - top, bottom - l)
    return np.asarray(
        _far_from_median(c, scale, _CLOSE, laid)
        | _unchained(o, c, follows, laid)
        | ((wick > _WICK_MOVE) & (wick > _WICK_SCORE * scale))
    )


def trade_spikes(logs: Numbers) -> Mask:
    """Trades of one series, by the logarithms of their prices, that stand alone."""
    import numpy as np

    laid = Laid(np.array([len(logs)]))
    return _far_from_median(logs, _scale(logs, laid), _TRADE, laid)


def _unchained(o: Numbers, c: Numbers, follows: Mask, laid: Laid) -> Mask:
    """Rows that break the chain of a series, in which each candle opens about where the last one closed.

    An open stands alone beyond both the last close and its own, a close beyond both its open and the next one, a whole
    row where its open leaves the last close and its close returns to the next open by as much. What counts is how far
    opens lie from the closes before them in this series, so that lively days hide nothing. Of those that may have torn
    one gap, the likeliest is taken: it stands the furthest away.
    """
    import numpy as np

    before = np.where(follows, c[laid.before], o)
    after = np.where(follows[laid.after], o[laid.after], c)
    gaps = np.abs(o - before)
    limit = np.maximum(_CHAIN_MOVE, _CHAIN_SCORE * _MAD * laid.rolling_median(gaps, _AROUND))
    opened, closed, whole = _both(o - before, o - c), _both(c - o, c - after), _both(o - before, c - after)
    left = np.maximum(np.maximum(opened, whole), np.maximum(closed, whole)[laid.before])
    left[laid.starts] = 0.0
    right = left[laid.after]
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


def _far_from_median(logs: Numbers, scale: Numbers, limits: Sequence[tuple[float, float]], laid: Laid) -> Mask:
    import numpy as np

    distance = np.abs(logs - laid.rolling_median(logs, NEAR))
    beyond = [(distance > move) & (distance > score * scale) for score, move in limits]
    return np.asarray(np.logical_or.reduce(beyond))


def _scale(logs: Numbers, laid: Laid) -> Numbers:
    """How much prices move around each row; never below half of what they move overall."""
    import numpy as np

    moves = np.abs(laid.changes(logs))
    overall = laid.medians(moves) / 2
    return np.asarray(_MAD * np.maximum(laid.rolling_median(moves, _AROUND), overall[laid.owner]))


def stuck_candles(prices: Numbers, volume: Numbers, laid: Laid) -> tuple[Mask, Mask]:
    """Candles that repeat themselves whole, flat ones for three rows, equal closes for four; and which are quiet.

    Flat candles without volume are how quiet markets are written down.
    """
    import numpy as np

    same = prices == prices[:, laid.before]
    same[:, laid.starts] = False
    flat = (prices == prices[0]).all(axis=0)
    repeats = same[3]
    length = run_lengths(repeats)
    stuck = repeats & ((same.all(axis=0) & ~flat) | (flat & (length >= 2)) | (length >= 3))
    return np.asarray(stuck), flat & (volume == 0)


def stuck_trades(prices: Numbers) -> Mask:
    """Trades of one series in a run of the same price of 200 or more."""
    import numpy as np

    return np.asarray(run_lengths(np.diff(prices, prepend=np.nan) == 0) >= _STUCK_TRADES)
