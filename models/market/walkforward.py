"""Walk-forward windows, and the refusal to report anything else.

A row's label is known only `horizon` hours after it, and its features look back a month: rows that are near in time
share both. A shuffled split therefore scores far above what any model can do (83% on next-day direction), which is
leakage. Every split here is in order of time and purged (López de Prado 2018, "Advances in Financial Machine
Learning", chapter 7).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from foundation.errors import InvalidInput
from schemas.series import HOUR_MS

if TYPE_CHECKING:
    from numpy.typing import NDArray

EMBARGO = 24
"""Hours between the last outcome that training sees and the first row that is tested."""
_MIN_ROWS = 100


class LeakySplit(ValueError):
    """A split lets training see what is tested; no figure is made of it."""


@dataclass(frozen=True)
class Split:
    """Positions of the rows to train on and of those to test, shape (rows,) each."""

    train: NDArray[np.intp]
    test: NDArray[np.intp]


def require_honest(split: Split, time: NDArray[np.int64], horizon: int) -> None:
    """Raise LeakySplit unless every outcome trained on is known `EMBARGO` hours before the first row tested."""
    if not len(split.train) or not len(split.test):
        raise LeakySplit("a split without rows to train on or to test proves nothing")
    known = int(time[split.train].max()) + horizon * HOUR_MS
    begin = int(time[split.test].min())
    if known + EMBARGO * HOUR_MS > begin:
        hours = (known + EMBARGO * HOUR_MS - begin) // HOUR_MS
        raise LeakySplit(f"training reaches {hours} hours into the purged time before the test: the split leaks")


def walk_forward(time: NDArray[np.int64], horizon: int, windows: int, lead: float = 0.3) -> list[Split]:
    """Equal test windows over the time after the first `lead` share of it; each trains on all that came before.

    `time` is in order. Raises InvalidInput where a window has fewer than a hundred rows.
    """
    begin, end = int(time[0]), int(time[-1]) + 1
    edges = np.linspace(begin + lead * (end - begin), end, windows + 1).astype(np.int64)
    purge = (horizon + EMBARGO) * HOUR_MS
    splits = []
    for start, stop in pairwise(edges.tolist()):
        split = Split(np.flatnonzero(time + purge <= start), np.flatnonzero((time >= start) & (time < stop)))
        if min(len(split.train), len(split.test)) < _MIN_ROWS:
            raise InvalidInput.at("source", f"too few candles for {windows} walk-forward windows of {_MIN_ROWS} rows")
        splits.append(split)
    return splits
