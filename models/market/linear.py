"""Linear families, on features that are centred, scaled and clipped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from models.market.learner import Read, Watch, pack, shares, unpack

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]
    Column = NDArray[np.float64]

_CLIP = 5.0


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
        return shares(np.abs(self._weights[:-1]))

    def dump(self) -> dict[str, bytes]:
        arrays = {"center": self._center, "scale": self._scale, "weights": self._weights}
        return {f"{self.family}.npz": pack(arrays)}

    @classmethod
    def load(cls, read: Read) -> Self:
        return cls(**unpack(read(f"{cls.family}.npz"), cls._ARRAYS))


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
