"""`fraud.assess-risk`: what a transaction, a wallet or a pool may cost us, with a decision and the reasons for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
from pydantic import model_validator

from features.movements import movement_of
from features.velocity import Moved
from foundation.errors import SobaError
from models.fraud.facts import request_facts
from models.fraud.pool import POOL
from models.fraud.verdict import Decision, Fired, Level, Opinion, combine, decide, explain, level_of, together
from models.fraud.wallet import WALLET
from schemas.assessment import Components, ModelComponent, Reason, RuleHit, VelocityComponent
from schemas.base import Wire
from schemas.fraud import Pool, Thresholds, Transaction, Wallet
from tasks.context import INERT, Context
from tasks.operation import operation
from tasks.resources import resources

if TYPE_CHECKING:
    from models.fraud.scorer import Detector, Evidence, Scored
    from models.fraud.spec import Bools, Spec
    from models.fraud.trees import Floats


EXAMPLES: list[dict[str, Any]] = [
    {
        "wallet": {
            "address": "0x9D02D2a2a0fC4d19a2eA1c9a5d24d5a9F1a7B001",
            "activity": {
                "avgMinutesBetweenSent": 0,
                "avgMinutesBetweenReceived": 27.5,
                "activeMinutes": 82.5,
                "sentCount": 1,
                "receivedCount": 3,
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
    },
    {
        "pool": {
            "address": "0x1A2b3C4d5E6f708192a3B4c5D6e7F8091a2b3c4D",
            "features": {
                "mintRatio": 0.05,
                "swapRatio": 0.9,
                "burnRatio": 0.05,
                "mintMeanPeriod": 0,
                "swapMeanPeriod": 0.3,
                "burnMeanPeriod": 1,
                "swapRate": 4,
                "lpAvg": 100,
                "lpStd": 0,
                "lpCreatorHoldingRatio": 1,
                "lpLockRatio": 0,
                "tokenBurnRatio": 0,
                "tokenCreatorHoldingRatio": 0.4,
                "numberOfTokenCreationOfCreator": 6,
            },
        }
    },
    {
        "transaction": {
            "from": "0x2222222222222222222222222222222222222222",
            "to": "0xd90e2f925DA726b50C4Ed8D0Fb90Ad053324F31b",
            "value": "10000000000000000000",
            "gasPrice": "900000000000",
            "baseFeePerGas": "20000000000",
            "timestamp": "2026-05-01T12:00:00Z",
            "senderAgeMinutes": 30,
        },
        "thresholds": {"review": 0.4, "block": 0.9},
    },
]


class Request(Wire):
    """What to assess: at least one of transaction, wallet and pool."""

    transaction: Transaction | None = None
    wallet: Wallet | None = None
    pool: Pool | None = None
    thresholds: Thresholds | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.transaction is None and self.wallet is None and self.pool is None:
            raise ValueError("expected at least one of transaction, wallet and pool")
        return self


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
    """Of the models and of the rules."""


class _Subject(NamedTuple):
    """How a request's wallet or pool is put before its model."""

    spec: Spec
    measured: Callable[[Request], Any]
    row: Callable[[Any], tuple[float | None, ...]]


_SUBJECTS = (
    _Subject(WALLET, lambda request: request.wallet and request.wallet.activity, attrgetter(*WALLET.fields)),
    _Subject(POOL, lambda request: request.pool and request.pool.features, attrgetter(*POOL.fields)),
)


class _Judged(NamedTuple):
    """What the model of one kind of subject says of a batch; nobody answered where nothing was to be judged."""

    spec: Spec
    probabilities: Floats
    answer: tuple[Detector, Scored] | None

    def explain(self, flagged: Bools) -> dict[int, list[Evidence]]:
        if self.answer is None:
            return {}
        detector, scored = self.answer
        return detector.explain(scored, flagged)


def load_detector(spec: Spec) -> Detector:
    """The champion of a model, as the registry has it now."""
    from models.fraud.scorer import Detector

    return resources().registry.load(spec.name, lambda version: Detector.load(spec, version))


def _warm() -> None:
    for subject in _SUBJECTS:
        load_detector(subject.spec).warm()
    resources().fraud_rules.book()
    resources().fraud_lists.current()


