"""Trains one market model: families compete walk-forward, the winner is calibrated and fitted on everything."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from foundation.errors import Timeout
from models.drift import Spread
from models.market.dataset import build, fingerprint, read_candles
from models.market.learners import FAMILIES, LEARNERS
from models.market.predictor import Predictor, weights_of
from models.market.race import Evaluation, Race
from models.market.targets import TARGETS
from models.market.walkforward import EMBARGO, walk_forward
from models.market.windows import DAY
from models.metrics import curves, scores
from models.promotion import Comparison, compare_brier
from models.trainers import Limits, Plan, Source, Trained
from models.versions import Version
from schemas.progress import Progress
from schemas.series import HOUR_MS, Series

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FEWEST_COMPARED = 500
_FRESH_DAYS = 90
"""How long after its last training row a model is taken to fit the market."""
_MANY_HOURS = 20_000
_SECONDS_A_ROW = 1.3e-4
"""Of features, on one core of 2020 or so."""
_SECONDS_A_FIT = 2.2e-4
"""Of all families, for a row trained on."""


class MarketTrainer:
    """Trains the model of one statement on hourly candles of any number of markets."""

    def __init__(self, model: str) -> None:
        self.target = TARGETS[model]

    def plan(self, source: Source, limits: Limits) -> Plan:
        """From the number of candles, by the pace of one core."""
        hours = sum(len(series) for series in _series(source).values())
        rows, windows = int(hours * self._share(hours)), _windows(hours)
        fits = 0.65 * (windows + 1) + 0.4  # each window trains on what came before it, the winner on everything
        return Plan(rows, windows, 3.0 + rows * _SECONDS_A_ROW + rows * fits * _SECONDS_A_FIT)

    def train(self, source: Source, progress: Progress, *, seed: int, limits: Limits) -> Trained:
        """As `models.trainers.Trainer` says."""
        clock = _Clock(progress, limits.seconds)
        clock(0, 1, "read")
        many = _series(source)
        hours = sum(len(series) for series in many.values())
        data = build(many, self.target, self._share(hours), clock)
        splits = walk_forward(data.time, self.target.horizon, _windows(hours) + 1)
        race = Race(data, splits, self.target.horizon, seed=seed, threads=limits.threads, progress=clock)
        winner = race.run()
        evaluation = race.evaluation(winner)
        learners = race.fit_on_all(winner)
        predictor = Predictor.make(data, winner, learners, race.calibration(winner), evaluation)
        return Trained(
            files=predictor.dump(),
            metrics=_metrics(evaluation),
            baselines=_baselines(evaluation),
            card={
                "question": self.target.question,
                "horizonHours": self.target.horizon,
                "family": winner,
                "families": race.table(),
                "parameters": {member: dict(LEARNERS[member].parameters) for member in FAMILIES[winner]},
                "split": {"kind": "walk-forward", "purgeHours": self.target.horizon, "embargoHours": EMBARGO},
                "data": {**fingerprint(many), "shareOfHours": self._share(hours)},
                "curves": curves(evaluation.rows.event, evaluation.probability),
                "reference": {"probability": asdict(Spread.of(evaluation.probability))},
                "expiresAt": int(data.time[-1]) + _FRESH_DAYS * DAY * HOUR_MS,
                "trainedUntil": int(data.time[-1]) + self.target.horizon * HOUR_MS,
                "importance": _top(data.names, weights_of(learners, race.calibration(winner))),
                "abstainWithin": predictor.band,
            },
            evaluation=evaluation,
        )

    def compare(self, trained: Trained, champion: Version) -> Comparison:
        """On the held-out rows that came after the champion was trained; on all of them where those are too few.

        In the second case the champion may have been trained on what it is tested on, which only ever favours it.
        """
        evaluation: Evaluation = trained.evaluation
        later = evaluation.rows.time > int(champion.card.get("trainedUntil", 0)) + EMBARGO * HOUR_MS
        chosen = later if later.sum() >= _FEWEST_COMPARED else np.ones(len(later), bool)
        rows, said = evaluation.rows.take(chosen), evaluation.probability[chosen]
        old = Predictor.load(champion).probabilities(rows.names, rows.x)
        days = rows.time // (DAY * HOUR_MS)
        return compare_brier(rows.event, said, old, rows.persistence, days, seed=evaluation.seed)

    def _share(self, hours: int) -> float:
        """Share of the hours to make rows of: outcomes of a day overlap, so that more cost time and teach little."""
        return 1.0 if hours < _MANY_HOURS else 0.4 if self.target.horizon == 1 else 0.2


class _Clock:
    """Progress that also ends a training whose time is up."""

    def __init__(self, progress: Progress, seconds: float) -> None:
        self._progress, self._end, self._seconds = progress, time.monotonic() + seconds, seconds

    def __call__(self, done: float, total: float, stage: str, message: str = "") -> None:
        if time.monotonic() > self._end:
            raise Timeout(f"the training took longer than its limit of {self._seconds:g} s")
        self._progress(done, total, stage, message)


def _series(source: Source) -> Mapping[str, Series]:
    return source.series if source.path is None else read_candles(source.path)


def _windows(hours: int) -> int:
    return 6 if hours >= _MANY_HOURS else 3


def _metrics(evaluation: Evaluation) -> dict[str, Any]:
    """Of the winner over all windows, and by window beside the baselines."""
    rows, windows = evaluation.rows, []
    for number in range(int(evaluation.window[-1]) + 1):
        part = evaluation.window == number
        some, said = rows.take(part), evaluation.probability[part]
        windows.append(
            {
                "from": int(some.time[0]),
                "to": int(some.time[-1]),
                "rows": len(some.time),
                **scores(some.event, said),
                "persistence": scores(some.event, some.persistence),
                "majority": scores(some.event, evaluation.majority[part]),
            }
        )
    return {**scores(rows.event, evaluation.probability), "rows": len(rows.time), "windows": windows}


def _baselines(evaluation: Evaluation) -> dict[str, Any]:
    rows = evaluation.rows
    return {
        "persistence": scores(rows.event, rows.persistence),
        "majority": scores(rows.event, evaluation.majority),
    }


def _top(names: tuple[str, ...], weights: NDArray[np.float64]) -> dict[str, float]:
    return {names[i]: round(float(weights[i]), 5) for i in np.argsort(-weights)[:30]}
