"""Rows of market data as columns of numbers, and the issues found in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from typing import TYPE_CHECKING, Any, Literal

from models.data.event_check import EARLIEST_MILLIS, LATEST_MILLIS
from schemas.primitives import to_millis

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Whole = NDArray[np.int64]

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


class Issues(list[Issue]):
    """Collects issues; the severity follows from the code unless given."""

    def add(self, rows: Any, code: str, message: str, severity: Severity | None = None) -> None:
        """The same issue at each of `rows` (a boolean mask, or indices)."""
        import numpy as np

        found = np.asarray(rows)
        indices = np.flatnonzero(found) if found.dtype == bool else found.reshape(-1)
        self.extend(Issue(int(row), code, message, severity or SEVERITY[code]) for row in indices)


def number(value: Any) -> float:
    """A finite float of a JSON number or a decimal text; NaN for all else."""
    if type(value) is float or type(value) is int:
        return float(value) if abs(value) < 1e300 else nan
    if type(value) is str and len(value) <= 100 and value.isascii() and value.strip() == value and "_" not in value:
        try:
            parsed = float(value)
        except ValueError:
            return nan
        return parsed if isfinite(parsed) else nan
    return nan


def column(rows: Sequence[Mapping[str, Any]], name: str) -> Numbers:
    """One field of all rows; NaN where it is no number."""
    import numpy as np

    values = [row.get(name) for row in rows]
    if {float, int}.issuperset(map(type, values)):
        try:
            return np.array(values, dtype=np.float64)
        except OverflowError:
            pass  # an integer beyond every float: told apart one by one
    return np.array([number(value) for value in values], dtype=np.float64)


def timestamps(rows: Sequence[Mapping[str, Any]], issues: Issues) -> tuple[Whole, NDArray[np.bool_]]:
    """Epoch milliseconds of all rows, and which of them are to be relied on for the order of rows.

    Seconds, microseconds and nanoseconds are reported and turned into milliseconds, so that one fault is one issue.
    """
    import numpy as np

    values = [row.get("timestamp") for row in rows]
    plain = {int}.issuperset(map(type, values))
    stamps = np.array([v if plain else _stamp(v) for v in map(_clip, values)], dtype=np.float64)
    broken = ~np.isfinite(stamps) | (stamps < 0) | (stamps >= 1e20)
    issues.add(broken, "NOT_A_NUMBER", "timestamp: expected epoch milliseconds or an ISO 8601 time")
    stamps = np.where(broken, 0, stamps)
    wrong = ~broken & ((stamps < EARLIEST_MILLIS) | (stamps >= LATEST_MILLIS))
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
