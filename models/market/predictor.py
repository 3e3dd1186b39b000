"""A trained market model as it serves: features in, calibrated probabilities and their reasons out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from models.calibration import Calibration
from models.market.dataset import Dataset
from models.market.features import feature_names
from models.market.learner import Learner
from models.market.learners import FAMILIES, LEARNERS
from models.market.race import Evaluation
from models.market.reasons import GROUPS, group_of
from models.versions import CorruptVersion, Version

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]
    Column = NDArray[np.float64]


@dataclass(frozen=True)
class Predictor:
    """One version of one model, loaded."""

    version: str
    names: tuple[str, ...]
    family: str
    learners: tuple[Learner, ...]
    calibration: Calibration
    typical: Column
    """Median of each feature, for what a group of features adds."""
    band: float
    """Where the probability lies within this of one half, the model would rather not say."""
    base_rate: float
    """Share of events among the training rows: what the majority baseline goes by."""

    @classmethod
    def make(
        cls, data: Dataset, family: str, learners: Sequence[Learner], calibration: Calibration, proof: Evaluation
    ) -> Predictor:
        """Of learners fitted on all of `data`; the band follows from the held-out predictions."""
        band, typical = abstention_band(proof.probability, proof.rows.event), np.median(data.x, axis=0)
        rate = float(data.event.mean())
        return cls("", data.names, family, tuple(learners), calibration, typical, band, rate)

    def probabilities(self, names: tuple[str, ...], x: Matrix) -> Column:
        """Of the event, shape (rows,), for features of shape (rows, features) under these names."""
        return self._probabilities(self._own(names, x))

    def explained(self, names: tuple[str, ...], x: Matrix) -> tuple[Column, Matrix]:
        """The probabilities, and what each group of features adds to them, shape (rows, groups).

        It is the difference to the probability with the group's features at their medians.
        """
        tried = np.repeat(self._own(names, x)[None], 1 + len(GROUPS), axis=0)
        for number, columns in enumerate(self._columns, start=1):
            tried[number][:, columns] = self.typical[columns]
        said = self._probabilities(tried.reshape(-1, len(self.names))).reshape(1 + len(GROUPS), -1)
        return said[0], (said[0] - said[1:]).T

    def _own(self, names: tuple[str, ...], x: Matrix) -> Matrix:
        """The features that this version knows, in its order."""
        return x if names == self.names else x[:, [names.index(name) for name in self.names]]

    def _probabilities(self, x: Matrix) -> Column:
        return self.calibration(np.stack([learner.score(x) for learner in self.learners], axis=1))

    def importance(self) -> Column:
        """Weight of each feature, summing to 1: those of the learners, by their weight in the blend."""
        pairs = zip(self.calibration.weights, self.learners, strict=True)
        whole = np.sum([abs(weight) * learner.importance() for weight, learner in pairs], axis=0)
        return np.asarray(whole / max(float(whole.sum()), 1e-12))

    @cached_property
    def _columns(self) -> list[NDArray[np.intp]]:
        groups = np.array([group_of(name) for name in self.names])
        return [np.flatnonzero(groups == group) for group in GROUPS]

    def dump(self) -> dict[str, bytes]:
        about = {
            "family": self.family,
            "features": self.names,
            "weights": self.calibration.weights,
            "offset": self.calibration.offset,
            "typical": self.typical.tolist(),
            "band": self.band,
            "baseRate": self.base_rate,
        }
        files = {"predictor.json": json.dumps(about).encode()}
        for learner in self.learners:
            files |= learner.dump()
        return files

    @classmethod
    def load(cls, version: Version) -> Predictor:
        """Of a version's files; raises CorruptVersion where they are not as they were written."""
        about: dict[str, Any] = json.loads(version.read("predictor.json"))
        if about["family"] not in FAMILIES:
            raise CorruptVersion(f"{version.model} {version.id}: no family {about['family']!r}")
        unknown = set(about["features"]) - set(feature_names())
        if unknown:
            raise CorruptVersion(f"{version.model} {version.id} wants features that are no more: {sorted(unknown)}")
        learners = tuple(LEARNERS[member].load(version.read) for member in FAMILIES[about["family"]])
        calibration = Calibration(tuple(about["weights"]), about["offset"])
        typical = np.array(about["typical"])
        names = tuple(about["features"])
        return cls(version.id, names, about["family"], learners, calibration, typical, about["band"], about["baseRate"])


def abstention_band(p: Column, event: Column) -> float:
    """Width, up to 0.1, of the band around one half in which held-out answers were right less than 55% of the time."""
    right = (p > 0.5) == (event > 0.5)
    for band in np.arange(0.10, 0.0, -0.01):
        inside = np.abs(p - 0.5) < band
        if inside.sum() >= 50 and right[inside].mean() < 0.55:
            return float(round(band, 2))
    return 0.01
