"""`fraud.report-outcome`: what became of a wallet or pool, kept with what was known of it, for later trainings."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, model_validator

from foundation.errors import SobaError
from models.fraud.pool import POOL
from models.fraud.spec import Spec
from models.fraud.wallet import WALLET
from schemas.base import Wire
from schemas.fraud import Pool, PoolFeatures, Share, Wallet, WalletActivity
from schemas.primitives import Millis
from tasks.operation import operation
from tasks.resources import resources

if TYPE_CHECKING:
    from storage.outcomes import Outcome


class Request(Wire):
    """A wallet, a pool, or both, as they were assessed, and what became of them."""

    outcome: Literal["confirmed-fraud", "false-alarm"]
    wallet: Wallet | None = None
    pool: Pool | None = None
    score: Share | None = None
    """That the assessment gave."""
    reported_at: Millis | None = None
    """Now where absent."""
    note: str | None = Field(None, max_length=1000)

    @model_validator(mode="after")
    def _measured(self) -> Self:
        if not any(self.measures()):
            raise ValueError("expected wallet.activity or pool.features, with the numbers that were assessed")
        return self

    def measures(self) -> Iterator[tuple[Spec, str | None, WalletActivity | PoolFeatures]]:
        """Each model that learns from the request, with its subject's address and numbers."""
        if self.wallet and self.wallet.activity and self.wallet.activity.model_fields_set:
            yield WALLET, self.wallet.address, self.wallet.activity
        if self.pool and self.pool.features and self.pool.features.model_fields_set:
            yield POOL, self.pool.address, self.pool.features


class Labels(Wire):
    """How many subjects a model now has labels for."""

    fraud: int
    honest: int


class Result(Wire):
    """What was stored; a later report on the same subject takes its place."""

    stored: list[str]
    """Models that have one label more."""
    labels: dict[str, Labels]


@operation(
    queue="fraud",
    time_limit=10,
    batch_size=500,
    examples=[
        {
            "outcome": "false-alarm",
            "wallet": {
                "address": "0x9D02D2a2a0fC4d19a2eA1c9a5d24d5a9F1a7B001",
                "activity": {"sentCount": 1, "receivedCount": 3, "totalSentEth": 1.49, "balanceEth": 0.01},
            },
            "score": 0.64,
            "note": "an exchange's deposit address",
        }
    ],
)
def report_outcome(requests: list[Request]) -> list[Result | SobaError]:
    """Store what became of a wallet or pool, with the features it was assessed by, as a label for retraining."""
    from storage.outcomes import counts, report

    store, now = resources().store, int(time.time() * 1000)
    outcomes = [list(_outcomes(request, now)) for request in requests]
    report(store, [outcome for several in outcomes for outcome in several])
    labels = {
        spec.name: Labels(fraud=found.get(1, 0), honest=found.get(0, 0))
        for spec in (WALLET, POOL)
        for found in [counts(store, spec.name)]
    }
    return [Result(stored=[outcome.model for outcome in several], labels=labels) for several in outcomes]


def _outcomes(request: Request, now: int) -> Iterator[Outcome]:
    from storage.outcomes import Outcome

    for spec, address, measured in request.measures():
        features: dict[str, Any] = {name: getattr(measured, name) for name in spec.fields}
        yield Outcome(
            model=spec.name,
            subject=address or hashlib.sha256(json.dumps(features).encode()).hexdigest(),
            label=int(request.outcome == "confirmed-fraud"),
            features=features,
            score=request.score,
            note=request.note,
            reported=now if request.reported_at is None else request.reported_at,
        )
