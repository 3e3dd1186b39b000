"""Whether the world has moved away from what a model was trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_LEAST_SHARE = 1e-3
MOVED = 0.25
"""A population stability index above this is a different population, by custom (Siddiqi 2006, "Credit Risk
Scorecards")."""


@dataclass(frozen=True)
class Spread:
    """How a sample is spread: the distinct ones of its deciles, and the share of values up to each and beyond."""

    edges: tuple[float, ...]
    shares: tuple[float, ...]

    @classmethod
    def of(cls, values: ArrayLike) -> Spread:
        sample = np.asarray(values, float)
        edges = np.unique(np.quantile(sample, np.arange(1, 10) / 10))
        return cls(tuple(edges.tolist()), tuple(_shares(edges, sample).tolist()))

    def stability_index(self, values: ArrayLike) -> float:
        """Population stability index of another sample; 0 where it is spread alike."""
        return stability_index(_shares(np.asarray(self.edges), np.asarray(values, float)), self.shares)


def stability_index(now: ArrayLike, then: ArrayLike) -> float:
    """Population stability index of two divisions into the same bins, as shares: sum((now - then) ln(now / then))."""
    shares, expected = (np.maximum(np.asarray(part, float), _LEAST_SHARE) for part in (now, then))
    return float(((shares - expected) * np.log(shares / expected)).sum())


def _shares(edges: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    places = np.searchsorted(edges, values)
    return np.bincount(places, minlength=len(edges) + 1) / max(len(values), 1)


def has_fallen(right: int, scored: int, promised: float) -> bool:
    """Whether an accuracy is below what was promised by more than chance allows, one-sided at 99%."""
    if not scored:
        return False
    error = (promised * (1 - promised) / scored) ** 0.5
    return bool(right / scored < promised - 2.33 * error)
