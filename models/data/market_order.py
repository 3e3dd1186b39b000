"""What is wrong with the times of rows: duplicates, disorder, gaps, the wrong interval."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models.data.market_rows import Gathered, Issues
from schemas.interval import aligned

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from models.data.market_laid import Laid

    Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Order:
    """Rows in the order of their times."""

    rows: Whole
    """Original positions: sorted by time, repeated and unusable rows left out."""
    interval: int | None
    """As stated or, where it was not, the most common distance."""
    missing: int
    """Candles that are not there."""


def orders(
    stamps: Whole, usable: NDArray[np.bool_], laid: Laid, intervals: Sequence[int | None], issues: Gathered
) -> list[Order]:
    """The order of each of the series laid end to end, and what is wrong with their times.

    Most have their rows in order and at the same distance, which is seen of all at once.
    """
    import numpy as np

    steps = stamps - stamps[laid.before]
    step = steps[np.minimum(laid.starts + 1, laid.ends - 1)]
    alike = steps == step[laid.owner]
    alike[laid.starts] = True
    even = laid.all(alike & usable) & (laid.lengths > 1) & (step > 0)
    found = []
    for series, (start, end) in enumerate(zip(laid.starts.tolist(), laid.ends.tolist(), strict=True)):
        distance, interval = int(step[series]), intervals[series]
        if even[series] and interval in (None, distance) and aligned(int(stamps[start]), distance) == stamps[start]:
            found.append(Order(np.arange(end - start), distance, 0))
        else:
            here = slice(start, end)
            found.append(check_candle_times(stamps[here], usable[here], interval, issues.each[series]))
    return found


def check_candle_times(stamps: Whole, usable: NDArray[np.bool_], interval: int | None, issues: Issues) -> Order:
    """DUPLICATE, OUT_OF_ORDER, WRONG_INTERVAL, MISALIGNED and GAP of candles."""
    import numpy as np

    unique = _first_of_each(stamps, usable, issues)
    late = _out_of_order(stamps, unique)
    issues.add(late, "OUT_OF_ORDER", "its time lies before that of a row above")
    rows = unique[np.argsort(stamps[unique], kind="stable")]
    common = _common_distance(stamps[rows])
    if interval is not None and common is not None and common != interval:
        message = f"rows are {common} ms apart; the interval is stated as {interval} ms"
        issues.add([int(rows[1])], "WRONG_INTERVAL", message)
        return Order(rows, interval, 0)
    interval = interval or common
    if interval is None or not len(rows):
        return Order(rows, interval, 0)
    missing = _check_slots(stamps, _without_strays(stamps, rows, late), usable, interval, issues)
    return Order(rows, interval, missing)


def check_trade_times(
    stamps: Whole, usable: NDArray[np.bool_], identities: list[Any], interval: int | None, issues: Issues
) -> Order:
    """DUPLICATE by identity, OUT_OF_ORDER, and GAP where no trade came for longer than `interval`."""
    import numpy as np

    seen: dict[Any, int] = {}
    repeated = [row for row, name in enumerate(identities) if usable[row] and seen.setdefault(name, row) != row]
    issues.add(np.array(repeated, dtype=np.int64), "DUPLICATE", "this trade came before")
    unique = np.setdiff1d(np.flatnonzero(usable), np.array(repeated, dtype=np.int64))
    issues.add(_out_of_order(stamps, unique), "OUT_OF_ORDER", "its time lies before that of a row above")
    rows = unique[np.argsort(stamps[unique], kind="stable")]
    if interval is not None:
        late = rows[1:][np.diff(stamps[rows]) > interval]
        issues.add(late, "GAP", f"no trade for more than {interval} ms before this one")
    return Order(rows, interval, 0)


def _first_of_each(stamps: Whole, usable: NDArray[np.bool_], issues: Issues) -> Whole:
    import numpy as np

    rows = np.flatnonzero(usable)
    first = np.sort(rows[np.unique(stamps[rows], return_index=True)[1]])
    issues.add(np.setdiff1d(rows, first), "DUPLICATE", "a row above has the same time")
    return first


def _out_of_order(stamps: Whole, rows: Whole) -> Whole:
    """The fewest rows whose removal leaves the times in order; of two that changed places, the second.

    Patience sorting (Schensted 1961) from the end, so that of two equally good choices the earlier row stays.
    """
    import numpy as np

    times = stamps[rows]
    if bool(np.all(times[1:] >= times[:-1])):
        return np.empty(0, dtype=np.int64)
    backwards = (-times[::-1]).tolist()
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for position, value in enumerate(backwards):
        length = bisect_right(tails, value)
        before.append(ends[length - 1] if length else -1)
        tails[length : length + 1] = [value]
        ends[length : length + 1] = [position]
    kept = np.zeros(len(rows), dtype=bool)
    position = ends[-1]
    while position >= 0:
        kept[len(rows) - 1 - position] = True
        position = before[position]
    return np.asarray(rows[~kept])


def _common_distance(times: Whole) -> int | None:
    import numpy as np

    if len(times) < 2:
        return None
    distances, counts = np.unique(np.diff(times), return_counts=True)
    return int(distances[counts.argmax()])


def _without_strays(stamps: Whole, rows: Whole, late: Whole) -> Whole:
    """Rows in order of time without those out of order that lie beyond all others: they make no gap."""
    import numpy as np

    ordered = np.isin(rows, late, invert=True)
    times = stamps[rows]
    low, high = times[ordered][0], times[ordered][-1]
    return np.asarray(rows[ordered | ((times >= low) & (times <= high))])


def _check_slots(stamps: Whole, rows: Whole, usable: NDArray[np.bool_], interval: int, issues: Issues) -> int:
    """MISALIGNED and GAP; the number of missing candles.

    A misaligned row counts for the slots on both its sides, one without a time for one of those between its neighbours.
    """
    import numpy as np

    times = stamps[rows]
    origin = aligned(0, interval)
    phases, counts = np.unique((times - origin) % interval, return_counts=True)
    phase = int(phases[counts.argmax()])
    if phase:
        issues.add(rows[:1], "MISALIGNED", f"all candles open {phase} ms after a multiple of {interval} ms")
    early = (times - origin - phase) // interval
    off = (times - origin - phase) % interval != 0
    issues.add(rows[off], "MISALIGNED", f"is no multiple of {interval} ms" if not phase else "differs from the others")
    timeless = np.diff(np.cumsum(~usable)[rows]).clip(min=0)
    lost = early[1:] - (early + off)[:-1] - 1 - timeless
    for position in np.flatnonzero(lost > 0):
        message = f"{lost[position]} of {interval} ms missing before this row"
        issues.add(rows[position + 1 : position + 2], "GAP", message)
    return int(lost[lost > 0].sum())
