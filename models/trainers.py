"""Every model that can be trained, and what a trainer must do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

from foundation.errors import InvalidInput
from models.promotion import Comparison
from models.versions import Version
from schemas.outcome import Labelled
from schemas.progress import Progress
from schemas.series import Series


@dataclass(frozen=True)
class Source:
    """What to train on: a file or folder, or what the caller took from the store: candles by symbol, outcomes."""

    path: Path | None = None
    series: Mapping[str, Series] = field(default_factory=dict)
    outcomes: Sequence[Labelled] = ()


@dataclass(frozen=True)
class Limits:
    """What a training may take."""

    threads: int = 1
    seconds: float = 3000
    """Wall time after which the training fails with TIMEOUT rather than go on."""


@dataclass(frozen=True)
class Plan:
    """What a training would do, without doing it."""

    rows: int
    windows: int
    seconds: float


@dataclass(frozen=True)
class Trained:
    """A trained model, its proof, and what `compare` needs of its predictions."""

    files: Mapping[str, bytes]
    """What the predictor loads; each under 1 MB."""
    metrics: Mapping[str, Any]
    """On rows that the model had not seen, over all windows or folds: `accuracy`, `auc`, `brier` ... and `windows`."""
    baselines: Mapping[str, Any]
    """The same metrics of what it must beat."""
    card: Mapping[str, Any]
    """Everything else worth knowing: parameters, data fingerprint, features, seed."""
    evaluation: Any = None
    """Held-out rows and predictions, as the trainer's own `compare` wants them."""


class Trainer(Protocol):
    """Trains one model; files, metrics and card go to the registry, whoever calls it."""

    def plan(self, source: Source, limits: Limits) -> Plan:
        """How long `train` would take; raises InvalidInput where the source cannot be used."""

    def train(self, source: Source, progress: Progress, *, seed: int, limits: Limits) -> Trained:
        """Train and evaluate; calls `progress` at least every two seconds (it raises Cancelled).

        Raises InvalidInput (path `source.path`) where the source lacks what it needs, Timeout beyond the limit.
        """

    def compare(self, trained: Trained, champion: Version) -> Comparison:
        """The new model against the champion, on the same rows that neither was trained on."""


TRAINERS: dict[str, str] = {
    **dict.fromkeys(
        ("range-1h", "volume-spike-1h", "volatility-regime-24h", "volume-regime-24h", "direction-1h", "direction-24h"),
        "models.market.trainer:MarketTrainer",
    ),
    **dict.fromkeys(("wallet-fraud", "pool-rugpull"), "models.fraud.trainer:FraudTrainer"),
    "wallet-sybil": "models.blockchain.clusters.trainer:SybilTrainer",
}
"""Model to `module:class`, made with the model's name; imported when it is asked for, for trainers are heavy."""


def trainer(model: str) -> Trainer:
    """The trainer of a model; raises InvalidInput with the trainable ones where there is none."""
    if model not in TRAINERS:
        raise InvalidInput.at("model", f"expected one of {', '.join(TRAINERS)}")
    module, _, name = TRAINERS[model].partition(":")
    return cast(Trainer, getattr(import_module(module), name)(model))
