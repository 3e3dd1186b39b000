"""Trains one market model: families compete walk-forward, the best one is calibrated and fitted on everything."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from foundation.errors import Timeout
from models.market.calibration import Platt
from models.market.dataset import Dataset, build, fingerprint, read_candles
from models.market.learners import FAMILIES, Learner
from models.market.metrics import scores
from models.market.predictor import Predictor
from models.market.targets import TARGETS
from models.market.walkforward import EMBARGO, Split, require_honest, walk_forward
from models.market.windows import DAY, HOUR_MS
from models.promotion import Comparison, compare_brier
from models.trainers import Limits, Plan, Source, Trained
from models.versions import Version
from schemas.progress import Progress
from schemas.series import Series

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]

_FEWEST_COMPARED = 500


@dataclass(frozen=True)
class Evaluation:
    """Held-out rows of all windows with what the winner said of them, each of shape (rows,)."""

    rows: Dataset
    probability: Column
    majority: Column
    seed: int


class MarketTrainer:
    """Trains the model of one statement on hourly candles of any number of markets."""

    def __init__(self, model: str) -> None:
        self.target = TARGETS[model]

    def plan(self, source: Source, limits: Limits) -> Plan:
        """By the figures of one core: rows × (windows + 1) fits of each family."""
        hours = sum(len(s) for s in _series(source).values())
        rows = hours // self._every(hours)
        windows = _windows(hours)
        return Plan(rows, windows, 2.0 + rows * 1.5e-4 + rows * (windows + 1) * 2.5e-4 / min(limits.threads, 2))

    def train(self, source: Source, progress: Progress, *, seed: int, limits: Limits) -> Trained:
        """As `models.trainers.Trainer` says."""
        watched = _Clock(progress, limits.seconds)
        watched(0, 1, "read")
        many = _series(source)
        hours = sum(len(s) for s in many.values())
        data = build(many, self.target, self._every(hours), watched)
        splits = walk_forward(data.time, self.target.horizon, _windows(hours))
        race = _Race(data, self.target.horizon, splits, seed, limits.threads, watched)
        family, evaluation, per_window, per_family = race.run()
        final = race.fit(family, np.arange(len(data.y)), len(splits), 0)
        predictor = Predictor.make(
            self.target.name, final, race.calibration(family), data, evaluation.probability, evaluation.rows.y
        )
        held = evaluation.rows
        return Trained(
            files=predictor.dump(),
            metrics={**scores(held.y, evaluation.probability), "rows": len(held.y), "windows": per_window},
            baselines={
                "persistence": scores(held.y, held.persistence),
                "majority": scores(held.y, evaluation.majority),
            },
            card={
                "target": self.target.question,
                "horizon": self.target.horizon,
                "family": family,
                "families": per_family,
                "parameters": dict(FAMILIES[family].parameters),
                "split": {"windows": len(splits), "purge": self.target.horizon, "embargo": EMBARGO},
                "data": fingerprint(many),
                "every": self._every(hours),
                "trainedUntil": int(data.time[-1]) + self.target.horizon * HOUR_MS,
                "importance": _top(data.names, final.importance()),
            },
            evaluation=evaluation,
        )

    def compare(self, trained: Trained, champion: Version) -> Comparison:
        """On the held-out rows that came after the champion was trained; on all of them where those are too few.

        In the second case the champion may have been trained on what it is tested on, which only ever favours it.
        """
        evaluation: Evaluation = trained.evaluation
        rows = evaluation.rows
        later = rows.time > int(champion.card.get("trainedUntil", 0)) + EMBARGO * HOUR_MS
        chosen = later if later.sum() >= _FEWEST_COMPARED else np.ones(len(rows.y), bool)
        old = Predictor.load(champion).probabilities(rows.x[chosen])
        days = rows.time[chosen] // (DAY * HOUR_MS)
        return compare_brier(
            rows.y[chosen], evaluation.probability[chosen], old, rows.persistence[chosen], days, seed=evaluation.seed
        )

    def _every(self, hours: int) -> int:
        """Hours between rows: outcomes of a day overlap, so that nearer rows cost time and teach little."""
        return 1 if hours < 20_000 else 3 if self.target.horizon == 1 else 4


class _Clock:
    """Progress that also ends a training whose time is up."""

    def __init__(self, progress: Progress, seconds: float) -> None:
        self._progress, self._end, self._seconds = progress, time.monotonic() + seconds, seconds

    def __call__(self, done: float, total: float, stage: str, message: str = "") -> None:
        if time.monotonic() > self._end:
            raise Timeout(f"the training took longer than its limit of {self._seconds:g} s")
        self._progress(done, total, stage, message)


class _Race:
    """Every family over every window, one fit after the other."""

    def __init__(
        self, data: Dataset, horizon: int, splits: list[Split], seed: int, threads: int, progress: Progress
    ) -> None:
        for split in splits:
            require_honest(split, data.time, horizon)
        self.data, self.splits, self.seed, self.threads, self.progress = data, splits, seed, threads, progress
        self.held = np.concatenate([s.test for s in splits])
        self.log_odds: dict[str, list[Column]] = {family: [] for family in FAMILIES}
        self.best = "none yet"

    def fit(self, family: str, train: NDArray[np.intp], window: int, place: int) -> Learner:
        total = len(FAMILIES) * len(self.splits) + 1
        done = place if window < len(self.splits) else total - 1
        name = f"window {window + 1} of {len(self.splits)}" if window < len(self.splits) else "all rows"

        def watch(share: float) -> None:
            self.progress(min(done + share, total), total, "train", f"{name}, {family}; best so far: {self.best}")

        x, y = self.data.x[train], self.data.y[train]
        return FAMILIES[family].fit(x, y, seed=self.seed, threads=self.threads, watch=watch)

    def run(self) -> tuple[str, Evaluation, list[dict[str, Any]], dict[str, Any]]:
        """Winner by Brier score over all windows, its held-out predictions, and the figures of each."""
        for window, split in enumerate(self.splits):
            for number, family in enumerate(FAMILIES):
                learner = self.fit(family, split.train, window, window * len(FAMILIES) + number)
                self.log_odds[family].append(learner.log_odds(self.data.x[split.test]))
            self._judge()
        y = self.data.y[self.held]
        said = {family: self._said(family) for family in FAMILIES}
        per_family = {family: scores(y, p) for family, p in said.items()}
        winner = min(per_family, key=lambda family: float(per_family[family]["brier"] or 0))
        rows = Dataset(
            self.data.names, *(getattr(self.data, c)[self.held] for c in ("x", "y", "persistence", "time", "symbol"))
        )
        evaluation = Evaluation(rows, said[winner], self._majority(), self.seed)
        return winner, evaluation, self._per_window(evaluation), per_family

    def calibration(self, family: str) -> Platt:
        """Of all held-out log odds: what they were said of came later than what they were learnt from."""
        return Platt.fit(np.concatenate(self.log_odds[family]), self.data.y[self.held])

    def _said(self, family: str) -> Column:
        """Held-out probabilities, those of each window calibrated on the windows before it."""
        parts: list[Column] = []
        for window, odds in enumerate(self.log_odds[family]):
            earlier = self.log_odds[family][:window]
            truth = [self.data.y[s.test] for s in self.splits[:window]]
            platt = Platt.fit(np.concatenate(earlier), np.concatenate(truth)) if earlier else Platt()
            parts.append(platt(odds))
        return np.concatenate(parts)

    def _judge(self) -> None:
        done = np.concatenate([s.test for s in self.splits[: len(self.log_odds[next(iter(FAMILIES))])]])
        y = self.data.y[done]
        briers = {family: float(((self._said(family) - y) ** 2).mean()) for family in FAMILIES}
        best = min(briers, key=lambda family: briers[family])
        self.best = f"{best} with a Brier score of {briers[best]:.4f}"

    def _majority(self) -> Column:
        return np.concatenate([np.full(len(s.test), self.data.y[s.train].mean()) for s in self.splits])

    def _per_window(self, evaluation: Evaluation) -> list[dict[str, Any]]:
        figures, start = [], 0
        for split in self.splits:
            part = slice(start, start + len(split.test))
            start += len(split.test)
            y, p, last = evaluation.rows.y[part], evaluation.probability[part], evaluation.rows.persistence[part]
            span = {"from": int(evaluation.rows.time[part][0]), "to": int(evaluation.rows.time[part][-1])}
            majority = scores(y, evaluation.majority[part])
            figures.append(
                {**span, "rows": len(y), **scores(y, p), "persistence": scores(y, last), "majority": majority}
            )
        return figures


def _series(source: Source) -> Mapping[str, Series]:
    return source.series if source.path is None else read_candles(source.path)


def _windows(hours: int) -> int:
    return 7 if hours >= 20_000 else 3


def _top(names: tuple[str, ...], weights: Column) -> dict[str, float]:
    order = np.argsort(-weights)[:30]
    return {names[i]: round(float(weights[i]), 5) for i in order}
