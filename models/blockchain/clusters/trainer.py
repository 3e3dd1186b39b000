"""Trains the Sybil scorer and measures it on components that it has not seen."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
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
INNER_FOLDS = 4
PRECISION = 0.95
"""Of the verdicts, at least: the threshold is chosen for it on components that were held out."""
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
        return Plan(rows, FOLDS, 5 + rows * (FOLDS * (INNER_FOLDS + 1) + 1) * 3e-4)

    def train(self, source: Source, progress: Progress, *, seed: int, limits: Limits) -> Trained:
        """As `models.trainers.Trainer` says."""
        progress(0, FOLDS + 2, "read")
        end = time.monotonic() + limits.seconds
        labelled = _read(source)
        table = table_of(labelled)

        def tick(fold: int) -> None:
            progress(fold + 1, FOLDS + 2, "train", f"fold {fold + 1} of {FOLDS}")
            if time.monotonic() > end:
                raise Timeout(f"the training took longer than its limit of {limits.seconds:g} s")

        judged = judge(table, seed=seed, threads=limits.threads, tick=tick)
        progress(FOLDS + 1, FOLDS + 2, "train", "all rows")
        final = fit(table, np.arange(len(table.labels)), seed=seed, threads=limits.threads)
        return _trained(source, labelled, judged, _dump(final), table.columns)

    def compare(self, trained: Trained, champion: Version) -> Comparison:
        """On the held-out predictions; the champion may have learnt these wallets, which only ever favours it."""
        evaluation: Evaluation = trained.evaluation
        labelled = evaluation.labelled
        before = probability(Scorer.load(champion).log_odds(labelled.links))
        share = np.full(len(labelled.labels), labelled.labels.mean())
        return compare_brier(labelled.labels, evaluation.probabilities, before, share, labelled.groups)


@dataclass(frozen=True)
class Table:
    """One row for each labelled wallet; `supported` tells whom a verdict may convict (`scorer.supported`)."""

    matrix: Floats
    columns: list[str]
    labels: Ints
    groups: Ints
    supported: Bools

    def rows(self, chosen: Ints) -> Table:
        return Table(
            self.matrix[chosen], self.columns, self.labels[chosen], self.groups[chosen], self.supported[chosen]
        )


@dataclass(frozen=True)
class Judged:
    """What is said of held-out wallets, the verdicts by thresholds chosen without them, and the median of those."""

    said: Floats
    convicted: Bools
    threshold: float


def table_of(labelled: Labelled) -> Table:
    columns = features(labelled.links)
    matrix = np.stack(list(columns.values()), axis=1)
    return Table(matrix, list(columns), labelled.labels, labelled.groups, supported(labelled.links))


def folds(groups: Ints, seed: int, count: int = FOLDS) -> Iterator[tuple[Ints, Ints]]:
    """Training and test rows, so many times; a component is in one fold as a whole."""
    from sklearn.model_selection import GroupKFold

    yield from GroupKFold(count, shuffle=True, random_state=seed).split(groups, groups=groups)


def fit(table: Table, rows: Ints, *, seed: int, threads: int = 1) -> Any:
    """A CatBoost classifier of these rows whose score moves one way only in the features of MONOTONE."""
    from catboost import CatBoostClassifier

    constraints = [MONOTONE.get(name, 0) for name in table.columns]
    options = PARAMETERS | {"random_seed": seed, "thread_count": threads, "monotone_constraints": constraints}
    model = CatBoostClassifier(**options, allow_writing_files=False, verbose=0)
    return model.fit(table.matrix[rows], table.labels[rows])


def said_of(model: Any, matrix: Floats) -> Floats:
    """The probabilities of the rows."""
    return probability(model.predict(matrix, prediction_type="RawFormulaVal", thread_count=1))


def judge(table: Table, *, seed: int, threads: int = 1, tick: Callable[[int], None] = lambda fold: None) -> Judged:
    """Scores and verdicts for components that the model has not seen.

    The threshold of a fold is chosen within its training part, by folds of its own, so that the figures of the
    verdicts are those of new data.
    """
    said, convicted = np.zeros(len(table.labels)), np.zeros(len(table.labels), bool)
    limits = []
    for number, (train, test) in enumerate(folds(table.groups, seed)):
        tick(number)
        inside, seen = table.rows(train), np.zeros(len(train))
        for part, rest in folds(inside.groups, seed, INNER_FOLDS):
            seen[rest] = said_of(fit(inside, part, seed=seed, threads=threads), inside.matrix[rest])
        said[test] = said_of(fit(table, train, seed=seed, threads=threads), table.matrix[test])
        limits.append(threshold_of(inside, seen))
        convicted[test] = (said[test] >= limits[-1]) & table.supported[test]
    return Judged(said, convicted, float(np.median(limits)))


def threshold_of(table: Table, said: Floats) -> float:
    """The score at which verdicts have the best F1 among those with the precision asked for; 1 where none has."""
    able = np.flatnonzero(table.supported)
    order = able[np.argsort(-said[able], kind="stable")]
    right, convicted = np.cumsum(table.labels[order]), np.arange(1, len(order) + 1)
    f1 = np.where(right >= PRECISION * convicted, 2 * right / (convicted + table.labels.sum()), 0)
    best = int(f1.argmax())
    return float(said[order[best]]) if f1[best] else 1.0


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


def _trained(source: Source, labelled: Labelled, judged: Judged, model: bytes, columns: list[str]) -> Trained:
    labels, said = labelled.labels, judged.said
    simple, share = component_rule(labelled), np.full(len(labels), labels.mean())
    assert source.path is not None
    data = {"name": source.path.name, "sha256": labelled.fingerprint, "rows": len(labels), "sybil": int(labels.sum())}
    return Trained(
        files={MODEL: model, SETTINGS: json.dumps({"columns": columns, "threshold": judged.threshold}).encode()},
        metrics=figures(labels, said, judged.convicted) | {"rows": len(labels)},
        baselines={
            "linked wallets": figures(labels, simple.astype(float), simple),
            "base rate": figures(labels, share, share > 1),
        },
        card={
            "parameters": PARAMETERS | {"threshold": judged.threshold, "precision": PRECISION},
            "split": {
                "folds": FOLDS,
                "threshold": f"{INNER_FOLDS} folds of each training part",
                "by": "weakly connected component",
            },
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
