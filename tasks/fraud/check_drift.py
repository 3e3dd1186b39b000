"""`fraud.check-drift`: how far the world has moved since the fraud models were trained."""

from __future__ import annotations

from functools import partial
from typing import Literal

import numpy as np
from prometheus_client import Gauge
from pydantic import Field

from foundation.errors import SobaError
from models.fraud.reference import BINS, SCORE, Shift, shift_of
from models.fraud.scorer import Detector
from models.fraud.specs import SPECS
from schemas.base import Wire
from tasks.fraud_watch import drift_tally, shadow_tally
from tasks.operation import operation
from tasks.resources import resources

_gauge = partial(Gauge, multiprocess_mode="mostrecent")
PSI = _gauge("soba_fraud_psi", "Population stability index since training", ["model", "feature"])
ROWS = _gauge("soba_fraud_drift_rows", "Rows that the index was computed of", ["model"])
AGREEMENT = _gauge("soba_fraud_shadow_agreement", "Share of answers on which a shadow challenger agrees", ["model"])
_ENOUGH = 200


Model = Literal["wallet-fraud", "pool-rugpull"]
_BOTH: tuple[Model, ...] = ("wallet-fraud", "pool-rugpull")


class Request(Wire):
    """Which models, over how many days."""

    models: list[Model] = Field(default_factory=lambda: list(_BOTH), max_length=2)
    days: int = Field(7, ge=1, le=31)


class Drift(Wire):
    """How far one feature has moved."""

    feature: str
    psi: float
    """Population stability index against the training rows; 0 is no change."""
    shift: Shift
    """stable below 0.1, moving below 0.25, else shifted."""


class Shadow(Wire):
    """How a challenger would have decided in the champion's place."""

    challenger: str
    rows: int
    agreement: float
    """Share of the rows on the same side of the review threshold."""
    champion_only: int
    challenger_only: int
    mean_difference: float
    """Mean absolute difference of the probabilities."""


class ModelDrift(Wire):
    """One model's traffic against its training rows."""

    model: str
    version: str
    rows: int
    score: Drift | None
    """Of the probabilities; null, like the features' list is empty, below 200 rows."""
    features: list[Drift]
    """The most moved first."""
    shadow: Shadow | None
    """Null without a challenger, or before it has seen traffic."""


class Result(Wire):
    """Every model asked for."""

    available: bool
    """False where no Redis keeps notes."""
    models: list[ModelDrift]


@operation(
    queue="bulk",
    time_limit=60,
    batch_size=1,
    long=False,
    examples=[{}, {"models": ["wallet-fraud"], "days": 1}],
)
def check_drift(requests: list[Request]) -> list[Result | SobaError]:
    """Compare what the fraud models are asked about with what they were trained on, and challengers with champions.

    Features and scores by population stability index; the gauges `soba_fraud_psi` and `soba_fraud_shadow_agreement`
    are set as well.
    """
    available = resources().tallies is not None
    return [
        Result(available=available, models=[_of(name, request.days) for name in request.models]) for request in requests
    ]


def _of(model: str, days: int) -> ModelDrift:
    detector = resources().registry.load(model, lambda version: Detector.load(SPECS[model], version))
    tallies = resources().tallies
    held = tallies.total(drift_tally(model, detector.version), days) if tallies else {}
    reference = detector.reference
    counts = np.array([[held.get(f"{name}:{place}", 0.0) for place in range(BINS)] for name in reference.names])
    rows = int(counts[-1].sum())
    found = [_drift(name, psi) for name, psi in reference.stability(counts).items()] if rows >= _ENOUGH else []
    found.sort(key=lambda drift: -drift.psi)
    for drift in found:
        PSI.labels(model, drift.feature).set(drift.psi)
    ROWS.labels(model).set(rows)
    return ModelDrift(
        model=model,
        version=detector.version,
        rows=rows,
        score=next((drift for drift in found if drift.feature == SCORE), None),
        features=[drift for drift in found if drift.feature != SCORE],
        shadow=_shadow(model, detector.version, days),
    )


def _drift(feature: str, psi: float) -> Drift:
    return Drift(feature=feature, psi=psi, shift=shift_of(psi))


def _shadow(model: str, champion: str, days: int) -> Shadow | None:
    tallies, challenger = resources().tallies, resources().registry.challenger(model)
    if tallies is None or challenger is None:
        return None
    held = tallies.total(shadow_tally(model, champion, challenger.id), days)
    agree, champion_only, challenger_only = (
        int(held.get(name, 0)) for name in ("agree", "championOnly", "challengerOnly")
    )
    rows = agree + champion_only + challenger_only
    if not rows:
        return None
    AGREEMENT.labels(model).set(agree / rows)
    return Shadow(
        challenger=challenger.id,
        rows=rows,
        agreement=agree / rows,
        champion_only=champion_only,
        challenger_only=challenger_only,
        mean_difference=held.get("difference", 0.0) / rows,
    )
