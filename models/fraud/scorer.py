"""The models that serve: subjects in, probabilities out, and the features that speak for a high one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from models.calibration import Platt
from models.fraud.reference import Reference
from models.fraud.spec import Bools, Spec
from models.fraud.trees import Floats, Ints, Trees
from models.versions import Version

FULL, PARTIAL, REFERENCE = "model.cbm", "partial.cbm", "reference.json"
_EXPLAIN_AT_ONCE = 128  # rows; the tables of more fall out of the processor's cache


class Evidence(NamedTuple):
    """A feature that raises a probability; `weight` is its exact Shapley value in calibrated log-odds, above 0."""

    feature: int
    """Its place in the spec's features."""
    value: float
    weight: float


class Calibrated(NamedTuple):
    """Trees whose log-odds are turned into probabilities."""

    trees: Trees
    platt: Platt


@dataclass(frozen=True)
class _Answered:
    """What one of the two models said: of which subjects of the batch, and the leaves they fell into."""

    model: Calibrated
    subjects: Ints
    leaves: Ints


@dataclass(frozen=True)
class Scored:
    """Answers to a batch, each array of its length."""

    probabilities: Floats
    """NaN where nothing was known."""
    known: Ints
    """How many fields were given, of those whose absence says something."""
    complete: Bools
    """Whether the full model answered."""
    features: Floats
    answered: Sequence[_Answered]


class Detector:
    """Two models of one subject: the full one, and one that learnt to do with whatever part is known."""

    def __init__(self, spec: Spec, version: str, full: Calibrated, partial: Calibrated, reference: Reference) -> None:
        self.spec, self.version, self.reference = spec, version, reference
        self._full, self._partial = full, partial

    @classmethod
    def load(cls, spec: Spec, version: Version) -> Detector:
        """From the files of a registered version; the calibration stands in its card."""
        platt = version.card["calibration"]
        full, partial = (Calibrated(Trees(version.read(name)), Platt(**platt[name])) for name in (FULL, PARTIAL))
        return cls(spec, version.id, full, partial, Reference.parse(version.read(REFERENCE)))

    def warm(self) -> None:
        """Compute now what the first explanation would wait for."""
        for model in (self._full, self._partial):
            model.trees.warm()

    def score(self, subjects: Sequence[Sequence[float | None]] | Floats) -> Scored:
        """Probabilities of fraud; `subjects` hold the spec's fields in order, None where unknown.

        Each answer depends on its own subject alone, to the last bit.
        """
        rows = self.spec.rows(subjects)
        complete = self.spec.is_complete(rows)
        features = self.spec.matrix(np.where(complete[:, None], np.nan_to_num(rows), rows))
        probabilities = np.full(len(rows), np.nan)
        answered = []
        for model, chosen in ((self._full, complete), (self._partial, ~complete & ~self.spec.is_empty(rows))):
            places = np.flatnonzero(chosen)
            if len(places):
                leaves = model.trees.leaves(features[places])
                probabilities[places] = model.platt(model.trees.raw(leaves))
                answered.append(_Answered(model, places, leaves))
        return Scored(probabilities, self.spec.known(rows), complete, features, answered)

    def explain(self, scored: Scored, flagged: Bools, most: int = 5) -> dict[int, list[Evidence]]:
        """For each flagged subject that has a probability, what raises it most, the strongest first."""
        reasons: dict[int, list[Evidence]] = {}
        for part in scored.answered:
            wanted = np.flatnonzero(flagged[part.subjects])
            for start in range(0, len(wanted), _EXPLAIN_AT_ONCE):
                some = wanted[start : start + _EXPLAIN_AT_ONCE]
                weights = part.model.platt.slope * part.model.trees.contributions(part.leaves[some])
                reasons |= _strongest(weights, part.subjects[some], scored.features, most)
        return reasons


def _strongest(weights: Floats, subjects: Ints, features: Floats, most: int) -> dict[int, list[Evidence]]:
    order = np.argsort(-weights, axis=1, kind="stable")[:, :most]
    values = features[subjects[:, None], order].tolist()
    found = np.take_along_axis(weights, order, axis=1).tolist()
    return {
        subject: [Evidence(*item) for item in zip(*row, strict=True) if item[2] > 0]
        for subject, *row in zip(subjects.tolist(), order.tolist(), values, found, strict=True)
    }
