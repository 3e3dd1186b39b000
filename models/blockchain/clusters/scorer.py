"""How likely each wallet is one of many that one party runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.blockchain.clusters.features import features
from models.blockchain.clusters.links import Bools, Floats, Links
from models.versions import Version

NAME = "wallet-sybil"
MODEL, SETTINGS = "model.cbm", "settings.json"
MIN_TRANSFERS = 2
"""A wallet that dealt with the others in fewer transfers is not convicted, whatever its surroundings."""


@dataclass(frozen=True)
class Scorer:
    """A CatBoost model over `features`, and the score from which a wallet counts as Sybil."""

    model: Any
    columns: list[str]
    threshold: float

    @classmethod
    def load(cls, version: Version) -> Scorer:
        """The scorer of a model version; raises CorruptVersion."""
        from catboost import CatBoostClassifier

        settings: Mapping[str, Any] = json.loads(version.read(SETTINGS))
        model = CatBoostClassifier()
        model.load_model(blob=version.read(MODEL))
        return cls(model, list(settings["columns"]), float(settings["threshold"]))

    def log_odds(self, links: Links) -> Floats:
        """One value for each wallet, in the order of the wallets."""
        if not links.wallets.any():
            return np.zeros(0)
        columns = features(links)
        matrix = np.stack([columns[name] for name in self.columns], axis=1)
        return np.asarray(self.model.predict(matrix, prediction_type="RawFormulaVal", thread_count=1))


def probability(log_odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -60, 60))))


def supported(links: Links) -> Bools:
    """For each wallet, whether it dealt with other wallets or their connectors more than once."""
    near = links.wallets | links.connectors
    kept = near[links.sources] & near[links.targets]
    dealt = sum(
        np.bincount(ends[kept], links.counts[kept], minlength=links.size) for ends in (links.sources, links.targets)
    )
    return np.asarray(dealt >= MIN_TRANSFERS)[links.wallets]
