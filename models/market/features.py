"""What the models see of the past: scale-free figures, the same for every market.

The one place for training and serving: both call `features` on windows of shape (rows, hours), row by row independent,
so that a row has the same bits alone, in a batch and in training. Nothing but the window goes in, so that nothing of
the future can. Volatility at several scales follows Corsi 2009 (HAR), ranges Parkinson 1980 and Garman and Klass 1980.
Where a window is shorter than a feature's memory, what there is of it is used.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from models.market.targets import SPIKE, WIDE_RANGE
from models.market.windows import DAY, MONTH, WEEK, Windows, day_sums, returns
from schemas.series import HOUR_MS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]
    Matrix = NDArray[np.float64]
    Table = dict[str, Column]

_FLOOR = 1e-12
_STILL = 1e-5
"""Log range below which an hour counts as still."""
_FADES = (2, 5, 12, 48)
_TOGETHER = 32
"""Rows at a time: with more of them a column of the windows no longer fits into the processor's cache."""


def features(w: Windows) -> tuple[tuple[str, ...], Matrix]:
    """Names of the features, and their values, shape (rows, features), all finite."""
    parts = [_features(w.between(start, start + _TOGETHER)) for start in range(0, len(w.end), _TOGETHER)]
    return parts[0][0], np.concatenate([x for _, x in parts])


def _features(w: Windows) -> tuple[tuple[str, ...], Matrix]:
    r = returns(w)
    table: Table = {}
    _calendar(table, w)
    _volatility(table, r)
    _ranges(table, w)
    _volumes(table, w)
    _moves(table, w, r)
    return tuple(table), np.stack(list(table.values()), axis=1)


@cache
def feature_names() -> tuple[str, ...]:
    """Names of the features, in their order."""
    still = np.ones((1, WEEK))
    return features(Windows(np.zeros(1, np.int64), still, still, still, still, still))[0]


def _log(x: Matrix) -> Any:
    return np.log(np.maximum(x, _FLOOR))


def _mean(x: NDArray[Any], hours: int) -> Any:
    return x[:, -hours:].mean(axis=1)


def _fading(x: Matrix, hours: int) -> Any:
    """Mean with weights that fall by e every so many hours back."""
    length = min(6 * hours, x.shape[1])
    weights = np.exp(-np.arange(length)[::-1] / hours)
    return (x[:, -length:] * weights).sum(axis=1) / weights.sum()


def _same_hour(x: NDArray[Any], days: int) -> Any:
    """Mean over the last days of the values at the hour of day that comes next."""
    return x[:, -DAY::-DAY][:, :days].mean(axis=1)


def _same_day(days: Matrix) -> Any:
    """Mean 24-hour value of earlier weeks at the hours of the week to come; the last value where there is none."""
    same = days[:, -1 - WEEK + DAY :: -WEEK] if days.shape[1] > WEEK - DAY else days[:, -1:]
    return same.mean(axis=1)


def _days(table: Table, name: str, days: Matrix, logs: Matrix, median: Column) -> None:
    """How the last 24-hour value stands in the month: values (rows, n), their logs, and the log of their median."""
    table[f"{name}_day"] = logs[:, -1] - median
    for ago in (1, 2, 3, 6):
        table[f"{name}_day_{ago}_ago"] = logs[:, max(-1 - ago * DAY, -logs.shape[1])] - median
    table[f"{name}_day_rank"] = (days < days[:, -1:]).mean(axis=1)
    spread = logs.std(axis=1)
    table[f"{name}_day_spread"] = spread
    table[f"{name}_day_z"] = (logs[:, -1] - logs.mean(axis=1)) / (spread + 1e-3)


