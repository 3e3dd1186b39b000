"""scikit-learn's HistGradientBoosting, kept as arrays of nodes, for its own form is a pickle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from models.market.learner import Read, Watch, fewer, pack, shares, unpack

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]
    Column = NDArray[np.float64]


class Histogram:
    """HistGradientBoosting on the event."""

    family = "histgb"
    parameters: Mapping[str, Any] = {
        "max_iter": 150,
        "learning_rate": 0.06,
        "max_leaf_nodes": 16,
        "min_samples_leaf": 100,
        "l2_regularization": 20.0,
        "max_features": 0.3,
    }
    _STEP = 50
    """Trees between two looks at `watch`: every call of fit bins the features anew."""
    _ARRAYS = ("feature", "threshold", "left", "right", "value", "roots", "weights", "base")

    def __init__(self, **arrays: NDArray[Any]) -> None:
        self._arrays = arrays

    @classmethod
    def fit(cls, x: Matrix, event: Column, margin: Column, *, seed: int, threads: int, watch: Watch) -> Self:
        from sklearn.ensemble import HistGradientBoostingClassifier
        from threadpoolctl import threadpool_limits

        trees = fewer(int(cls.parameters["max_iter"]), len(x))
        fixed = {**cls.parameters, "early_stopping": False, "warm_start": True, "random_state": seed}
        model = HistGradientBoostingClassifier(**fixed)
        with threadpool_limits(threads):
            for done in range(0, trees, cls._STEP):
                watch(done / trees)
                model.set_params(max_iter=min(done + cls._STEP, trees)).fit(x, event)
        return cls(**_nodes(model, x.shape[1]))

    def score(self, x: Matrix) -> Column:
        a = self._arrays
        place = np.broadcast_to(a["roots"], (len(x), len(a["roots"])))
        rows = np.arange(len(x))[:, None]
        while True:
            feature = a["feature"][place]
            inside = feature >= 0
            if not inside.any():
                return np.asarray(a["value"][place].sum(axis=1) + a["base"][0])
            smaller = x[rows, feature] <= a["threshold"][place]
            place = np.where(inside, np.where(smaller, a["left"][place], a["right"][place]), place)

    def importance(self) -> Column:
        return shares(self._arrays["weights"])

    def dump(self) -> dict[str, bytes]:
        return {"histgb.npz": pack(self._arrays)}

    @classmethod
    def load(cls, read: Read) -> Self:
        return cls(**unpack(read("histgb.npz"), cls._ARRAYS))


def _nodes(model: Any, features: int) -> dict[str, NDArray[Any]]:
    """The trees of a fitted HistGradientBoosting as flat arrays; a leaf has feature -1."""
    trees = [predictors[0].nodes for predictors in model._predictors]
    starts = np.cumsum([0, *(len(tree) for tree in trees)])[:-1]
    shift = np.repeat(starts, [len(tree) for tree in trees])
    nodes = np.concatenate(trees)
    leaf = nodes["is_leaf"].astype(bool)
    gains = np.bincount(nodes["feature_idx"][~leaf], nodes["gain"][~leaf], features)
    return {
        "feature": np.where(leaf, -1, nodes["feature_idx"]).astype(np.int32),
        "threshold": nodes["num_threshold"].astype(np.float64),
        "left": (nodes["left"] + shift).astype(np.int32),
        "right": (nodes["right"] + shift).astype(np.int32),
        "value": np.where(leaf, nodes["value"], 0.0),
        "roots": starts.astype(np.int32),
        "weights": gains.astype(np.float64),
        "base": np.asarray(model._baseline_prediction, float).ravel(),
    }