@operation(queue="fraud", time_limit=10, batch_size=1000, load=_warm, examples=EXAMPLES)
def assess_risk(requests: list[Request], context: Context = INERT) -> list[Result | SobaError]:
    """Score a transaction, a wallet or a pool: a calibrated probability, a decision, and the reasons for it.

    Models judge measured activity alone, never an address, a list, or what else is in the batch. Rules see the
    transaction, the lists and the velocity windows. The parts combine as independent causes (noisy-or).
    """
    judged = [_judge(subject, requests) for subject in _SUBJECTS]
    moved = _count(requests, context)
    fired = _fire(requests, moved)
    scores = combine([*(part.probabilities for part in judged), np.array([together(rules) for rules in fired])])
    decisions = [decide(score, *_thresholds(r)) for r, score in zip(requests, scores.tolist(), strict=True)]
    flagged = np.array([decision != "allow" for decision in decisions])
    evidence = [part.explain(flagged) for part in judged]
    versions = _versions(judged)
    return [
        Result.model_construct(
            score=score,
            level=level_of(score),
            decision=decisions[i],
            reasons=_reasons(i, score, judged, evidence, fired[i]) if flagged[i] else [],
            components=_components(i, requests[i], judged, moved, fired[i]),
            model_versions=versions,
        )
        for i, score in enumerate(scores.tolist())
    ]


def _judge(subject: _Subject, requests: Sequence[Request]) -> _Judged:
    measured = [subject.measured(request) for request in requests]
    if not any(measured):
        return _Judged(subject.spec, np.full(len(requests), np.nan), None)
    unknown = (None,) * len(subject.spec.fields)
    detector = load_detector(subject.spec)
    scored = detector.score([subject.row(found) if found else unknown for found in measured])
    if watch := resources().fraud_watch:
        watch.see(detector, scored)
    return _Judged(subject.spec, scored.probabilities, (detector, scored))


def _count(requests: Sequence[Request], context: Context) -> dict[int, Moved] | None:
    """What the velocity windows hold for each transaction of the batch; None where they are not to be had."""
    velocity, now = resources().velocity, int(time.time() * 1000)
    if velocity is None:
        return None
    jobs = context.job_ids or [None] * len(requests)
    sent = {i: movement_of(r.transaction, jobs[i], now) for i, r in enumerate(requests) if r.transaction}
    moved = velocity.observe(list(sent.values())) if sent else []
    return None if moved is None else dict(zip(sent, moved, strict=True))


def _fire(requests: Sequence[Request], moved: Mapping[int, Moved] | None) -> list[list[Fired]]:
    """The rules that each request fires."""
    book, lists = resources().fraud_rules.book(), resources().fraud_lists.current()
    seen = moved or {}
    facts = [
        request_facts(r.transaction, r.wallet, r.pool, lists) | (seen[i].facts() if i in seen else {})
        for i, r in enumerate(requests)
    ]
    return [book.fired(known) if known else [] for known in facts]


def _thresholds(request: Request) -> tuple[float, float]:
    settings, asked = resources().settings, request.thresholds
    review = asked.review if asked and asked.review is not None else settings.fraud_review
    block = asked.block if asked and asked.block is not None else settings.fraud_block
    return review, block


def _versions(judged: Sequence[_Judged]) -> dict[str, str]:
    models = {part.spec.name: part.answer[0].version for part in judged if part.answer}
    return models | {"rules": resources().fraud_rules.book().version}


def _reasons(
    place: int,
    score: float,
    judged: Sequence[_Judged],
    evidence: Sequence[Mapping[int, list[Evidence]]],
    fired: Sequence[Fired],
) -> list[Reason]:
    opinions = [
        Opinion(part.spec, float(part.probabilities[place]), found[place])
        for part, found in zip(judged, evidence, strict=True)
        if place in found
    ]
    return [Reason.model_construct(**ground._asdict()) for ground in explain(score, opinions, fired)]


def _components(
    place: int,
    request: Request,
    judged: Sequence[_Judged],
    moved: Mapping[int, Moved] | None,
    fired: Sequence[Fired],
) -> Components:
    wallet, pool = (_model_component(part, place) for part in judged)
    return Components.model_construct(
        wallet=wallet,
        pool=pool,
        velocity=_velocity_component(None if moved is None else moved[place]) if request.transaction else None,
        rules=[RuleHit.model_construct(**rule._asdict()) for rule in fired],
    )


def _model_component(part: _Judged, place: int) -> ModelComponent:
    probability = float(part.probabilities[place])
    answered = probability == probability  # NaN where nothing was known
    scored = part.answer[1] if part.answer else None
    return ModelComponent.model_construct(
        probability=probability if answered else None,
        model=("full" if scored.complete[place] else "partial") if scored and answered else None,
        known_fields=int(scored.known[place]) if scored else 0,
        knowable_fields=part.spec.knowable,
    )


def _velocity_component(moved: Moved | None) -> VelocityComponent:
    if moved is None:
        return VelocityComponent.model_construct(available=False, counted=False, windows={})
    return VelocityComponent.model_construct(available=True, counted=moved.counted, windows=moved.windows)
