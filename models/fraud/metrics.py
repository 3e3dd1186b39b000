"""How good a fraud model is, in the figures of its card."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.fraud.trees import Floats
from models.metrics import scores


def recall_at(labels: Floats, found: Floats, false_positives: float) -> float:
    """Share of the positives above the threshold that at most this share of the negatives exceeds."""
    negatives = np.sort(found[labels == 0])[::-1]
    threshold = negatives[int(false_positives * len(negatives))]
    return float((found[labels == 1] > threshold).mean())


def figures(labels: Floats, probabilities: Floats) -> dict[str, Any]:
    """Those of every model, and PR-AUC and recall at 1% and 5% false positives; both classes must be there."""
    from sklearn.metrics import average_precision_score

    return {
        **scores(labels, probabilities),
        "prAuc": float(average_precision_score(labels, probabilities)),
        "recallAt1": recall_at(labels, probabilities, 0.01),
        "recallAt5": recall_at(labels, probabilities, 0.05),
    }
