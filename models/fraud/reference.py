"""What the features and scores of a model looked like when it was trained, and how far those of today are from it.

Each feature, and the score, is cut into bins at the deciles of the training rows, one more bin being for "unknown".
By the population stability index, nothing moved below 0.1, and above 0.25 the model is asked about another world.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.drift import MOVED, stability_index
from models.fraud.trees import Floats, Ints

SCORE = "score"
BINS = 11
_STABLE = 0.1
Shift = Literal["stable", "moving", "shifted"]


@dataclass(frozen=True)
class Reference:
    """Inner edges (ascending, nine at most) and shares of bins (eleven, the last for unknown) by name."""

    edges: dict[str, list[float]]
    shares: dict[str, list[float]]

    @classmethod
    def of(cls, names: Sequence[str], columns: Floats) -> Reference:
        """Of the training rows' `columns`, (rows, names)."""
        quantiles = np.linspace(0, 1, BINS - 1)[1:-1]
        edges = {
            name: np.unique(np.nanquantile(column, quantiles)).tolist()
            for name, column in zip(names, columns.T, strict=True)
        }
        counts = cls(edges, {}).count(columns)
        return cls(edges, {name: (c / c.sum()).tolist() for name, c in zip(names, counts, strict=True)})

    @classmethod
    def parse(cls, data: bytes) -> Reference:
        return cls(**json.loads(data))

    def dump(self) -> bytes:
        return json.dumps({"edges": self.edges, "shares": self.shares}).encode()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.edges)

    def count(self, columns: Floats) -> Ints:
        """How many rows fall into each bin, (names, BINS)."""
        out = np.zeros((len(self.edges), BINS), np.int64)
        for place, edges in enumerate(self.edges.values()):
            column = columns[:, place]
            bins = np.where(np.isnan(column), BINS - 1, np.searchsorted(edges, column, side="left"))
            out[place] = np.bincount(bins, minlength=BINS)
        return out

    def stability(self, counts: Ints) -> dict[str, float]:
        """PSI by name, of `counts` as `count` gives them, against the shares at training."""
        return {
            name: stability_index(row / max(row.sum(), 1), self.shares[name])
            for name, row in zip(self.names, counts, strict=True)
        }


def shift_of(psi: float) -> Shift:
    if psi < _STABLE:
        return "stable"
    return "moving" if psi <= MOVED else "shifted"