def _calendar(table: Table, w: Windows) -> None:
    hours = w.end // HOUR_MS + 1  # the hour that comes next
    hour, weekday = (hours % 24).astype(float), ((hours // 24 + 3) % 7).astype(float)
    table["hour"], table["weekday"] = hour, weekday
    table["hour_sin"], table["hour_cos"] = np.sin(hour * (np.pi / 12)), np.cos(hour * (np.pi / 12))
    turn = (weekday + hour / 24) * (2 * np.pi / 7)
    table["week_sin"], table["week_cos"] = np.sin(turn), np.cos(turn)
    into = weekday * 24 + hour  # hours since Monday; of the next 24, those between 120 and 168 are weekend
    table["weekend_ahead"] = np.clip(np.minimum(into + 24, 168) - np.maximum(into, 120), 0, 24) / 24


def _volatility(table: Table, r: Matrix) -> None:
    squares = r * r
    days = day_sums(squares)[:, -MONTH:]
    logs = 0.5 * _log(days)
    median = 0.5 * _log(np.median(days, axis=1))
    hourly = median - 0.5 * np.log(DAY)
    for hours in (1, 3, 6, 12, 24, 96, WEEK, MONTH):
        table[f"rv_{hours}"] = 0.5 * _log(_mean(squares, hours))
        table[f"rv_{hours}_to_median"] = table[f"rv_{hours}"] - hourly
    for hours in (6, 24, 72):
        table[f"rv_fading_{hours}"] = 0.5 * _log(_fading(squares, hours))
    table["rv_median"] = hourly
    _days(table, "rv", days, logs, median)
    week = 0.5 * _log(_same_day(days))
    table["rv_same_day"], table["rv_same_day_lift"] = week - median, week - logs[:, -1]
    down = np.minimum(r[:, -DAY:], 0)
    whole = squares[:, -DAY:].sum(axis=1) + _FLOOR
    table["down_share"] = (down * down).sum(axis=1) / whole
    table["jump_share"] = squares[:, -DAY:].max(axis=1) / whole


def _ranges(table: Table, w: Windows) -> None:
    spread = np.log(w.high / w.low)
    logs = np.log(np.maximum(spread, _STILL)) - np.log(WIDE_RANGE)
    for back in range(1, 7):
        table[f"range_lag_{back}"] = logs[:, -back]
    for hours in (3, 6, 12, 24, 48, WEEK, MONTH):
        table[f"range_{hours}"] = _mean(logs, hours)
    wide = (spread > WIDE_RANGE).astype(float)
    for hours in (6, 24, WEEK, MONTH):
        table[f"wide_share_{hours}"] = _mean(wide, hours)
    for days in (3, 7, 30):
        table[f"range_same_hour_{days}"] = _same_hour(logs, days)
    table["range_same_hour_lift"] = table["range_same_hour_30"] - table[f"range_{MONTH}"]
    table["wide_same_hour"] = _same_hour(wide, 30)
    table["range_max_24"] = logs[:, -DAY:].max(axis=1)
    body = np.log(w.close / w.open)
    garman_klass = 0.5 * spread * spread - (2 * np.log(2.0) - 1) * body * body
    for hours in (6, 24, WEEK):
        table[f"garman_klass_{hours}"] = 0.5 * _log(_mean(garman_klass, hours))
    for hours in _FADES:
        table[f"range_fading_{hours}"] = _fading(logs, hours)
    table["range_same_week_hour"] = logs[:, -WEEK::-WEEK].mean(axis=1)
    table["range_last_24_spread"] = logs[:, -DAY:].std(axis=1)
    for place, ago in (("before", 0), ("after", -2)):
        table[f"range_same_hour_{place}"] = logs[:, -DAY - 1 - ago :: -DAY].mean(axis=1)


def _volumes(table: Table, w: Windows) -> None:
    volume = w.volume
    floor = (1e-6 * volume.mean(axis=1) + 1e-300)[:, None]
    median = np.median(volume[:, -WEEK:], axis=1)[:, None]
    logs = np.log(volume + floor) - np.log(median + floor)
    for back in range(1, 7):
        table[f"volume_lag_{back}"] = logs[:, -back]
    for hours in (3, 6, 12, 24, 48, WEEK, MONTH):
        table[f"volume_{hours}"] = _mean(logs, hours)
    for days in (3, 7, 30):
        table[f"volume_same_hour_{days}"] = _same_hour(logs, days)
    table["volume_same_hour_lift"] = table["volume_same_hour_30"] - table[f"volume_{MONTH}"]
    for hours in _FADES:
        table[f"volume_fading_{hours}"] = _fading(logs, hours)
    table["volume_same_week_hour"] = logs[:, -WEEK::-WEEK].mean(axis=1)
    spike = (volume > SPIKE * median).astype(float)
    for hours in (6, 24, WEEK):
        table[f"spikes_{hours}"] = _mean(spike, hours)
    table["spike_same_hour"] = _same_hour(spike, 30)
    table["volume_spread"] = logs[:, -WEEK:].std(axis=1)
    _volume_days(table, volume, floor)


def _volume_days(table: Table, volume: Matrix, floor: Matrix) -> None:
    days = day_sums(volume)[:, -MONTH:]
    logs = np.log(days + floor)
    median = np.log(np.median(days, axis=1) + floor[:, 0])
    _days(table, "volume", days, logs, median)
    for hours in (6, 12, WEEK):
        table[f"volume_{hours}_to_median"] = (
            np.log(volume[:, -hours:].sum(axis=1) * (DAY / hours) + floor[:, 0]) - median
        )
    week = np.log(_same_day(days) + floor[:, 0])
    table["volume_same_day"], table["volume_same_day_lift"] = week - median, week - logs[:, -1]


def _moves(table: Table, w: Windows, r: Matrix) -> None:
    scale = np.sqrt(_mean(r * r, WEEK)) + 1e-9
    for back in range(1, 5):
        table[f"return_lag_{back}"] = r[:, -back] / scale
    for hours in (3, 6, 12, 24, 72, WEEK, MONTH):
        table[f"return_{hours}"] = r[:, -hours:].sum(axis=1) / (scale * np.sqrt(hours))
    high, low, close = w.high, w.low, w.close[:, -1]
    span = high[:, -1] - low[:, -1]
    table["close_place"] = np.where(span > 0, (close - low[:, -1]) / np.where(span > 0, span, 1), 0.5)
    for hours in (DAY, WEEK, MONTH):
        table[f"below_high_{hours}"] = np.log(high[:, -hours:].max(axis=1) / close) / (scale * np.sqrt(hours))
        table[f"above_low_{hours}"] = np.log(close / low[:, -hours:].min(axis=1)) / (scale * np.sqrt(hours))
    table["turning"] = (r[:, -DAY:] * r[:, -DAY - 1 : -1]).mean(axis=1) / (scale * scale)
