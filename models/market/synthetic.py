"""Candles of a market that does not exist, for examples and tests: volatile days cluster, hours and weekends differ.

`python -m models.market.synthetic` writes the sample that ships with the code.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from schemas.candle import COLUMNS
from schemas.series import HOUR_MS, Series

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLE = Path(__file__).with_name("sample.parquet")
_BEGIN = 1_704_067_200_000  # Monday 2024-01-01T00:00:00Z
_STEPS = 12


def synthetic(hours: int, seed: int) -> Series:
    """Hourly candles of a random walk whose log volatility is a sum of a slow and a fast AR(1) and of the clock."""
    draw = np.random.default_rng(seed)
    clock = np.arange(hours)
    season = 0.25 * np.sin((clock % 24 - 9) * np.pi / 12) - 0.3 * (clock // 24 % 7 >= 5)
    mood = _ar1(draw, hours, 0.995, 0.5) + _ar1(draw, hours, 0.8, 0.25)
    volatility = np.exp(np.log(0.006) + mood + season)
    steps = draw.standard_normal((hours, _STEPS)) * (volatility / np.sqrt(_STEPS))[:, None]
    path = np.cumsum(steps.ravel()).reshape(hours, _STEPS)
    close = path[:, -1]
    opened = np.concatenate([[0.0], close[:-1]])
    high, low = np.maximum(path.max(axis=1), opened), np.minimum(path.min(axis=1), opened)
    volume = np.exp(8 + 0.9 * mood + 1.2 * season + 0.35 * draw.standard_normal(hours))
    prices = [np.round(100 * np.exp(x), 3) for x in (opened, high, low, close)]
    return Series(*[_BEGIN + clock * HOUR_MS, *prices, np.round(volume, 1)])


def _ar1(draw: np.random.Generator, hours: int, keep: float, spread: float) -> NDArray[np.float64]:
    """A stationary AR(1) with this standard deviation."""
    from scipy.signal import lfilter

    shocks = draw.standard_normal(hours) * spread * np.sqrt(1 - keep * keep)
    return np.asarray(lfilter([1.0], [1.0, -keep], shocks))


def write_sample(path: Path = SAMPLE) -> None:
    """Two markets over ninety days, as `ml.train`'s example reads them."""
    import polars as pl

    tables = [
        pl.DataFrame({"symbol": symbol, **{name: getattr(synthetic(90 * 24, seed), name) for name in COLUMNS}})
        for seed, symbol in enumerate(("ALPHA", "BETA"))
    ]
    pl.concat(tables).write_parquet(path, compression="zstd")


if __name__ == "__main__":
    write_sample()
