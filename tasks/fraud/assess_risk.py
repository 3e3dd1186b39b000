"""`fraud.assess-risk`: what a wallet may cost us, as a probability with reasons and a decision."""

from __future__ import annotations

import math
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from foundation.errors import SobaError
from models.fraud.verdict import Decision, Level, combine, decide, grounds_of, level_of, threshold_reached
from models.fraud.wallet import WALLET
from schemas.base import Wire
from schemas.fraud import WalletActivity
from schemas.primitives import Address
from tasks.operation import operation
from tasks.resources import resources

if TYPE_CHECKING:
    from models.fraud.scorer import Detector, Evidence, Scored

Share = Annotated[float, Field(ge=0, le=1)]
_activity = attrgetter(*WALLET.fields)
_UNKNOWN = (None,) * len(WALLET.fields)


class Wallet(Wire):
    """The address that a decision is about, and what is known of it."""

    address: Address
    activity: WalletActivity | None = None
    """Where it is absent or empty, no model answers."""


class Thresholds(Wire):
    """Scores from which the answer is no longer allow; those not given come from the settings."""

    review: Share | None = None
    block: Share | None = None


class Request(Wire):
    """What to assess."""

    wallet: Wallet
    thresholds: Thresholds | None = None


class Reason(Wire):
    """Why the score is as high as it is."""

    code: str
    message: str
    feature: str | None
    """The field, or the ratio of fields, that it is about."""
    contribution: float
    """The part of the score that this reason stands for."""


class WalletComponent(Wire):
    """What the wallet model says."""

    probability: float | None
    """Of fraud, calibrated; null where no activity was given."""
    model: str | None
    """full, or partial where the model for incomplete activity answered."""
    known_fields: int
    """How many of `knowableFields` were given; ERC-20 fields are not counted, absent and 0 mean the same there."""
    knowable_fields: int


class Components(Wire):
    """The parts of the score."""

    wallet: WalletComponent


class Result(Wire):
    """Score, decision and why."""

    score: float
    """0 to 1, higher is riskier."""
    level: Level
    decision: Decision
    reasons: list[Reason]
    """At least one where the decision is not allow, the weightiest first."""
    components: Components
    model_versions: dict[str, str]


def _wallet_model() -> Detector:
    from models.fraud.scorer import Detector

    return resources().registry.load(WALLET.name, lambda version: Detector.load(WALLET, version))


@operation(
    queue="fraud",
    time_limit=10,
    batch_size=1000,
    load=_wallet_model,
    examples=[
        {
            "wallet": {
                "address": "0x9D02D2a2a0fC4d19a2eA1c9a5d24d5a9F1a7B001",
                "activity": {
                    "avgMinutesBetweenSent": 0,
                    "avgMinutesBetweenReceived": 27.5,
                    "activeMinutes": 82.5,
                    "sentCount": 1,
                    "receivedCount": 3,
                    "createdContracts": 0,
                    "uniqueSenders": 3,
                    "uniqueRecipients": 1,
                    "minReceivedEth": 0.1,
                    "maxReceivedEth": 1.0,
                    "avgReceivedEth": 0.5,
                    "minSentEth": 1.49,
                    "maxSentEth": 1.49,
                    "avgSentEth": 1.49,
                    "totalTransactions": 4,
                    "totalSentEth": 1.49,
                    "totalReceivedEth": 1.5,
                    "balanceEth": 0.01,
                },
            }
        }
    ],
)
def assess_risk(requests: list[Request]) -> list[Result | SobaError]:
    """Score what a wallet may cost: a calibrated probability of fraud, a decision, and the reasons for it.

    The probability comes from measured activity alone: never from the address, a list, or what else is in the batch.
    """
    model = _wallet_model()
    scored = model.score([_activity(r.wallet.activity) if r.wallet.activity else _UNKNOWN for r in requests])
    scores = combine([scored.probabilities])
    decisions = [decide(score, *_thresholds(r)) for r, score in zip(requests, scores.tolist(), strict=True)]
    evidence = model.explain(scored, np.array([decision != "allow" for decision in decisions]))
    versions = {WALLET.name: model.version}
    return [
        Result.model_construct(
            score=score,
            level=level_of(score),
            decision=decision,
            reasons=_reasons(evidence.get(place, []), score) if decision != "allow" else [],
            components=Components.model_construct(wallet=_wallet(scored, place)),
            model_versions=versions,
        )
        for place, (score, decision) in enumerate(zip(scores.tolist(), decisions, strict=True))
    ]


def _thresholds(request: Request) -> tuple[float, float]:
    settings, asked = resources().settings, request.thresholds
    review = asked.review if asked and asked.review is not None else settings.fraud_review
    block = asked.block if asked and asked.block is not None else settings.fraud_block
    return review, block


def _reasons(evidence: list[Evidence], score: float) -> list[Reason]:
    grounds = grounds_of(WALLET, evidence, score) or [threshold_reached(score)]
    return [Reason.model_construct(**ground._asdict()) for ground in grounds]


def _wallet(scored: Scored, place: int) -> WalletComponent:
    probability = float(scored.probabilities[place])
    answered = not math.isnan(probability)
    return WalletComponent.model_construct(
        probability=probability if answered else None,
        model=("full" if scored.complete[place] else "partial") if answered else None,
        known_fields=int(scored.known[place]),
        knowable_fields=WALLET.knowable,
    )
