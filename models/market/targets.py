"""The six statements about the hours to come: what is asked, and how the answer is read off candles.

With lc = log close, r its hourly difference and rv(k) the square root of the sum of r² over k hours:

    range-1h                log(high / low) of the next candle > 0.01
    volume-spike-1h         next volume > 2 × median of the last 168 volumes
    volatility-regime-24h   rv(24) of the next 24 hours > median over the last 720 hours of rv(24)
    volume-regime-24h       volume of the next 24 hours > median over the last 720 hours of the 24-hour volume
    direction-1h, -24h      close 1 or 24 hours later above the last close
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.market.windows import DAY, MONTH, WEEK, Windows, day_sums, returns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Outcome = tuple[NDArray[np.float64], NDArray[np.float64]]

WIDE_RANGE = 0.01
SPIKE = 2.0


@dataclass(frozen=True)
class Target:
    """One statement.

    `observed(windows)` gives what came to pass over the horizon that ends with each window's last candle, and the
    threshold that was known when it began: two arrays of shape (rows,). The statement came true where the first
    exceeds the second. That is the label of the row that ended `horizon` hours earlier, and the answer of the
    persistence baseline for the row that ends now.
    """

    name: str
    horizon: int
    """Hours."""
    answers: tuple[str, str]
    """Label of the event, label of its absence."""
    question: str
    observed: Callable[[Windows], Outcome]
    """As above; the median of an even number of values is the mean of the middle two."""
    hours: int
    """Length of the window that `observed` wants: a shorter one makes its medians shorter."""


def _range(w: Windows) -> Outcome:
    spread = np.log(w.high[:, -1] / w.low[:, -1])
    return spread, np.full(len(spread), WIDE_RANGE)


def _spike(w: Windows) -> Outcome:
    return w.volume[:, -1], SPIKE * np.median(w.volume[:, -WEEK - 1 : -1], axis=1)


def _month(days: NDArray[np.float64]) -> Outcome:
    return days[:, -1], np.median(days[:, -MONTH - DAY : -DAY], axis=1)


def _volatility(w: Windows) -> Outcome:
    r = returns(w)
    return _month(np.sqrt(day_sums(r * r)))


def _volume(w: Windows) -> Outcome:
    return _month(day_sums(w.volume))


def _rose(hours: int) -> Callable[[Windows], Outcome]:
    return lambda w: (w.close[:, -1], w.close[:, -1 - hours])


_YES_NO, _UP_DOWN = ("yes", "no"), ("up", "down")
_RANGE = "Will the next hour's high exceed its low by more than 1%?"
_SPIKE = "Will the next hour's volume exceed twice the median of the last week?"
_VOLATILITY = "Will the next day's realised volatility exceed the median of the last 30 days?"
_VOLUME = "Will the next day's volume exceed the median of the last 30 days?"

TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        Target("range-1h", 1, _YES_NO, _RANGE, _range, 1),
        Target("volume-spike-1h", 1, _YES_NO, _SPIKE, _spike, WEEK + 1),
        Target("volatility-regime-24h", DAY, _YES_NO, _VOLATILITY, _volatility, MONTH + 2 * DAY),
        Target("volume-regime-24h", DAY, _YES_NO, _VOLUME, _volume, MONTH + 2 * DAY - 1),
        Target("direction-1h", 1, _UP_DOWN, "Will the price be higher in an hour?", _rose(1), 2),
        Target("direction-24h", DAY, _UP_DOWN, "Will the price be higher in a day?", _rose(DAY), DAY + 1),
    )
}
