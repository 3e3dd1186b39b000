"""How good probabilities are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]

_BINS = 10


def scores(y: Column, p: Column) -> dict[str, float | None]:
    """Accuracy at one half, AUC (None where one class is missing), Brier score and expected calibration error."""
    return {
        "accuracy": float(((p > 0.5) == (y > 0.5)).mean()),
        "auc": auc(y, p),
        "brier": float(((p - y) ** 2).mean()),
        "calibrationError": float(sum(c["weight"] * abs(c["said"] - c["came"]) for c in calibration(y, p))),
    }


def auc(y: Column, p: Column) -> float | None:
    """Area under the ROC curve by ranks, ties counted half."""
    from scipy.stats import rankdata

    positive = y > 0.5
    n, m = int(positive.sum()), int((~positive).sum())
    if not n or not m:
        return None
    return float((rankdata(p)[positive].sum() - n * (n + 1) / 2) / (n * m))


def calibration(y: Column, p: Column) -> list[dict[str, Any]]:
    """What was said and what came, by tenth of the probability: `{said, came, weight}` of each that has rows."""
    bins = np.minimum((p * _BINS).astype(int), _BINS - 1)
    present = [bins == b for b in range(_BINS) if (bins == b).any()]
    return [{"said": float(p[b].mean()), "came": float(y[b].mean()), "weight": float(b.mean())} for b in present]
