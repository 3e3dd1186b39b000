"""Candles as columns: what a request's list of hourly candles becomes in one go.

A list of 744 models costs a millisecond to build and is then taken apart again. Here the usual list, of objects with
the six numbers and nothing else, is read straight into arrays (`schemas.candle_text` does it for JSON); any other goes
through `Candle`, which either accepts it (times as ISO 8601) or says what is wrong and where.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from operator import itemgetter
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, ValidationError, WrapValidator
from pydantic_core import InitErrorDetails, PydanticCustomError

from schemas.candle import COLUMNS, Candle
from schemas.candle_text import Table, pack

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PRICES = ("open", "high", "low", "close")
HOUR_MS = 3_600_000
_MAX_MILLIS = 253_402_300_800_000  # the year 10000
LEAST, MOST = 168, 10_000
"""Candles in a request."""
_TINY, _HUGE = 1e-30, 1e30
_MAX_FAULTS = 20
_values = itemgetter(*COLUMNS)


@dataclass(frozen=True, eq=False)
class Series:
    """One market's candles in order of time, each column of shape (candles,)."""

    timestamp: NDArray[np.int64]
    """Open of each candle, epoch milliseconds."""
    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    volume: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.timestamp)

    @classmethod
    def of(cls, table: NDArray[np.float64]) -> Series:
        """Of a table with a row a candle and the columns in the order of COLUMNS."""
        import numpy as np

        columns = np.ascontiguousarray(table.T)
        return cls(columns[0].astype(np.int64), *columns[1:])


def hourly(value: Any, check: Callable[[Any], list[Candle]]) -> Series:
    """A list of hourly candles as a series; raises ValidationError with the place of every fault, at most twenty."""
    import numpy as np

    table = value.numbers if isinstance(value, Table) else _plain(value)
    series = _sound(table) if table is not None and LEAST <= len(table) <= MOST else None
    if series is not None:
        return series
    candles = check(value.objects() if isinstance(value, Table) else value)
    series = Series.of(np.array([_values(candle.__dict__) for candle in candles], np.float64))
    faults = list(islice(faults_of(series), _MAX_FAULTS))
    if faults:
        raise ValidationError.from_exception_data("candles", faults)
    return series


def _plain(value: Any) -> NDArray[np.float64] | None:
    """The table of a list of objects with six numbers each; None where it is anything else."""
    import numpy as np

    try:
        if not LEAST <= len(value) <= MOST or set(map(len, value)) != {len(COLUMNS)}:
            return None
        table = np.frombuffer(pack(len(value), chain.from_iterable(map(_values, value)))).reshape(-1, len(COLUMNS))
    except (KeyError, TypeError, OverflowError, struct.error):
        return None
    if ((table == 0) | (table == 1)).any() and bool in set(map(type, chain.from_iterable(map(_values, value)))):
        return None  # true and false pass for numbers
    return table


def _sound(table: NDArray[np.float64]) -> Series | None:
    """The series of a table in which nothing is wrong; None where something is, which `faults_of` tells then."""
    import numpy as np

    columns = np.ascontiguousarray(table.T)
    times, prices, high, low, volume = columns[0], columns[1:5], columns[2], columns[3], columns[5]
    first = float(times[0])
    is_sound = (
        (first.is_integer() and first >= 0 and times[-1] < _MAX_MILLIS and (times[1:] - times[:-1] == HOUR_MS).all())
        and ((prices <= high).all() and (prices >= low).all() and low.min() >= _TINY and high.max() <= _HUGE)
        and (volume.min() >= 0 and volume.max() <= _HUGE)
    )
    return Series(times.astype(np.int64), *columns[1:]) if is_sound else None


def faults_of(series: Series) -> Iterator[InitErrorDetails]:
    """Rows out of order, repeated, after a gap, or with prices that cannot be."""
    import numpy as np

    steps = np.diff(series.timestamp)
    for row in np.flatnonzero(steps != HOUR_MS):
        yield _fault(int(row) + 1, "timestamp", _step(int(steps[row])))
    for name in PRICES:
        price = getattr(series, name)
        for row in np.flatnonzero((price < _TINY) | (price > _HUGE)):
            yield _fault(int(row), name, f"expected a price above 0, at least {_TINY:g} and at most {_HUGE:g}")
    for row in np.flatnonzero((series.volume < 0) | (series.volume > _HUGE)):
        yield _fault(int(row), "volume", f"expected 0 or more, at most {_HUGE:g}")
    for row in np.flatnonzero(series.high < series.low):
        yield _fault(int(row), "high", "is below low")
    for name in ("open", "close"):
        value = getattr(series, name)
        for row in np.flatnonzero((value > series.high) | (value < series.low)):
            yield _fault(int(row), name, "is not between low and high")


def _step(step: int) -> str:
    if step == 0:
        return "is that of the candle before it"
    if step < 0:
        return "is before that of the candle before it; expected the oldest candle first"
    if step % HOUR_MS == 0:
        return f"comes after a gap of {step // HOUR_MS - 1} missing hourly candles"
    return f"is {step / HOUR_MS:g} hours after the candle before it; expected hourly candles"


def _fault(row: int, field: str, message: str) -> InitErrorDetails:
    return InitErrorDetails(
        type=PydanticCustomError("candle", "{message}", {"message": message}), loc=(row, field), input=None
    )


if TYPE_CHECKING:
    HourlyCandles = Series
else:
    HourlyCandles = Annotated[list[Candle], Field(min_length=LEAST, max_length=MOST), WrapValidator(hourly)]
"""168 to 10,000 hourly candles, the oldest first, without a gap."""
