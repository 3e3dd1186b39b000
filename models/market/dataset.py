"""Training rows: features and labels of every symbol, in order of time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from foundation.errors import InvalidInput
from models.market.features import features
from models.market.targets import Target
from models.market.windows import DAY, FULL, at
from schemas.candle import COLUMNS
from schemas.progress import Progress
from schemas.series import HOUR_MS, Series

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

_SUFFIXES = (".parquet", ".csv", ".csv.gz")
_MAX_ROWS = 5_000_000
_WHERE = "source.path"
_FLOOR = 1e-12
_GOLDEN = 0.6180339887498949


@dataclass(frozen=True)
class Dataset:
    """Rows of shape (rows, features), by time; `time` is the open of each row's last known candle."""

    names: tuple[str, ...]
    x: NDArray[np.float64]
    event: NDArray[np.float64]
    """1 where the statement came true, else 0."""
    margin: NDArray[np.float64]
    """Log of what came over its threshold, in standard deviations, within -3 and 3; above 0 where it came true."""
    persistence: NDArray[np.float64]
    """1 where persistence says that the event comes, else 0."""
    time: NDArray[np.int64]
    symbol: NDArray[np.str_]

    def take(self, rows: NDArray[Any]) -> Dataset:
        """Some of the rows, by position or mask."""
        columns = (self.x, self.event, self.margin, self.persistence, self.time, self.symbol)
        return Dataset(self.names, *(column[rows] for column in columns))


def read_candles(path: Path) -> dict[str, Series]:
    """Candles by symbol of a Parquet or CSV file, or of each in a folder; raises InvalidInput at `source.path`.

    Columns: timestamp (a time, epoch milliseconds or ISO 8601), open, high, low, close, volume, and symbol where a
    file holds several markets (the file's name is the symbol otherwise).
    """
    files = sorted(p for p in path.iterdir() if p.name.endswith(_SUFFIXES)) if path.is_dir() else [path]
    found: dict[str, Series] = {}
    for file in files:
        table = _read(file)
        if path.is_dir() and not set(COLUMNS) <= set(table.columns):
            continue  # a folder may hold other tables beside the candles
        _require_columns(table, file)
        found |= _by_symbol(table, file.name.partition(".")[0])
    if not found:
        raise InvalidInput.at(
            _WHERE, f"no candles at {path}: expected {', '.join(_SUFFIXES)} with {', '.join(COLUMNS)}"
        )
    return found


def _read(file: Path) -> pl.DataFrame:
    import polars as pl

    if not file.name.endswith(_SUFFIXES):
        raise InvalidInput.at(_WHERE, f"expected a file that ends in {', '.join(_SUFFIXES)}, or a folder of them")
    try:
        if file.suffix == ".parquet":
            return pl.read_parquet(file, n_rows=_MAX_ROWS)
        return pl.read_csv(file, n_rows=_MAX_ROWS, try_parse_dates=True)
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise InvalidInput.at(_WHERE, f"{file} cannot be read: {reason}") from error


def _require_columns(table: pl.DataFrame, file: Path) -> None:
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing:
        raise InvalidInput.at(_WHERE, f"{file.name} lacks the columns {', '.join(missing)}")


def _by_symbol(table: pl.DataFrame, name: str) -> dict[str, Series]:
    import polars as pl

    if "symbol" not in table.columns:
        table = table.with_columns(symbol=pl.lit(name))
    if table["timestamp"].dtype.is_temporal():
        table = table.with_columns(pl.col("timestamp").dt.epoch("ms"))
    try:
        table = table.select(
            "symbol", pl.col("timestamp").cast(pl.Int64), *(pl.col(c).cast(pl.Float64) for c in COLUMNS[1:])
        )
    except pl.exceptions.PolarsError as error:
        raise InvalidInput.at(_WHERE, f"{name}: a column is not numeric: {str(error).splitlines()[0][:200]}") from error
    parts = table.drop_nulls().sort("timestamp").partition_by("symbol", as_dict=True)
    return {str(symbol): _series(part, str(symbol)) for (symbol,), part in parts.items()}


def _series(table: pl.DataFrame, symbol: str) -> Series:
    series = Series(*(table[name].to_numpy() for name in COLUMNS))
    if (np.diff(series.timestamp) == 0).any():
        raise InvalidInput.at(_WHERE, f"{symbol}: two candles have the same timestamp")
    if not (series.low > 0).all() or not (series.high >= series.low).all() or not (series.volume >= 0).all():
        raise InvalidInput.at(_WHERE, f"{symbol}: a price is not positive, a high below its low or a volume negative")
    return series


