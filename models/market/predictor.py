"""A trained market model as it serves: features in, calibrated probabilities out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from models.market.calibration import Platt
from models.market.dataset import Dataset
from models.market.learners import FAMILIES, Learner
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
    learner: Learner
    platt: Platt
    band: float
    """Where the probability lies within this of one half, the model would rather not say."""
    base_rate: float

    def probabilities(self, x: Matrix) -> Column:
        """Of the event, shape (rows,), for features of shape (rows, features)."""
        return self.platt(self.learner.log_odds(x))

    @classmethod
    def make(cls, model: str, learner: Learner, platt: Platt, data: Dataset, said: Column, came: Column) -> Predictor:
        """Of a learner fitted on everything; the band follows from the held-out predictions."""
        return cls("", data.names, learner, platt, _band(said, came), float(data.y.mean()))

    def dump(self) -> dict[str, bytes]:
        about = {
            "family": self.learner.family,
            "features": self.names,
            "slope": self.platt.slope,
            "offset": self.platt.offset,
            "band": self.band,
            "baseRate": self.base_rate,
        }
        return {"predictor.json": json.dumps(about).encode(), **self.learner.dump()}

    @classmethod
    def load(cls, version: Version) -> Predictor:
        """Of a version's files; raises CorruptVersion where they are not as they were written."""
        about: dict[str, Any] = json.loads(version.read("predictor.json"))
        if about["family"] not in FAMILIES:
            raise CorruptVersion(f"{version.model} {version.id}: no family {about['family']!r}")
        learner = FAMILIES[about["family"]].load(version.read)
        platt = Platt(about["slope"], about["offset"])
        return cls(version.id, tuple(about["features"]), learner, platt, about["band"], about["baseRate"])


def _band(p: Column, y: Column) -> float:
    """The widest band around one half, up to 0.1, in which held-out answers were right less than 55% of the time."""
    right = (p > 0.5) == (y > 0.5)
    for band in np.arange(0.10, 0.0, -0.01):
        inside = np.abs(p - 0.5) < band
        if inside.sum() >= 50 and right[inside].mean() < 0.55:
            return float(round(band, 2))
    return 0.01
