"""Scores to probabilities (Platt 1999, "Probabilistic outputs for support vector machines")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]
    Column = NDArray[np.float64]

_STEPS = 25
_RIDGE = 1.0


def sigmoid(z: Column) -> Column:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(z, -30.0, 30.0))))


@dataclass(frozen=True)
class Platt:
    """probability = sigmoid(slope × log odds + offset)."""

    slope: float = 1.0
    offset: float = 0.0

    def __call__(self, log_odds: Column) -> Column:
        return sigmoid(self.slope * log_odds + self.offset)

    @classmethod
    def fit(cls, log_odds: Column, event: Column) -> Platt:
        """The identity where one class is missing."""
        if event.min() == event.max():
            return cls()
        fitted = Calibration.fit(log_odds[:, None], event)
        return cls(fitted.weights[0], fitted.offset)


@dataclass(frozen=True)
class Calibration:
    """probability = sigmoid(weights · scores + offset), for one score or for several that are blended."""

    weights: tuple[float, ...]
    offset: float

    def __call__(self, scores: Matrix) -> Column:
        """Of scores of shape (rows, members)."""
        return sigmoid((scores * np.array(self.weights)).sum(axis=1) + self.offset)

    @classmethod
    def fit(cls, scores: Matrix, event: Column) -> Calibration:
        """By maximum likelihood (Newton's method) with a slight pull to zero.

        The scores must be of rows that came later than those the members were fitted on, or it learns overconfidence.
        """
        spread = scores.std(axis=0) + 1e-9
        x = np.append(scores / spread, np.ones((len(scores), 1)), axis=1)
        w = np.zeros(x.shape[1])
        pull = _RIDGE * np.append(np.ones(len(spread)), 1e-6)
        for _ in range(_STEPS):
            p = sigmoid(x @ w)
            gradient = x.T @ (p - event) + pull * w
            curvature = (x * (p * (1 - p))[:, None]).T @ x + np.diag(pull + 1e-9)
            step = np.linalg.solve(curvature, gradient)
            w = w - step
            if np.abs(step).max() < 1e-10:
                break
        return cls(tuple(float(v) for v in w[:-1] / spread), float(w[-1]))