def filled(rows: Sequence[Sequence[float]]) -> Series:
    """Candles in order of time, in which hours without a trade are absent, as an hourly series.

    A gap of up to a day is filled with still hours at the last close, without volume; a longer one remains.
    """
    whole: list[Sequence[float]] = []
    for row in rows:
        missing = int(row[0] - whole[-1][0]) // HOUR_MS - 1 if whole else 0
        if 0 < missing <= DAY:
            last, close = whole[-1][0], whole[-1][4]
            whole += [(last + HOUR_MS * step, close, close, close, close, 0.0) for step in range(1, missing + 1)]
        whole.append(row)
    return Series.of(np.array(whole, np.float64).reshape(-1, len(COLUMNS)))


def fingerprint(many: Mapping[str, Series]) -> dict[str, Any]:
    """What the data is: symbols, rows, first and last hour, and the sha256 of all of it."""
    digest = hashlib.sha256()
    for symbol in sorted(many):
        digest.update(symbol.encode())
        for name in COLUMNS:
            digest.update(np.ascontiguousarray(getattr(many[symbol], name)).tobytes())
    return {
        "symbols": sorted(many),
        "rows": sum(len(s) for s in many.values()),
        "from": int(min(s.timestamp[0] for s in many.values())),
        "to": int(max(s.timestamp[-1] for s in many.values())),
        "sha256": digest.hexdigest(),
    }


def unbroken(series: Series) -> list[Series]:
    """The stretches of a series in which each candle follows the last by an hour."""
    breaks = np.flatnonzero(np.diff(series.timestamp) != HOUR_MS) + 1
    edges = [0, *breaks.tolist(), len(series)]
    return [Series(*(getattr(series, name)[start:end] for name in COLUMNS)) for start, end in pairwise(edges)]


def build(many: Mapping[str, Series], target: Target, share: float, progress: Progress) -> Dataset:
    """Rows whose past and outcome are both known, of all symbols, in order of time: a share of the hours, or all.

    Raises InvalidInput at `source.path` where there is no such row.
    """
    stretches = [(symbol, part) for symbol in sorted(many) for part in unbroken(many[symbol])]
    parts = []
    for number, (symbol, series) in enumerate(stretches):
        ends = _ends(series, target, share)
        if len(ends):
            told = partial(progress, number, len(stretches), "features", symbol)
            parts.append(_rows(symbol, series, ends, target, told))
    if not parts:
        need = FULL + target.horizon + target.hours
        raise InvalidInput.at("source", f"no unbroken stretch of hourly candles is long enough: {need} are needed")
    names, columns = parts[0][0], list(zip(*(part[1:] for part in parts), strict=True))
    x, event, margin, persistence, time, symbol_of = (np.concatenate(column) for column in columns)
    margin = np.clip(margin / (margin.std() + _FLOOR), -3, 3)
    return Dataset(names, x, event, margin, persistence, time, symbol_of).take(np.argsort(time, kind="stable"))


def _ends(series: Series, target: Target, share: float) -> NDArray[np.intp]:
    """Positions of the last known candle."""
    first = max(FULL, target.hours) - 1
    ends = np.arange(first, len(series) - target.horizon)
    return np.asarray(ends[chosen(series.timestamp[ends], share)])


def chosen(time: NDArray[np.int64], share: float) -> NDArray[np.bool_]:
    """A share of the hours, spread evenly by the golden ratio; a smaller share is a part of a larger one.

    Every so many hours would meet only some hours of the day.
    """
    return np.asarray(time // HOUR_MS * _GOLDEN % 1 < share)


def _rows(
    symbol: str, series: Series, ends: NDArray[np.intp], target: Target, told: Callable[[], None]
) -> tuple[Any, ...]:
    chunks: list[NDArray[np.float64]] = []
    names: tuple[str, ...] = ()
    for windows in at(series, ends, FULL):
        told()
        names, x = features(windows)
        chunks.append(x)
    event, margin = _observed(series, ends + target.horizon, target)
    persistence, _ = _observed(series, ends, target)
    return names, np.concatenate(chunks), event, margin, persistence, series.timestamp[ends], np.full(len(ends), symbol)


def _observed(series: Series, ends: NDArray[np.intp], target: Target) -> tuple[NDArray[np.float64], ...]:
    """Whether the statement came true over the horizon that ends at each position, and by what margin."""
    seen = [target.observed(w) for w in at(series, ends, target.hours)]
    came, threshold = (np.concatenate(part) for part in zip(*seen, strict=True))
    return (came > threshold).astype(float), np.log(np.maximum(came, _FLOOR) / np.maximum(threshold, _FLOOR))
