"""Several series laid end to end in one array, so that one call looks at all of them.

For a hundred rows NumPy's calls cost more than what they do. A batch's series are therefore joined; what looks at
neighbours stops at the ends of each.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Whole = NDArray[np.int64]
    Mask = NDArray[np.bool_]


class Laid:
    """Where each series begins and ends; none is empty. Arrays of the joined rows are of shape (rows,)."""

    def __init__(self, lengths: Whole) -> None:
        """`lengths` of the series, each at least 1."""
        import numpy as np

        self.lengths = lengths
        self.ends = np.cumsum(lengths)
        self.starts = self.ends - lengths
        self.rows = int(self.ends[-1]) if len(lengths) else 0
        self.owner = np.repeat(np.arange(len(lengths)), lengths)
        """Which series each row is of."""

    @cached_property
    def before(self) -> Whole:
        """The row before each; before the first of a series comes its last."""
        import numpy as np

        rows = np.arange(-1, self.rows - 1)
        rows[self.starts] = self.ends - 1
        return rows

    @cached_property
    def after(self) -> Whole:
        """The row after each; after the last of a series comes its first."""
        import numpy as np

        rows = np.arange(1, self.rows + 1)
        rows[self.ends - 1] = self.starts
        return rows

    def changes(self, values: NDArray[Any]) -> NDArray[Any]:
        """Each value less the one before it, 0 for the first of a series."""
        made: NDArray[Any] = values - values[self.before]
        made[self.starts] = 0
        return made

    def medians(self, values: NDArray[Any]) -> Numbers:
        """The median of each series, shape (series,)."""
        import numpy as np

        ordered = values[np.lexsort((values, self.owner))]
        low, high = self.starts + (self.lengths - 1) // 2, self.starts + self.lengths // 2
        return np.asarray((ordered[low] + ordered[high]) / 2)

    def all(self, mask: Mask) -> Mask:
        """Whether it holds for every row of a series, shape (series,)."""
        import numpy as np

        return np.logical_and.reduceat(mask, self.starts) if self.rows else np.zeros(0, dtype=bool)

    def rolling_median(self, values: Numbers, width: int) -> Numbers:
        """The median of the `width` rows around each; beyond the ends of a series its first and last are repeated."""
        from scipy.ndimage import median_filter

        window, inner = self._windows(width)
        return median_filter(values[window], size=width, mode="nearest")[inner]  # type: ignore[no-any-return]

    def _windows(self, width: int) -> tuple[Whole, Whole]:
        """The joined rows with half a width more at both ends of each series, and the places of the rows in that."""
        import numpy as np

        if width not in self._known:
            half = width // 2
            padded = np.repeat(np.arange(len(self.lengths)), self.lengths + 2 * half)
            rows = np.arange(len(padded)) - (2 * padded + 1) * half
            window = np.clip(rows, self.starts[padded], self.ends[padded] - 1)
            self._known[width] = window, np.arange(self.rows) + (2 * self.owner + 1) * half
        return self._known[width]

    @cached_property
    def _known(self) -> dict[int, tuple[Whole, Whole]]:
        return {}


def run_lengths(mask: Mask) -> Whole:
    """For each row, the length of the run of True that it is in; 0 where False."""
    import numpy as np

    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]])))
    runs = edges[1::2] - edges[::2]
    lengths = np.zeros(len(mask), dtype=np.int64)
    lengths[mask] = np.repeat(runs, runs)
    return lengths
