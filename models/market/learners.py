"""The families that compete. Each is fitted on features and gives a score, higher where the event is likelier.

Two of them learn the margin, by how much the outcome passed its threshold, rather than only whether it did: a margin
says more than its sign. Scores become probabilities in models.calibration. Nothing is pickled, so that a model
file cannot run code: CatBoost's own format, and arrays for the rest.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np

from foundation.errors import SobaError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]
    Column = NDArray[np.float64]

Watch = Callable[[float], None]
"""Told the share of a fit that is done, every second or so; raises to end it."""
Read = Callable[[str], bytes]
_CLIP = 5.0


class Learner(Protocol):
    """One family. `x` is (rows, features), `event` 0 or 1 and `margin` its log ratio to the threshold, (rows,)."""

    family: str
    parameters: Mapping[str, Any]

    @classmethod
    def fit(cls, x: Matrix, event: Column, margin: Column, *, seed: int, threads: int, watch: Watch) -> Self: ...

    def score(self, x: Matrix) -> Column:
        """Shape (rows,); a row's score has the same bits alone and in a batch."""

    def importance(self) -> Column:
        """Weight of each feature, summing to 1."""

    def dump(self) -> dict[str, bytes]: ...

    @classmethod
    def load(cls, read: Read) -> Self: ...


class Boosted:
    """CatBoost on the event: symmetric trees, strongly regularised (Prokhorenkova et al. 2018)."""

    family = "catboost"
    _on_margin = False
    parameters: Mapping[str, Any] = {
        "iterations": 400,
        "depth": 6,
        "learning_rate": 0.04,
        "l2_leaf_reg": 20.0,
        "rsm": 0.2,
        "bootstrap_type": "Bernoulli",
        "subsample": 0.6,
        "border_count": 64,
    }

    def __init__(self, model: Any) -> None:
        self._model = model

    @classmethod
    def fit(cls, x: Matrix, event: Column, margin: Column, *, seed: int, threads: int, watch: Watch) -> Self:
        from catboost import CatBoost

        trees = _fewer(int(cls.parameters["iterations"]), len(x))
        stopper = _Stopper(watch, trees)
        fixed = {"random_seed": seed, "thread_count": threads, "allow_writing_files": False, "verbose": False}
        loss = "RMSE" if cls._on_margin else "Logloss"
        model = CatBoost({**cls.parameters, **fixed, "iterations": trees, "loss_function": loss})
        model.fit(x.astype(np.float32), margin if cls._on_margin else event, callbacks=[stopper])
        if stopper.error is not None:
            raise stopper.error
        return cls(model)

    def score(self, x: Matrix) -> Column:
        return np.asarray(self._model.predict(x.astype(np.float32), thread_count=1), float)

    def importance(self) -> Column:
        return _shares(np.asarray(self._model.get_feature_importance(), float))

    def dump(self) -> dict[str, bytes]:
        with TemporaryDirectory() as folder:
            path = Path(folder) / f"{self.family}.cbm"
            self._model.save_model(str(path))
            return {path.name: path.read_bytes()}

    @classmethod
    def load(cls, read: Read) -> Self:
        from catboost import CatBoost

        return cls(CatBoost().load_model(blob=read(f"{cls.family}.cbm")))


class BoostedMargin(Boosted):
    """CatBoost on the margin."""

    family = "catboost-margin"
    _on_margin = True


class _Stopper:
    """Ends a CatBoost fit when `watch` raises: an exception must not cross CatBoost's own loop."""

    def __init__(self, watch: Watch, iterations: int) -> None:
        self._watch, self._iterations = watch, iterations
        self.error: SobaError | None = None

    def after_iteration(self, info: Any) -> bool:
        try:
            self._watch(min(info.iteration / self._iterations, 1.0))
        except SobaError as error:
            self.error = error
        return self.error is None


