"""Features: the same bits in training and in serving, and nothing of the future in them."""

from __future__ import annotations

import numpy as np
import pytest

from models.market.dataset import build
from models.market.features import features
from models.market.synthetic import synthetic
from models.market.targets import TARGETS
from models.market.windows import FULL, Windows, at
from schemas.candle import COLUMNS
from schemas.progress import no_progress
from schemas.series import Series

SERIES = synthetic(1400, seed=3)


def cut(series: Series, end: int) -> Series:
    return Series(*(getattr(series, name)[:end] for name in COLUMNS))


def spoilt(series: Series, start: int) -> Series:
    """The same until `start`, something quite different from there on."""
    columns = {name: getattr(series, name).copy() for name in COLUMNS}
    for name in COLUMNS[1:]:
        columns[name][start:] *= np.random.default_rng(1).uniform(2, 5, len(series) - start)
    return Series(**columns)


def test_a_row_has_the_same_bits_alone_in_a_batch_and_in_training() -> None:
    data = build({"A": SERIES}, TARGETS["range-1h"], 1, no_progress)
    ends = (data.time - SERIES.timestamp[0]) // 3_600_000
    chosen = np.random.default_rng(0).choice(len(ends), 64, replace=False)
    alone = [features(Windows.of([cut(SERIES, ends[row] + 1)], FULL))[1][0] for row in chosen]
    together = features(Windows.of([cut(SERIES, ends[row] + 1) for row in chosen], FULL))[1]
    assert np.array_equal(data.x[chosen], np.stack(alone))
    assert np.array_equal(data.x[chosen], together)


@pytest.mark.parametrize("name", TARGETS)
def test_no_feature_and_no_baseline_moves_when_the_future_does(name: str) -> None:
    target, now = TARGETS[name], 900
    true, other = (build({"A": series}, target, 1, no_progress) for series in (SERIES, spoilt(SERIES, now + 1)))
    known = true.time <= SERIES.timestamp[now]
    assert known.sum() > 50
    assert np.array_equal(true.x[known], other.x[known])
    assert np.array_equal(true.persistence[known], other.persistence[known])
    settled = true.time <= SERIES.timestamp[now - target.horizon]
    assert np.array_equal(true.event[settled], other.event[settled])
    assert (true.margin[~settled] != other.margin[~settled]).any()


@pytest.mark.parametrize("hours", [168, 169, 200, 500, 743, 744])
def test_short_histories_give_finite_features_of_the_same_names(hours: int) -> None:
    names, x = features(Windows.of([SERIES, cut(SERIES, 900)], hours))
    assert names == features(next(at(SERIES, np.array([FULL]), FULL)))[0]
    assert np.isfinite(x).all()


@pytest.mark.parametrize("volume", [0.0, 0.1, 1e-300])
def test_a_market_that_stands_still_gives_finite_features_and_no_event(volume: float) -> None:
    flat = np.full(FULL + 24, 0.1)
    still = Windows.of(
        [Series(SERIES.timestamp[: FULL + 24], flat, flat, flat, flat, np.full(FULL + 24, volume))], FULL + 24
    )
    assert np.isfinite(features(still.last(FULL))[1]).all()
    for target in TARGETS.values():
        came, threshold = target.observed(still)
        assert not came[0] > threshold[0]


def test_features_are_free_of_scale() -> None:
    scaled = Series(SERIES.timestamp, *(getattr(SERIES, name) * 1024 for name in COLUMNS[1:]))
    one, other = (features(Windows.of([series], FULL))[1] for series in (SERIES, scaled))
    assert np.allclose(one, other, rtol=1e-6, atol=1e-6)


def _label(name: str, s: Series, t: int) -> bool:
    """The statement at hour t, word for word as it is defined, one number at a time."""
    r = np.diff(np.log(s.close))  # r[i] belongs to hour i + 1

    def rv(end: int) -> float:
        return float(np.sqrt((r[end - 24 : end] ** 2).sum()))

    def volume(end: int) -> float:
        return float(s.volume[end - 23 : end + 1].sum())

    if name == "range-1h":
        return bool(np.log(s.high[t + 1] / s.low[t + 1]) > 0.01)
    if name == "volume-spike-1h":
        return bool(s.volume[t + 1] > 2 * np.median(s.volume[t - 167 : t + 1]))
    if name == "volatility-regime-24h":
        return rv(t + 24) > np.median([rv(end) for end in range(t - 719, t + 1)])
    if name == "volume-regime-24h":
        return volume(t + 24) > np.median([volume(end) for end in range(t - 719, t + 1)])
    hours = 1 if name == "direction-1h" else 24
    return bool(s.close[t + hours] > s.close[t])


@pytest.mark.parametrize("name", TARGETS)
def test_labels_are_the_statements_word_for_word(name: str) -> None:
    target = TARGETS[name]
    data = build({"A": SERIES}, target, 0.15, no_progress)
    hours = (data.time - SERIES.timestamp[0]) // 3_600_000
    assert [bool(e) for e in data.event] == [_label(name, SERIES, int(t)) for t in hours]
    assert ((data.margin > 0) == (data.event == 1)).all()
    before = hours - target.horizon
    old = [_label(name, SERIES, int(t)) for t in before if t >= 744]
    assert [bool(p) for p in data.persistence[before >= 744]] == old
