"""Learners: every family learns, survives being written and read, and gives a row the same score in any batch."""

from __future__ import annotations

import numpy as np
import pytest

from foundation.errors import Cancelled
from models.calibration import Calibration, Platt, sigmoid
from models.market.learners import LEARNERS
from models.metrics import auc, calibration, scores

DRAW = np.random.default_rng(5)
X = DRAW.normal(size=(3000, 8))
MARGIN = X[:, 0] + 0.5 * X[:, 1] + DRAW.normal(0, 0.7, 3000)
EVENT = (MARGIN > 0).astype(float)


def silent(share: float) -> None:
    assert 0 <= share <= 1


@pytest.mark.parametrize("family", LEARNERS)
def test_a_family_learns_and_is_the_same_after_a_round_trip(family: str) -> None:
    kind = LEARNERS[family]
    model = kind.fit(X[:2000], EVENT[:2000], MARGIN[:2000], seed=0, threads=1, watch=silent)
    area = auc(EVENT[2000:], model.score(X[2000:]))
    assert area is not None
    assert area > 0.85
    files = model.dump()
    again = kind.load(lambda name: files[name])
    assert np.array_equal(again.score(X[2000:]), model.score(X[2000:]))
    assert np.array_equal(again.score(X[2000:2001]), model.score(X[2000:])[:1])
    assert again.importance().sum() == pytest.approx(1)
    assert int(np.argmax(again.importance())) == 0
    assert all(len(data) < 1_000_000 for data in files.values())


@pytest.mark.parametrize("family", LEARNERS)
def test_a_fit_ends_when_it_is_cancelled(family: str) -> None:
    def cancel(share: float) -> None:
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        LEARNERS[family].fit(X, EVENT, MARGIN, seed=0, threads=1, watch=cancel)


def test_histogram_arrays_say_what_scikit_learn_says() -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    from models.market.learners import Histogram

    model = Histogram.fit(X, EVENT, MARGIN, seed=0, threads=1, watch=silent)
    fixed = {**Histogram.parameters, "max_iter": len(model._arrays["roots"]), "early_stopping": False}
    with threadpool_limits(1):
        peer = HistGradientBoostingClassifier(**fixed, random_state=0).fit(X, EVENT)
    assert np.corrcoef(model.score(X), peer.decision_function(X))[0, 1] > 0.99


def test_calibration_mends_scores_of_the_wrong_size() -> None:
    odds = DRAW.normal(0, 1.5, 20_000)
    came = (DRAW.uniform(size=20_000) < sigmoid(odds)).astype(float)
    fitted = Platt.fit(3 * odds + 1, came)
    assert scores(came, fitted(3 * odds + 1))["calibrationError"] < 0.015
    assert Platt.fit(odds, np.ones(20_000)) == Platt()


def test_a_blend_weighs_its_members_by_what_they_know() -> None:
    good, noise = MARGIN + DRAW.normal(0, 0.3, 3000), DRAW.normal(size=3000)
    weights = Calibration.fit(np.stack([good, noise], axis=1), EVENT).weights
    assert weights[0] > 10 * abs(weights[1])


def test_metrics_by_hand() -> None:
    y, p = np.array([0.0, 1.0, 1.0, 0.0]), np.array([0.1, 0.8, 0.4, 0.4])
    assert auc(y, p) == pytest.approx(3.5 / 4)
    assert auc(np.ones(3), p[:3]) is None
    assert scores(y, p)["accuracy"] == 0.75
    assert sum(part["weight"] for part in calibration(y, p)) == pytest.approx(1)
