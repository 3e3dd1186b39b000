"""Log odds to probabilities (Platt 1999, "Probabilistic outputs for support vector machines")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]


def sigmoid(z: Column) -> Column:
    return 1.0 / (1.0 + np.exp(-np.clip(z, -30.0, 30.0)))


@dataclass(frozen=True)
class Platt:
    """probability = sigmoid(slope × log odds + offset)."""

    slope: float = 1.0
    offset: float = 0.0

    def __call__(self, log_odds: Column) -> Column:
        return sigmoid(self.slope * log_odds + self.offset)

    @classmethod
    def fit(cls, log_odds: Column, y: Column) -> Platt:
        """By maximum likelihood, in ten Newton steps; the identity where one class is missing."""
        if y.min() == y.max():
            return cls()
        x = np.stack([log_odds, np.ones_like(log_odds)], axis=1)
        w = np.array([1.0, 0.0])
        for _ in range(10):
            p = sigmoid(x @ w)
            gradient = x.T @ (p - y) + 1e-3 * (w - [1.0, 0.0])
            curvature = (x * (p * (1 - p))[:, None]).T @ x + 1e-3 * np.eye(2)
            w = w - np.linalg.solve(curvature, gradient)
        return cls(float(w[0]), float(w[1]))
