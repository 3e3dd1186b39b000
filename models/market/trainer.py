"""Trains one market model: families compete walk-forward, the winner is calibrated and fitted on everything."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from foundation.errors import Timeout
from models.drift import Spread
from models.market.dataset import Dataset, build, chosen, fingerprint, read_candles
from models.market.learners import FAMILIES, LEARNERS
from models.market.predictor import Predictor
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
_SECONDS_A_FIT = 2.8e-4
"""Of all families, for a row trained on."""


class MarketTrainer:
    """Trains the model of one statement on hourly candles of any number of markets; all families compete, or some."""

    def __init__(self, model: str, families: Sequence[str] = tuple(FAMILIES)) -> None:
        self.target, self.families = TARGETS[model], families

    def plan(self, source: Source, limits: Limits) -> Plan:
        """From the number of candles, by the pace of one core."""
        hours = sum(len(series) for series in _series(source).values())
        race, final = (int(hours * share) for share in self._shares(hours))
        fits = 0.65 * (_windows(hours) + 1)  # a window trains on what came before it
        seconds = 3 + final * _SECONDS_A_ROW + race * fits * _SECONDS_A_FIT + final * _SECONDS_A_FIT / 2
        return Plan(final, _windows(hours), seconds)

    def train(self, source: Source, progress: Progress, *, seed: int, limits: Limits) -> Trained:
        """As `models.trainers.Trainer` says."""
        clock = _Clock(progress, limits.seconds)
        clock(0, 1, "read")
        many = _series(source)
        hours = sum(len(series) for series in many.values())
        race_share, final_share = self._shares(hours)
        data = build(many, self.target, final_share, clock)
        racing = data.take(chosen(data.time, race_share))
        splits = walk_forward(racing.time, self.target.horizon, _windows(hours) + 1)
        race = Race(
            racing,
            splits,
            self.target.horizon,
            seed=seed,
            threads=limits.threads,
            progress=clock,
            families=self.families,
        )
        winner = race.run()
        evaluation = race.evaluation(winner)
        predictor = Predictor.make(data, winner, race.fit_on(data, winner), race.calibration(winner), evaluation)
        return Trained(
            files=predictor.dump(),
            metrics=_metrics(evaluation),
            baselines=_baselines(evaluation),
            card={
                **self._about(data, race, predictor),
                "data": {**fingerprint(many), "shareOfHours": {"race": race_share, "final": final_share}},
                "curves": curves(evaluation.rows.event, evaluation.probability),
                "reference": {"probability": asdict(Spread.of(evaluation.probability))},
            },
            evaluation=evaluation,
        )

    def _about(self, data: Dataset, race: Race, predictor: Predictor) -> dict[str, Any]:
        """The card's words on the model itself."""
        last = int(data.time[-1])
        return {
            "question": self.target.question,
            "horizonHours": self.target.horizon,
            "family": predictor.family,
            "families": race.table(),
            "parameters": {member: dict(LEARNERS[member].parameters) for member in FAMILIES[predictor.family]},
            "split": {"kind": "walk-forward", "purgeHours": self.target.horizon, "embargoHours": EMBARGO},
            "trainedUntil": last + self.target.horizon * HOUR_MS,
            "expiresAt": last + _FRESH_DAYS * DAY * HOUR_MS,
            "importance": _top(data.names, predictor.importance()),
            "abstainWithin": predictor.band,
        }

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

    def _shares(self, hours: int) -> tuple[float, float]:
        """Shares of the hours that make rows of the race and of the final fit.

        Outcomes of a day overlap, so that more of them cost time and teach little.
        """
        if hours < _MANY_HOURS:
            return 1.0, 1.0
        return 0.2, 0.5 if self.target.horizon == 1 else 0.3


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
                "drift": _moved(evaluation, number),
            }
        )
    return {**scores(rows.event, evaluation.probability), "rows": len(rows.time), "windows": windows}


def _moved(evaluation: Evaluation, window: int) -> float | None:
    """Population stability index of a window's probabilities against those of the windows before it."""
    if not window:
        return None
    before = Spread.of(evaluation.probability[evaluation.window < window])
    return before.stability_index(evaluation.probability[evaluation.window == window])


def _baselines(evaluation: Evaluation) -> dict[str, Any]:
    rows = evaluation.rows
    return {
        "persistence": scores(rows.event, rows.persistence),
        "majority": scores(rows.event, evaluation.majority),
    }


def _top(names: tuple[str, ...], weights: NDArray[np.float64]) -> dict[str, float]:
    return {names[i]: round(float(weights[i]), 5) for i in np.argsort(-weights)[:30]}