class Histogram:
    """scikit-learn's HistGradientBoosting on the event; kept as arrays of nodes, for its own form is a pickle."""

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

        trees = _fewer(int(cls.parameters["max_iter"]), len(x))
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
        return _shares(self._arrays["weights"])

    def dump(self) -> dict[str, bytes]:
        return {"histgb.npz": _pack(self._arrays)}

    @classmethod
    def load(cls, read: Read) -> Self:
        return cls(**_unpack(read("histgb.npz"), cls._ARRAYS))


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


class _Linear:
    """Weights on features that are centred on their median, scaled and clipped at five standard deviations."""

    family = "linear"
    _ARRAYS = ("center", "scale", "weights")

    def __init__(self, center: Column, scale: Column, weights: Column) -> None:
        self._center, self._scale, self._weights = center, scale, weights

    @staticmethod
    def _standard(x: Matrix, center: Column, scale: Column) -> Matrix:
        return np.clip((x - center) / scale, -_CLIP, _CLIP)

    @classmethod
    def _scaling(cls, x: Matrix) -> tuple[Column, Column, Matrix]:
        center, scale = np.median(x, axis=0), x.std(axis=0) + 1e-9
        return center, scale, cls._standard(x, center, scale)

    def score(self, x: Matrix) -> Column:
        z = self._standard(x, self._center, self._scale)
        return np.asarray((z * self._weights[:-1]).sum(axis=1) + self._weights[-1])

    def importance(self) -> Column:
        return _shares(np.abs(self._weights[:-1]))

    def dump(self) -> dict[str, bytes]:
        arrays = {"center": self._center, "scale": self._scale, "weights": self._weights}
        return {f"{self.family}.npz": _pack(arrays)}

    @classmethod
    def load(cls, read: Read) -> Self:
        return cls(**_unpack(read(f"{cls.family}.npz"), cls._ARRAYS))


class Logistic(_Linear):
    """Logistic regression on the event."""

    family = "logistic"
    parameters: Mapping[str, Any] = {"C": 0.02, "max_iter": 200, "tol": 1e-3}

    @classmethod
    def fit(cls, x: Matrix, event: Column, margin: Column, *, seed: int, threads: int, watch: Watch) -> Self:
        from sklearn.linear_model import LogisticRegression
        from threadpoolctl import threadpool_limits

        watch(0.0)
        center, scale, z = cls._scaling(x)
        with threadpool_limits(threads):
            model = LogisticRegression(**cls.parameters, random_state=seed).fit(z, event)
        return cls(center, scale, np.append(model.coef_[0], model.intercept_))


class Ridge(_Linear):
    """Ridge regression on the margin; on volatility, a wide form of the HAR model (Corsi 2009)."""

    family = "ridge"
    parameters: Mapping[str, Any] = {"alpha": 300.0}

    @classmethod
    def fit(cls, x: Matrix, event: Column, margin: Column, *, seed: int, threads: int, watch: Watch) -> Self:
        watch(0.0)
        center, scale, z = cls._scaling(x)
        mean, level = z.mean(axis=0), margin.mean()
        z = z - mean
        inner = z.T @ z + float(cls.parameters["alpha"]) * np.eye(z.shape[1])
        weights = np.linalg.solve(inner, z.T @ (margin - level))
        return cls(center, scale, np.append(weights, level - mean @ weights))


def _fewer(trees: int, rows: int) -> int:
    """Fewer trees where there are few rows to grow them on."""
    return min(trees, 50 + rows // 40)


def _shares(weights: Column) -> Column:
    return np.asarray(weights / max(float(weights.sum()), 1e-12))


def _pack(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)  # type: ignore[arg-type]  # the stub takes the names for its own options
    return out.getvalue()


def _unpack(data: bytes, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    with np.load(io.BytesIO(data), allow_pickle=False) as stored:
        return {name: stored[name] for name in names}


LEARNERS: dict[str, type[Learner]] = {
    kind.family: kind for kind in (Boosted, BoostedMargin, Histogram, Logistic, Ridge)
}
FAMILIES: dict[str, tuple[str, ...]] = {family: (family,) for family in LEARNERS} | {
    "blend": (BoostedMargin.family, Ridge.family)
}
"""What competes, and of which learners it consists: each alone, and the two on the margin together."""
