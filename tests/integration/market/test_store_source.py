"""Training on the store's candles: quiet hours are filled, long gaps part the series."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from foundation.settings import Settings
from models.market.dataset import filled, unbroken
from models.market.synthetic import synthetic
from models.trainers import Limits, trainer
from schemas.series import HOUR_MS
from storage.engine import insert_rows
from storage.hourly import hourly_candles
from storage.trades import CANDLES
from tasks.ml.train import StoreSource, TrainingSource, _source
from tasks.resources import Resources, use

POOL, OTHER = "0x" + "ab" * 20, "0x" + "cd" * 20
SERIES = synthetic(1500, seed=8)
QUIET = (40, 41, 700)


@pytest.fixture
def resources(tmp_path: Path) -> Iterator[Resources]:
    made = Resources(Settings(home=tmp_path))
    rows = [
        {
            "pool": bytes.fromhex(POOL[2:]),
            "chain_id": 1,
            "interval": HOUR_MS,
            "timestamp": int(SERIES.timestamp[i]),
            "open_at": b"",
            "close_at": b"",
            **{name: str(getattr(SERIES, name)[i]) for name in ("open", "high", "low", "close")},
            "base": str(SERIES.volume[i]),
            "quote": "0",
            "bought": "0",
            "trades": 1,
        }
        for i in range(len(SERIES))
        if i not in QUIET
    ]
    with made.store.write() as connection:
        insert_rows(connection, CANDLES, [tuple(row[column.name] for column in CANDLES.columns) for row in rows])
    use(made)
    yield made
    use(None)


def test_candles_of_the_store_come_back_filled_and_can_be_trained_on(resources: Resources) -> None:
    source = _source("volume-spike-1h", TrainingSource(store=StoreSource(pools=[POOL])))
    series = source.series[f"1:{POOL}"]
    assert len(series) == len(SERIES)
    assert np.array_equal(series.timestamp, SERIES.timestamp)
    assert series.volume[list(QUIET)].tolist() == [0, 0, 0]
    assert series.high[40] == series.close[39] == series.low[41]
    others = np.setdiff1d(np.arange(len(SERIES)), QUIET)
    assert np.array_equal(series.close[others], SERIES.close[others])
    assert trainer("volume-spike-1h").plan(source, Limits()).rows == len(SERIES)
    assert hourly_candles(resources.store, [OTHER]) == {}


def test_a_gap_of_more_than_a_day_parts_the_series() -> None:
    rows = [[hour * HOUR_MS, 1.0, 1.0, 1.0, 1.0, 5.0] for hour in (0, 1, 26, 60)]
    assert [len(part) for part in unbroken(filled(rows))] == [27, 1]
