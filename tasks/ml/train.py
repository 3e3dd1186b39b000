"""ml.train: train a model on the bulk queue, and promote it where it has earned it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from foundation.errors import InvalidInput, SobaError
from foundation.settings import ROOT
from schemas.base import Wire
from schemas.primitives import Address
from tasks.context import INERT, Context
from tasks.operation import operation
from tasks.resources import resources

_MINUTE, _HOUR = 60, 3600


class StoreSource(Wire):
    """Hourly candles of the store, as data.process-event-stream has made them."""

    pools: list[Address] = Field(default_factory=list, max_length=1000)
    """These alone; all where it is empty."""


class TrainingSource(Wire):
    """Where the rows come from."""

    path: str | None = Field(None, min_length=1, max_length=1000)
    """A file or folder that the worker can read (Parquet or CSV); a relative path begins at the project's root."""
    store: StoreSource | None = None
    """For the market models. Hours without a trade are filled with still candles where they are at most a day."""

    outcomes: bool = False
    """For fraud models: the outcomes that were reported, alone or added to the rows of `path`."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.store is not None and (self.path is not None or self.outcomes):
            raise ValueError("expected store alone")
        if self.store is None and self.path is None and not self.outcomes:
            raise ValueError("expected path, store or outcomes")
        return self


class TrainingLimits(Wire):
    """What the training may take."""

    threads: int = Field(1, ge=1, le=64)
    seconds: float = Field(3000, gt=0, le=_HOUR)
    """Wall time; the job fails with TIMEOUT beyond it."""


class Request(Wire):
    """Which model, from what, and what becomes of it."""

    model: str = Field(max_length=64)
    """One of the trainable models; an unknown one is refused with their names."""
    source: TrainingSource
    promote: Literal["auto", "never", "force"] = "auto"
    """auto: champion if it beats the present one by proof; never: challenger; force: champion, on record."""
    seed: int = Field(0, ge=0, le=2**31 - 1)
    limits: TrainingLimits = Field(default_factory=TrainingLimits)
    dry_run: bool = False
    """Only say how long it would take: nothing is trained, `version` is null and `estimate` is filled."""


class Estimate(Wire):
    """What a training would do."""

    rows: int
    windows: int
    seconds: float


class Result(Wire):
    """The new version, what it is worth, and whether it serves."""

    version: str | None
    promoted: bool
    reason: str
    """Why it was promoted, or why not."""
    metrics: dict[str, Any]
    """On rows that the model had not seen: accuracy, auc, brier and others, overall and by window."""
    baselines: dict[str, Any]
    """The same of what the model must beat."""
    champion: str | None
    """Id of the version that serves now."""
    card: dict[str, Any]
    """The version's card: parameters, data, split, comparison with the champion."""
    estimate: Estimate | None = None


@operation(
    queue="bulk",
    time_limit=_HOUR,
    batch_size=1,
    idempotent=False,
    examples=[{"model": "range-1h", "source": {"path": "models/market/sample.parquet"}, "promote": "never"}],
)
def train(requests: list[Request], context: Context = INERT) -> list[Result | SobaError]:
    """Train a model and promote it only if it beats the one that serves.

    Candidates compete walk-forward, purged by the horizon and an embargo; the best one is compared with the champion
    by Brier score on the same held-out rows. A running worker picks up a new champion within seconds.
    """
    return [_one(request, context) for request in requests]


def _one(request: Request, context: Context) -> Result:
    from features.trainings import under_way
    from models.trainers import Limits, trainer
    from models.training import train_and_judge

    context.progress(0, 1, "start", request.model)
    made = trainer(request.model)
    source = _source(request.model, request.source)
    limits = Limits(request.limits.threads, request.limits.seconds)
    if request.dry_run:
        plan = made.plan(source, limits)
        estimate = Estimate(rows=plan.rows, windows=plan.windows, seconds=plan.seconds)
        return _planned(request.model, estimate)
    with under_way(resources().redis, request.model, request.limits.seconds + _MINUTE):
        outcome = train_and_judge(
            resources().registry,
            request.model,
            source,
            promote=request.promote,
            seed=request.seed,
            limits=limits,
            progress=context.progress,
            command=f"soba train {request.model} --data {request.source.path or '(the store)'} --seed {request.seed}",
        )
    return Result(
        version=outcome.version.id,
        promoted=outcome.promoted,
        reason=outcome.reason,
        metrics=dict(outcome.card["metrics"]),
        baselines=dict(outcome.card["baselines"]),
        champion=outcome.champion,
        card=dict(outcome.card),
    )


def _planned(model: str, estimate: Estimate) -> Result:
    champions = resources().registry.aliases(model).champions
    champion = champions[-1] if champions else None
    return Result(
        version=None,
        promoted=False,
        reason="a dry run",
        metrics={},
        baselines={},
        champion=champion,
        card={},
        estimate=estimate,
    )


def _source(model: str, asked: TrainingSource) -> Any:
    from models.trainers import Source
    from storage.outcomes import labelled

    if asked.store is not None:
        return Source(series=_stored(asked.store))
    outcomes = labelled(resources().store, model) if asked.outcomes else []
    if asked.path is None:
        return Source(outcomes=outcomes)
    path = ROOT / Path(asked.path)
    if not _readable(path):
        raise InvalidInput.at("source.path", f"{asked.path} is not there, or cannot be read")
    return Source(path=path, outcomes=outcomes)


def _stored(asked: StoreSource) -> dict[str, Any]:
    from models.market.dataset import filled
    from storage.hourly import hourly_candles

    found = hourly_candles(resources().store, asked.pools)
    if not found:
        raise InvalidInput.at("source.store", "holds no hourly candles of these pools")
    return {symbol: filled(rows) for symbol, rows in found.items()}


def _readable(path: Path) -> bool:
    try:
        return path.exists() and os.access(path, os.R_OK)
    except (OSError, ValueError):
        return False  # a name that no file can have
