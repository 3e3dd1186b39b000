"""Rows of market data as columns of numbers, and the issues found in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING, Any, Literal, Protocol

from models.data.event_check import EARLIEST_MILLIS, LATEST_MILLIS
from schemas.primitives import to_millis

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from models.data.market_laid import Laid

    Numbers = NDArray[np.float64]
    Whole = NDArray[np.int64]

PRICES = ("open", "high", "low", "close")
MOST = 1e300
"""What lies beyond is no number to reckon with."""
Severity = Literal["error", "warning", "info"]
SEVERITY: dict[str, Severity] = {
    "NOT_A_NUMBER": "error",
    "NON_POSITIVE_PRICE": "error",
    "HIGH_BELOW_LOW": "error",
    "OUTSIDE_RANGE": "error",
    "NEGATIVE_VOLUME": "error",
    "INVALID_SIDE": "error",
    "TIMESTAMP_UNIT": "error",
    "DUPLICATE": "error",
    "OUT_OF_ORDER": "error",
    "MISALIGNED": "error",
    "WRONG_INTERVAL": "error",
    "GAP": "error",
    "PRICE_SPIKE": "warning",
    "STALE_PRICE": "warning",
}


@dataclass(frozen=True)
class Issue:
    """One thing at one row (0-based, as the rows came)."""

    row: int
    code: str
    message: str
    severity: Severity


class Found(Protocol):
    """Where issues of rows go."""

    def add(self, rows: Any, code: str, message: str, severity: Severity | None = None) -> None: ...


class Issues(list[Issue]):
    """Collects the issues of one series; the severity follows from the code unless given."""

    def add(self, rows: Any, code: str, message: str, severity: Severity | None = None) -> None:
        """The same issue at each of `rows` (a boolean mask, or indices)."""
        self.extend(Issue(row, code, message, severity or SEVERITY[code]) for row in _places(rows))


class Gathered:
    """The same for series laid end to end: `each` has those of every series, by its own rows."""

    def __init__(self, laid: Laid) -> None:
        self.each = [Issues() for _ in laid.lengths]
        self._laid = laid

    def add(self, rows: Any, code: str, message: str, severity: Severity | None = None) -> None:
        for place in _places(rows):
            series = self._laid.owner[place]
            row = place - int(self._laid.starts[series])
            self.each[series].append(Issue(row, code, message, severity or SEVERITY[code]))


def _places(rows: Any) -> list[int]:
    import numpy as np

    found = np.asarray(rows)
    places: list[int] = (found.nonzero()[0] if found.dtype == bool else found).tolist()
    return places


def number(value: Any) -> float:
    """A finite float of a JSON number or a decimal text; NaN for all else."""
    if type(value) is float or type(value) is int:
        return float(value) if abs(value) < MOST else nan
    if type(value) is str and len(value) <= 100 and value.isascii() and value.strip() == value and "_" not in value:
        try:
            parsed = float(value)
        except ValueError:
            return nan
        return parsed if abs(parsed) < MOST else nan
    return nan


@dataclass(frozen=True)
class Candles:
    """The columns of candles."""

    stamps: Numbers
    """As `raw_timestamps` gives them."""
    values: Numbers
    """Open, high, low, close and volume, shape (5, rows); NaN where it is no number."""

    @property
    def rows(self) -> int:
        return len(self.stamps)


def candles_of(rows: Sequence[Mapping[str, Any]]) -> Candles:
    """Of objects with the names of the wire."""
    import numpy as np

    return Candles(raw_timestamps(rows), np.stack([column(rows, name) for name in (*PRICES, "volume")]))


def candles_in(table: Numbers) -> Candles | None:
    """Of numbers, (rows, 6), timestamp, open, high, low, close, volume; None where a time is no integer."""
    import numpy as np

    columns = np.ascontiguousarray(table.T)
    if not (columns[0] == np.rint(columns[0])).all():
        return None
    return Candles(columns[0], np.where(np.abs(columns[1:]) < MOST, columns[1:], nan))


def column(rows: Sequence[Mapping[str, Any]], name: str) -> Numbers:
    """One field of all rows; NaN where it is no number."""
    import numpy as np

    values = [row.get(name) for row in rows]
    if {float, int}.issuperset(map(type, values)):
        try:
            numbers = np.array(values, dtype=np.float64)
        except OverflowError:  # an integer beyond every float: told apart one by one
            return np.array([number(value) for value in values], dtype=np.float64)
        return np.where(np.abs(numbers) < MOST, numbers, nan)
    return np.array([number(value) for value in values], dtype=np.float64)


def raw_timestamps(rows: Sequence[Mapping[str, Any]]) -> Numbers:
    """The times of rows as numbers, in whatever unit; NaN where there is no time."""
    import numpy as np

    values = [row.get("timestamp") for row in rows]
    if {int}.issuperset(map(type, values)):
        try:
            return np.array(values, dtype=np.float64)
        except OverflowError:
            pass
    return np.array([_stamp(value) for value in map(_clip, values)], dtype=np.float64)


def timestamps(raw: Numbers, issues: Found) -> tuple[Whole, NDArray[np.bool_]]:
    """Epoch milliseconds of all rows, and which of them are to be relied on for the order of rows.

    Seconds, microseconds and nanoseconds are reported and turned into milliseconds, so that one fault is one issue.
    """
    import numpy as np

    broken = ~(np.isfinite(raw) & (raw >= 0) & (raw < 1e20))
    issues.add(broken, "NOT_A_NUMBER", "timestamp: expected epoch milliseconds or an ISO 8601 time")
    stamps = np.where(broken, 0, raw)
    wrong = ~broken & ((stamps < EARLIEST_MILLIS) | (stamps >= LATEST_MILLIS))
    if wrong.any():
        for low, high, factor, unit in _UNITS:
            here = wrong & (stamps >= low) & (stamps < high)
            issues.add(here, "TIMESTAMP_UNIT", f"timestamp: looks like {unit}; epoch milliseconds are expected")
            stamps = np.where(here, stamps * factor, stamps)
    return np.rint(stamps).astype(np.int64), ~broken


_UNITS = (
    (0, EARLIEST_MILLIS, 1e3, "seconds"),
    (LATEST_MILLIS, 1e17, 1e-3, "microseconds"),
    (1e17, float("inf"), 1e-6, "nanoseconds"),
)


def _clip(value: Any) -> Any:
    return value if type(value) is not int or abs(value) < 10**20 else -1


def _stamp(value: Any) -> float:
    if type(value) is int:
        return float(value)
    if type(value) is float and value.is_integer():
        return value
    try:
        return float(to_millis(value))
    except ValueError:
        return nan
