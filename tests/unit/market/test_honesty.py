"""Leakage: noise is not learnt, splits that leak look too good, and the code refuses to report them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from foundation.errors import InvalidInput
from models.market.dataset import Dataset, build
from models.market.learners import Ridge
from models.market.race import Race
from models.market.synthetic import synthetic
from models.market.targets import TARGETS
from models.market.walkforward import EMBARGO, LeakySplit, Split, require_honest, walk_forward
from models.metrics import auc
from schemas.progress import no_progress

DAY = TARGETS["direction-24h"]
DATA = build({"A": synthetic(4000, seed=11)}, DAY, 1, no_progress)


def shuffled_folds(rows: int) -> list[Split]:
    order = np.random.default_rng(0).permutation(rows)
    return [Split(np.setdiff1d(order, part), part) for part in np.array_split(order, 5)]


def neighbour_accuracy(data: Dataset, split: Split) -> float:
    """Of the answer of the training row that is nearest in features: what a flexible model finds in a leaky split."""
    from scipy.spatial import cKDTree

    scaled = (data.x - data.x.mean(axis=0)) / (data.x.std(axis=0) + 1e-9)
    _, nearest = cKDTree(scaled[split.train]).query(scaled[split.test])
    return float((data.event[split.train][nearest] == data.event[split.test]).mean())


def test_a_shuffled_split_looks_too_good_to_be_true() -> None:
    leaky = np.mean([neighbour_accuracy(DATA, split) for split in shuffled_folds(len(DATA.event))])
    honest = np.mean([neighbour_accuracy(DATA, split) for split in walk_forward(DATA.time, DAY.horizon, 5)])
    assert leaky > 0.75
    assert honest < 0.6


def test_no_figure_is_made_of_a_shuffled_split() -> None:
    with pytest.raises(LeakySplit, match="the split leaks"):
        Race(DATA, shuffled_folds(len(DATA.event)), DAY.horizon, seed=0, threads=1, progress=no_progress)


@pytest.mark.parametrize("gap", [0, 1, DAY.horizon, DAY.horizon + EMBARGO - 2])
def test_an_unpurged_split_is_refused(gap: int) -> None:
    cut = 1500
    split = Split(np.arange(cut), np.arange(cut + gap, cut + gap + 500))
    with pytest.raises(LeakySplit):
        require_honest(split, DATA.time, DAY.horizon)
    purged = np.arange(cut + DAY.horizon + EMBARGO - 1, cut + 500)
    require_honest(Split(split.train, purged), DATA.time, DAY.horizon)


def test_training_on_what_comes_later_is_refused() -> None:
    with pytest.raises(LeakySplit):
        require_honest(Split(np.arange(2000, 3000), np.arange(1000)), DATA.time, DAY.horizon)
    with pytest.raises(LeakySplit, match="proves nothing"):
        require_honest(Split(np.arange(10), np.arange(0)), DATA.time, DAY.horizon)


def test_walk_forward_windows_are_honest_disjoint_and_reach_the_end() -> None:
    splits = walk_forward(DATA.time, DAY.horizon, 4)
    for split in splits:
        require_honest(split, DATA.time, DAY.horizon)
    tested = np.concatenate([split.test for split in splits])
    assert len(np.unique(tested)) == len(tested)
    assert tested[-1] == len(DATA.time) - 1
    with pytest.raises(InvalidInput, match="too few"):
        walk_forward(DATA.time, DAY.horizon, 60)


def test_shuffled_labels_teach_nothing() -> None:
    target = TARGETS["range-1h"]
    true = build({"A": synthetic(4000, seed=12)}, target, 1, no_progress)
    order = np.random.default_rng(0).permutation(len(true.event))
    noise = replace(true, event=true.event[order], margin=true.margin[order])
    found = [_auc(data, target.horizon) for data in (true, noise)]
    assert found[0] > 0.7
    assert abs(found[1] - 0.5) < 0.05


def _auc(data: Dataset, horizon: int) -> float:
    [split] = walk_forward(data.time, horizon, 1, lead=0.6)
    train, test = data.take(split.train), data.take(split.test)
    model = Ridge.fit(train.x, train.event, train.margin, seed=0, threads=1, watch=lambda share: None)
    area = auc(test.event, model.score(test.x))
    assert area is not None
    return area
