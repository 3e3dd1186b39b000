"""What is noted of the models' live traffic: how it drifts, and how far a challenger in the shadow agrees."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from prometheus_client import Counter
from redis.exceptions import RedisError

from foundation.errors import ModelUnavailable
from models.fraud.scorer import Detector, Scored

if TYPE_CHECKING:
    from features.tallies import Tallies
    from models.fraud.spec import Spec
    from models.fraud.trees import Floats
    from models.registry import Registry

log = logging.getLogger(__name__)
SHADOW = Counter("soba_fraud_shadow_total", "Answers of a shadow challenger by agreement", ["model", "agreement"])
_EVERY = 5.0  # seconds between writes, and between looks for a challenger
_SAMPLE = 2000  # rows kept between writes; those beyond are not counted


def drift_tally(model: str, version: str) -> str:
    return f"drift:{model}:{version}"


def shadow_tally(model: str, champion: str, challenger: str) -> str:
    return f"shadow:{model}:{champion}:{challenger}"


class Watch:
    """Takes notes of scored batches; they are written every five seconds, with the batch that comes then.

    A Redis that does not answer costs notes, never an answer. `review` is the score from which models disagree.
    """

    def __init__(
        self, tallies: Tallies, registry: Registry, review: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._tallies, self._registry, self._review, self._clock = tallies, registry, review, clock
        self._sample: dict[str, list[Floats]] = defaultdict(list)
        self._detectors: dict[str, Detector] = {}
        self._shadow: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        self._written = -_EVERY
        self._looked: dict[str, float] = {}
        self._challengers: dict[str, Detector] = {}

    def see(self, detector: Detector, scored: Scored) -> None:
        """Note a batch that the champion scored; only subjects that were known in full say how the world moves."""
        self._keep(detector, scored)
        challenger = self._challenger(detector.spec)
        if challenger is not None:
            self._compare(detector, challenger, scored)
        if self._clock() - self._written >= _EVERY:
            self._written = self._clock()
            self._write()

    def _keep(self, detector: Detector, scored: Scored) -> None:
        name = drift_tally(detector.spec.name, detector.version)
        room = _SAMPLE - sum(map(len, self._sample[name]))
        chosen = np.flatnonzero(scored.complete)[: max(room, 0)]
        fields = scored.features[chosen, : len(detector.spec.fields)]
        self._sample[name].append(np.column_stack([fields, scored.probabilities[chosen]]))
        self._detectors[name] = detector

    def _challenger(self, spec: Spec) -> Detector | None:
        now = self._clock()
        if now - self._looked.get(spec.name, -_EVERY) >= _EVERY:
            self._looked[spec.name] = now
            self._challengers.pop(spec.name, None)
            try:
                found = self._registry.load(spec.name, lambda version: Detector.load(spec, version), "challenger")
                self._challengers[spec.name] = found
            except ModelUnavailable:
                return None  # there is none, or none that can be loaded: the registry has said so
        return self._challengers.get(spec.name)

    def _compare(self, champion: Detector, challenger: Detector, scored: Scored) -> None:
        rows = scored.features[:, : len(champion.spec.fields)]
        theirs, ours = challenger.score(rows).probabilities, scored.probabilities
        both = ~np.isnan(theirs) & ~np.isnan(ours)
        flagged, would_flag = ours[both] >= self._review, theirs[both] >= self._review
        numbers = {
            "agree": float((flagged == would_flag).sum()),
            "championOnly": float((flagged & ~would_flag).sum()),
            "challengerOnly": float((~flagged & would_flag).sum()),
        }
        tally = self._shadow[shadow_tally(champion.spec.name, champion.version, challenger.version)]
        for agreement, number in numbers.items():
            tally[agreement] += number
            SHADOW.labels(champion.spec.name, agreement).inc(number)
        tally["difference"] += float(np.abs(theirs[both] - ours[both]).sum())

    def _write(self) -> None:
        sample, self._sample = self._sample, defaultdict(list)
        shadow, self._shadow = self._shadow, defaultdict(lambda: defaultdict(float))
        try:
            for name, parts in sample.items():
                reference = self._detectors[name].reference
                counts = reference.count(np.concatenate(parts))
                fields = [f"{feature}:{place}" for feature in reference.names for place in range(counts.shape[1])]
                numbers = zip(fields, counts.ravel().tolist(), strict=True)
                self._tallies.add(name, {field: number for field, number in numbers if number})
            for name, numbers_of in shadow.items():
                self._tallies.add(name, numbers_of)
        except (RedisError, OSError) as error:
            log.warning("notes on the models' traffic were lost: %s", error)
