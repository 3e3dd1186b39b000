"""Trains the Sybil scorer and measures it on components that it has not seen."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from foundation.errors import Timeout
from models.blockchain.clusters.dataset import Labelled, read
from models.blockchain.clusters.features import MONOTONE, features
from models.blockchain.clusters.links import Bools, Floats, Ints
from models.blockchain.clusters.scorer import MODEL, SETTINGS, Scorer, probability, supported
from models.promotion import Comparison, compare_brier
from models.trainers import Limits, Plan, Source, Trained
from models.versions import Version
from schemas.progress import Progress

FOLDS = 5
THRESHOLD = 0.65
"""Chosen once, on folds of the first data, for a precision of 0.95 with room to spare."""
COMPONENT_BASELINE = 8
"""The rule to beat: Sybil is who is linked, by wallets alone, with at least so many wallets."""
PARAMETERS: dict[str, Any] = {
    "iterations": 300,
    "depth": 3,
    "learning_rate": 0.05,
    "l2_leaf_reg": 10,
    "rsm": 0.3,
    "subsample": 0.5,
    "bootstrap_type": "Bernoulli",
}


@dataclass(frozen=True)
class Evaluation:
    """What was said of wallets in components that were held out."""

    labelled: Labelled
    probabilities: Floats


class SybilTrainer:
    """Trains `wallet-sybil` on a folder of labelled wallets (`dataset.read`)."""

    def __init__(self, model: str) -> None:
        self.model = model

    def plan(self, source: Source, limits: Limits) -> Plan:
        rows = len(_read(source).labels)
        return Plan(rows, FOLDS, 5 + rows * (FOLDS + 1) * 3e-4)

    def train(self, source: Source, progress: Progress, *, seed: int, limits: Limits) -> Trained:
        """As `models.trainers.Trainer` says."""
        progress(0, FOLDS + 2, "read")
        end = time.monotonic() + limits.seconds
        labelled = _read(source)
        columns = features(labelled.links)
        matrix = np.stack(list(columns.values()), axis=1)
        said = np.zeros(len(labelled.labels))
        for number, (train, test) in enumerate(folds(labelled.groups, seed)):
            progress(number + 1, FOLDS + 2, "train", f"fold {number + 1} of {FOLDS}")
            if time.monotonic() > end:
                raise Timeout(f"the training took longer than its limit of {limits.seconds:g} s")
            model = fit(matrix[train], labelled.labels[train], list(columns), seed=seed, threads=limits.threads)
            said[test] = probability(model.predict(matrix[test], prediction_type="RawFormulaVal"))
        progress(FOLDS + 1, FOLDS + 2, "train", "all rows")
        final = fit(matrix, labelled.labels, list(columns), seed=seed, threads=limits.threads)
        return _trained(source, labelled, said, _dump(final), list(columns))

    def compare(self, trained: Trained, champion: Version) -> Comparison:
        """On the held-out predictions; the champion may have learnt these wallets, which only ever favours it."""
        evaluation: Evaluation = trained.evaluation
        labelled = evaluation.labelled
        before = probability(Scorer.load(champion).log_odds(labelled.links))
        share = np.full(len(labelled.labels), labelled.labels.mean())
        return compare_brier(labelled.labels, evaluation.probabilities, before, share, labelled.groups)


def folds(groups: Ints, seed: int) -> Iterator[tuple[Ints, Ints]]:
    """Training and test rows, FOLDS times; a component is in one fold as a whole."""
    from sklearn.model_selection import GroupKFold

    yield from GroupKFold(FOLDS, shuffle=True, random_state=seed).split(groups, groups=groups)


def fit(matrix: Floats, labels: Ints, columns: list[str], *, seed: int, threads: int = 1) -> Any:
    """A CatBoost classifier whose score moves one way only in the features of MONOTONE."""
    from catboost import CatBoostClassifier

    constraints = [MONOTONE.get(name, 0) for name in columns]
    options = PARAMETERS | {"random_seed": seed, "thread_count": threads, "monotone_constraints": constraints}
    return CatBoostClassifier(**options, allow_writing_files=False, verbose=0).fit(matrix, labels)


def figures(labels: Ints, said: Floats, sybil: Bools) -> dict[str, float]:
    """AUC and Brier score of probabilities; precision, recall and F1 of a verdict."""
    from sklearn.metrics import brier_score_loss, roc_auc_score

    right, convicted, true = (float(x.sum()) for x in (sybil & (labels > 0), sybil, labels))
    return {
        "auc": float(roc_auc_score(labels, said)),
        "brier": float(brier_score_loss(labels, said)),
        "precision": right / max(convicted, 1),
        "recall": right / max(true, 1),
        "f1": 2 * right / max(convicted + true, 1),
    }


def component_rule(labelled: Labelled) -> Bools:
    """The baseline's verdict."""
    links = labelled.links
    linked = links.groups(links.wallets)
    return np.asarray(np.bincount(linked, links.wallets)[linked] >= COMPONENT_BASELINE)[links.wallets]


def _trained(source: Source, labelled: Labelled, said: Floats, model: bytes, columns: list[str]) -> Trained:
    labels = labelled.labels
    convicted = (said >= THRESHOLD) & supported(labelled.links)
    simple, share = component_rule(labelled), np.full(len(labels), labels.mean())
    assert source.path is not None
    data = {"name": source.path.name, "sha256": labelled.fingerprint, "rows": len(labels), "sybil": int(labels.sum())}
    return Trained(
        files={MODEL: model, SETTINGS: json.dumps({"columns": columns, "threshold": THRESHOLD}).encode()},
        metrics=figures(labels, said, convicted) | {"rows": len(labels)},
        baselines={
            "linked wallets": figures(labels, simple.astype(float), simple),
            "base rate": figures(labels, share, share > 1),
        },
        card={
            "parameters": PARAMETERS | {"threshold": THRESHOLD},
            "split": {"folds": FOLDS, "by": "weakly connected component"},
            "data": data,
            "features": columns,
            "monotone": MONOTONE,
        },
        evaluation=Evaluation(labelled, said),
    )


def _read(source: Source) -> Labelled:
    assert source.path is not None
    return read(source.path)


def _dump(model: Any) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / MODEL
        model.save_model(str(path))
        return path.read_bytes()
