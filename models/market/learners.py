"""The families that compete: each fits a matrix of features and gives log odds, and can be written as plain bytes.

No pickles: a model file must never be able to run code.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from foundation.errors import SobaError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]
    Column = NDArray[np.float64]

Watch = Callable[[float], None]
"""Told the share of a fit that is done, at least every second or two; may raise to end it."""


class Learner(Protocol):
    """One fitted model."""

    family: str

    def log_odds(self, x: Matrix) -> Column:
        """Of the event, shape (rows,)."""

    def importance(self) -> Column:
        """Weight of each feature, summing to 1."""

    def dump(self) -> dict[str, bytes]:
        """Files from which `load` makes it again."""


class Trees:
    """CatBoost: symmetric trees, strongly regularised (Prokhorenkova et al. 2018, "CatBoost: unbiased boosting")."""

    family = "catboost"
    parameters: Mapping[str, Any] = {
        "iterations": 400,
        "depth": 5,
        "learning_rate": 0.04,
        "l2_leaf_reg": 20.0,
        "rsm": 0.3,
        "bootstrap_type": "Bernoulli",
        "subsample": 0.6,
        "border_count": 64,
    }

    def __init__(self, model: Any) -> None:
        self._model = model

    @classmethod
    def fit(cls, x: Matrix, y: Column, *, seed: int, threads: int, watch: Watch) -> Trees:
        from catboost import CatBoostClassifier

        stopper = _Stopper(watch, int(cls.parameters["iterations"]))
        model = CatBoostClassifier(
            **cls.parameters, random_seed=seed, thread_count=threads, allow_writing_files=False, verbose=False
        )
        model.fit(x.astype(np.float32), y, callbacks=[stopper])
        if stopper.error is not None:
            raise stopper.error
        return cls(model)

    def log_odds(self, x: Matrix) -> Column:
        raw = self._model.predict(x.astype(np.float32), prediction_type="RawFormulaVal", thread_count=1)
        return np.asarray(raw, float)

    def importance(self) -> Column:
        weights = np.asarray(self._model.get_feature_importance(), float)
        return np.asarray(weights / max(weights.sum(), 1e-12))

    def dump(self) -> dict[str, bytes]:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "model.cbm"
            self._model.save_model(str(path))
            return {"model.cbm": path.read_bytes()}

    @classmethod
    def load(cls, read: Callable[[str], bytes]) -> Trees:
        from catboost import CatBoostClassifier

        return cls(CatBoostClassifier().load_model(blob=read("model.cbm")))


class _Stopper:
    """Ends a CatBoost fit when `watch` raises: an exception must not cross CatBoost's own loop."""

    def __init__(self, watch: Watch, iterations: int) -> None:
        self._watch, self._iterations = watch, iterations
        self.error: SobaError | None = None

    def after_iteration(self, info: Any) -> bool:
        try:
            self._watch(info.iteration / self._iterations)
        except SobaError as error:
            self.error = error
        return self.error is None


class Linear:
    """Logistic regression on standardised, clipped features."""

    family = "logistic"
    parameters: Mapping[str, Any] = {"C": 0.02, "max_iter": 200}
    _CLIP = 5.0

    def __init__(self, center: Column, scale: Column, weights: Column) -> None:
        self._center, self._scale, self._weights = center, scale, weights

    @classmethod
    def fit(cls, x: Matrix, y: Column, *, seed: int, threads: int, watch: Watch) -> Linear:
        from sklearn.linear_model import LogisticRegression
        from threadpoolctl import threadpool_limits

        watch(0.0)
        center, scale = np.median(x, axis=0), x.std(axis=0) + 1e-9
        with threadpool_limits(threads):
            model = LogisticRegression(**cls.parameters, random_state=seed, tol=1e-3).fit(
                cls._standard(x, center, scale), y
            )
        return cls(center, scale, np.append(model.coef_[0], model.intercept_))

    @classmethod
    def _standard(cls, x: Matrix, center: Column, scale: Column) -> Matrix:
        return np.clip((x - center) / scale, -cls._CLIP, cls._CLIP)

    def log_odds(self, x: Matrix) -> Column:
        z = self._standard(x, self._center, self._scale)
        return np.asarray((z * self._weights[:-1]).sum(axis=1) + self._weights[-1])

    def importance(self) -> Column:
        weights = np.abs(self._weights[:-1])
        return np.asarray(weights / max(weights.sum(), 1e-12))

    def dump(self) -> dict[str, bytes]:
        out = io.BytesIO()
        np.savez(out, center=self._center, scale=self._scale, weights=self._weights)
        return {"model.npz": out.getvalue()}

    @classmethod
    def load(cls, read: Callable[[str], bytes]) -> Linear:
        stored = np.load(io.BytesIO(read("model.npz")), allow_pickle=False)
        return cls(stored["center"], stored["scale"], stored["weights"])


FAMILIES: dict[str, type[Trees | Linear]] = {kind.family: kind for kind in (Trees, Linear)}
