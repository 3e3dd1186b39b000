"""Every family over every walk-forward window, and which one it is that wins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from models.calibration import Calibration
from models.market.dataset import Dataset
from models.market.learner import Learner
from models.market.learners import FAMILIES, LEARNERS
from models.market.walkforward import EMBARGO, Split, require_honest
from models.metrics import scores
from schemas.progress import Progress
from schemas.series import HOUR_MS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]


@dataclass(frozen=True)
class Evaluation:
    """Held-out rows of all scored windows, and what the winner said of them, shape (rows,)."""

    rows: Dataset
    probability: Column
    majority: Column
    """Share of events among the rows that the window was trained on."""
    window: NDArray[np.intp]
    seed: int


class Race:
    """Fits each learner on each window's past and scores the window; the first window only serves to calibrate.

    The probabilities of a window are calibrated on the held-out scores of the windows before it: on rows later than
    those its learners saw, earlier than those it is judged by. Raises LeakySplit before anything is fitted.
    """

    def __init__(
        self,
        data: Dataset,
        splits: list[Split],
        horizon: int,
        *,
        seed: int,
        threads: int,
        progress: Progress,
        families: Sequence[str] = tuple(FAMILIES),
    ) -> None:
        for split in splits:
            require_honest(split, data.time, horizon)
        self.data, self.splits, self.seed, self.threads, self.progress = data, splits, seed, threads, progress
        self.families = families
        members = dict.fromkeys(member for family in families for member in FAMILIES[family])
        self.scores: dict[str, list[Column]] = {member: [] for member in members}
        self._purge = (horizon + EMBARGO) * HOUR_MS
        self._done, self._best = 0, "none yet"
        self._total = len(members) * len(splits) + max(len(FAMILIES[family]) for family in families)

    def run(self) -> str:
        """Run every window; the family with the lowest Brier score over all."""
        for number, split in enumerate(self.splits):
            for member in self.scores:
                learner = self._fit(member, self.data.take(split.train), f"window {number + 1} of {len(self.splits)}")
                self.scores[member].append(learner.score(self.data.x[split.test]))
            if number:
                self._best = "{} with a Brier score of {:.4f}".format(*self._leader(number + 1))
        return self._leader(len(self.splits))[0]

    def fit_on(self, rows: Dataset, family: str) -> list[Learner]:
        """The family's learners, fitted on all of these rows."""
        return [self._fit(member, rows, "all rows") for member in FAMILIES[family]]

    def calibration(self, family: str) -> Calibration:
        """Of the held-out scores of all windows."""
        return self._calibrated(family, len(self.splits), int(self.data.time[-1]) + 2 * self._purge)

    def evaluation(self, family: str) -> Evaluation:
        scored = self.splits[1:]
        rows = self.data.take(np.concatenate([split.test for split in scored]))
        majority = [np.full(len(split.test), self.data.event[split.train].mean()) for split in scored]
        window = [np.full(len(split.test), number) for number, split in enumerate(scored)]
        said = self._said(family, len(self.splits))
        return Evaluation(rows, said, np.concatenate(majority), np.concatenate(window), self.seed)

    def table(self) -> dict[str, Any]:
        """Figures of every family over the same rows."""
        event = np.concatenate([self.data.event[split.test] for split in self.splits[1:]])
        return {family: scores(event, self._said(family, len(self.splits))) for family in self.families}

    def _fit(self, family: str, rows: Dataset, what: str) -> Learner:
        def watch(share: float) -> None:
            message = f"{what}, {family}; best so far: {self._best}"
            self.progress(min(self._done + share, self._total), self._total, "train", message)

        learner = LEARNERS[family].fit(
            rows.x, rows.event, rows.margin, seed=self.seed, threads=self.threads, watch=watch
        )
        self._done += 1
        return learner

    def _calibrated(self, family: str, windows: int, begin: int) -> Calibration:
        """On the first windows, as far as their outcomes are known a day before `begin`."""
        rows = np.concatenate([split.test for split in self.splits[:windows]])
        members = [np.concatenate(self.scores[member][:windows]) for member in FAMILIES[family]]
        known = self.data.time[rows] + self._purge <= begin
        return Calibration.fit(np.stack(members, axis=1)[known], self.data.event[rows[known]])

    def _said(self, family: str, windows: int) -> Column:
        """Probabilities for the scored ones of the first windows."""
        parts = []
        for number in range(1, windows):
            members = [self.scores[member][number] for member in FAMILIES[family]]
            begin = int(self.data.time[self.splits[number].test[0]])
            parts.append(self._calibrated(family, number, begin)(np.stack(members, axis=1)))
        return np.concatenate(parts)

    def _leader(self, windows: int) -> tuple[str, float]:
        """The best family over the scored ones of the first windows, and its Brier score."""
        event = np.concatenate([self.data.event[split.test] for split in self.splits[1:windows]])
        briers = {family: float(((self._said(family, windows) - event) ** 2).mean()) for family in self.families}
        return min(briers.items(), key=lambda item: item[1])
