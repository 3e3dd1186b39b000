"""One score from several parts, the decision it leads to, and the reasons for it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import numpy as np

from models.fraud.scorer import Evidence
from models.fraud.spec import Spec
from models.fraud.trees import Floats

Level = Literal["low", "medium", "high", "critical"]
Decision = Literal["allow", "review", "block"]
_LEVELS: tuple[tuple[float, Level], ...] = ((0.85, "critical"), (0.5, "high"), (0.2, "medium"))
_CERTAIN = 1 - 1e-12
_MOST = 12


class Grounds(NamedTuple):
    """Why a score is as high as it is; `contribution` is the part of the score, in 0..1, that it stands for."""

    code: str
    message: str
    feature: str | None
    contribution: float


class Fired(NamedTuple):
    """A rule that fired, its message filled in."""

    id: str
    weight: float
    code: str
    message: str


class Opinion(NamedTuple):
    """A model's probability for one subject, and what raises it."""

    spec: Spec
    probability: float
    evidence: Sequence[Evidence]


def combine(parts: Sequence[Floats]) -> Floats:
    """Noisy-or of independent causes, 1 - product(1 - part) (Pearl, "Probabilistic Reasoning", 1988).

    No part can lower the score, one part alone is the score, and a part that is NaN was not asked.
    """
    score = np.zeros_like(parts[0])
    for part in parts:
        score = np.where(np.isnan(part), score, score + part * (1 - score))
    return np.clip(score, 0, 1)


def together(rules: Iterable[Fired]) -> float:
    """Noisy-or of the weights of rules."""
    return 1 - math.prod(1 - rule.weight for rule in rules)


def decide(score: float, review: float, block: float) -> Decision:
    """Three ways: block from `block` on, else review from `review` on, else allow."""
    if score >= block:
        return "block"
    return "review" if score >= review else "allow"


def level_of(score: float) -> Level:
    return next((level for least, level in _LEVELS if score >= least), "low")


def explain(score: float, opinions: Sequence[Opinion], rules: Sequence[Fired]) -> list[Grounds]:
    """Reasons for a score, the weightiest first, never none.

    The score is divided among models and rules as their evidence, -log(1 - part), is; a model's part among the
    features that raise it, by their Shapley values.
    """
    evidence = [_bits(opinion.probability) for opinion in opinions] + [_bits(rule.weight) for rule in rules]
    unit = score / (sum(evidence) or 1.0)
    grounds = [Grounds(rule.code, rule.message, None, unit * _bits(rule.weight)) for rule in rules]
    for opinion in opinions:
        grounds += _of_model(opinion, unit * _bits(opinion.probability))
    if not grounds:
        return [Grounds("SCORE_AT_THRESHOLD", f"the score of {score:.4g} reaches the threshold asked for", None, score)]
    return sorted(grounds, key=lambda ground: -ground.contribution)[:_MOST]


def _bits(part: float) -> float:
    return -math.log1p(-min(part, _CERTAIN))


def _of_model(opinion: Opinion, share: float) -> list[Grounds]:
    spec, total = opinion.spec, sum(item.weight for item in opinion.evidence)
    return [
        Grounds(
            spec.codes[feature],
            f"{spec.phrases[feature]} is {value:,.6g}",
            spec.wire_names[feature],
            share * weight / total,
        )
        for feature, value, weight in opinion.evidence
    ]
