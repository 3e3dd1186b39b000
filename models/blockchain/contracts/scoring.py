"""One risk score from everything that was found, with weights that can be read here.

Each weakness (a rule that fired, however often), each power over a token and a honeypot is taken for an independent
chance of loss; the score is a hundred times the chance that one of them strikes, 1 - (1-w1)(1-w2)...
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from models.blockchain.contracts.finding import Confidence, Finding, Severity

RiskLevel = Literal["low", "medium", "high", "critical"]

SEVERITY_WEIGHT: Final[dict[Severity, float]] = {
    "info": 0.0,
    "low": 0.05,
    "medium": 0.15,
    "high": 0.35,
    "critical": 0.6,
}
CONFIDENCE_WEIGHT: Final[dict[Confidence, float]] = {"low": 0.5, "medium": 0.8, "high": 1.0}
POWER_WEIGHT: Final = {
    "mintable": 0.2,
    "owner_can_drain": 0.5,
    "transfers_limited": 0.3,
    "liquidity_pulled": 0.8,
    "liquidity_held_by_one": 0.2,
}
HONEYPOT_WEIGHT: Final = 0.9
LEVELS: Final[tuple[tuple[float, RiskLevel], ...]] = ((75, "critical"), (45, "high"), (20, "medium"), (0, "low"))


def risk_score(findings: Iterable[Finding], powers: Iterable[str], honeypot: float) -> float:
    """0 to 100, one decimal; `powers` are keys of POWER_WEIGHT, `honeypot` the detector's score if it detected one."""
    weights: dict[str, float] = {}
    for finding in findings:
        weight = SEVERITY_WEIGHT[finding.severity] * CONFIDENCE_WEIGHT[finding.confidence]
        weights[finding.id] = max(weight, weights.get(finding.id, 0.0))
    safe = 1 - HONEYPOT_WEIGHT * honeypot
    for weight in weights.values():
        safe *= 1 - weight
    return with_powers(100 * (1 - safe), powers)


def with_powers(score: float, powers: Iterable[str]) -> float:
    """A score with more powers, keys of POWER_WEIGHT, taken into it."""
    safe = 1 - score / 100
    for power in powers:
        safe *= 1 - POWER_WEIGHT[power]
    return round(100 * (1 - safe), 1)


def risk_level(score: float) -> RiskLevel:
    return next(level for least, level in LEVELS if score >= least)
