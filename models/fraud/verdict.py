"""One score from several parts, the decision it leads to, and the reasons for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from models.fraud.scorer import Evidence
from models.fraud.spec import Spec
from models.fraud.trees import Floats

Level = Literal["low", "medium", "high", "critical"]
Decision = Literal["allow", "review", "block"]
_LEVELS: tuple[tuple[float, Level], ...] = ((0.85, "critical"), (0.5, "high"), (0.2, "medium"))


class Grounds(NamedTuple):
    """Why a score is as high as it is; `contribution` is the part of the score, in 0..1, that it stands for."""

    code: str
    message: str
    feature: str | None
    contribution: float


def combine(parts: Sequence[Floats]) -> Floats:
    """Noisy-or of independent causes, 1 - product(1 - part) (Pearl, "Probabilistic Reasoning", 1988).

    No part can lower the score, one part alone is the score, and a part that is NaN was not asked.
    """
    score = np.zeros_like(parts[0])
    for part in parts:
        score = np.where(np.isnan(part), score, score + part * (1 - score))
    return np.clip(score, 0, 1)


def decide(score: float, review: float, block: float) -> Decision:
    """Three ways: block from `block` on, else review from `review` on, else allow."""
    if score >= block:
        return "block"
    return "review" if score >= review else "allow"


def level_of(score: float) -> Level:
    return next((level for least, level in _LEVELS if score >= least), "low")


def grounds_of(spec: Spec, evidence: Sequence[Evidence], share: float) -> list[Grounds]:
    """Reasons of a model that stands for `share` of the score, divided among the features that raise it."""
    total = sum(weight for _, _, weight in evidence)
    return [
        Grounds(
            spec.codes[feature],
            f"{spec.phrases[feature]} is {value:,.6g}",
            spec.wire_names[feature],
            share * weight / total,
        )
        for feature, value, weight in evidence
    ]


def threshold_reached(score: float) -> Grounds:
    """The reason where nothing in particular raises the score, and the caller's threshold is lower still."""
    return Grounds("SCORE_AT_THRESHOLD", f"the score of {score:.4g} reaches the threshold asked for", None, score)
