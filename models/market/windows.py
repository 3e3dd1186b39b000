"""Stretches of candles side by side: the shape in which features and statements are computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from schemas.candle import COLUMNS
from schemas.series import Series

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAY, WEEK, MONTH = 24, 168, 720
FULL = MONTH + DAY
"""Hours of candles that features look at: a month of 24-hour values."""
_CHUNK = 512


@dataclass(frozen=True)
class Windows:
    """Candles of shape (rows, hours), each row a stretch of one market, the last hour being the last known."""

    end: NDArray[np.int64]
    """Open of each row's last candle, epoch milliseconds, shape (rows,)."""
    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    volume: NDArray[np.float64]

    def last(self, hours: int) -> Windows:
        """The last hours of each row."""
        columns = (getattr(self, name)[:, -hours:] for name in COLUMNS[1:])
        return Windows(self.end, *columns)

    def between(self, start: int, stop: int) -> Windows:
        """The rows from start up to stop."""
        return Windows(*(column[start:stop] for column in vars(self).values()))

    def take(self, rows: Sequence[int]) -> Windows:
        """Some of the rows."""
        chosen = list(rows)
        columns = (getattr(self, name)[chosen] for name in COLUMNS[1:])
        return Windows(self.end[chosen], *columns)

    @classmethod
    def of(cls, many: Sequence[Series], hours: int) -> Windows:
        """The last `hours` candles of each series."""
        columns = (np.stack([getattr(s, name)[-hours:] for s in many]) for name in COLUMNS[1:])
        return cls(np.array([s.timestamp[-1] for s in many]), *columns)


def at(series: Series, ends: NDArray[np.intp], hours: int) -> Iterator[Windows]:
    """Windows that end at the given positions (each at least hours - 1), some hundred rows at a time."""
    views = [sliding_window_view(getattr(series, name), hours) for name in COLUMNS[1:]]
    for start in range(0, len(ends), _CHUNK):
        some = ends[start : start + _CHUNK]
        yield Windows(series.timestamp[some], *(view[some - hours + 1] for view in views))


def returns(w: Windows) -> NDArray[np.float64]:
    """Hourly log returns, shape (rows, hours - 1)."""
    return np.diff(np.log(w.close), axis=1)


def day_sums(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums over each 24 neighbours of values of shape (rows, n): shape (rows, n - 23).

    By sums of 2, 4, 8 and three times 8, so that equal values have equal sums, which differences of a running total
    have not.
    """
    two = x[:, :-1] + x[:, 1:]
    four = two[:, :-2] + two[:, 2:]
    eight = four[:, :-4] + four[:, 4:]
    return np.asarray(eight[:, :-16] + eight[:, 8:-8] + eight[:, 16:])
