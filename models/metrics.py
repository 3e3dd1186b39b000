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


def curves(y: Column, p: Column, points: int = 60) -> dict[str, Any]:
    """ROC as (false alarms, hits), precision over recall as (recall, precision), and the calibration."""
    order = np.argsort(-p, kind="stable")
    hits, said = np.cumsum(y[order]), np.arange(1, len(y) + 1)
    events = max(float(hits[-1]), 1.0)
    at = np.unique(np.linspace(0, len(y) - 1, points).astype(int))
    alarms = (said - hits) / max(len(y) - events, 1.0)
    roc = [[0.0, 0.0], *([round(float(alarms[i]), 4), round(float(hits[i] / events), 4)] for i in at)]
    recall = [[round(float(hits[i] / events), 4), round(float(hits[i] / said[i]), 4)] for i in at]
    return {"roc": roc, "precisionRecall": recall, "calibration": calibration(y, p)}


def calibration(y: Column, p: Column) -> list[dict[str, Any]]:
    """What was said and what came, by tenth of the probability: `{said, came, weight}` of each that has rows."""
    bins = np.minimum((p * _BINS).astype(int), _BINS - 1)
    present = [bins == b for b in range(_BINS) if (bins == b).any()]
    return [{"said": float(p[b].mean()), "came": float(y[b].mean()), "weight": float(b.mean())} for b in present]
