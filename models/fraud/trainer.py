"""Trains the two models of a subject, calibrates them on rows they had not seen, and measures them there."""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from foundation.errors import InvalidInput, Timeout
from models.calibration import Platt
from models.fraud.dataset import Table, fingerprints, mask, read_table
from models.fraud.metrics import figures
from models.fraud.reference import SCORE, Reference
from models.fraud.scorer import FULL, PARTIAL, REFERENCE, Detector
from models.fraud.spec import Bools, Spec
from models.fraud.specs import SPECS
from models.fraud.trees import Floats, Ints
from models.promotion import Comparison, compare_brier
from models.stopping import Stopper
from models.trainers import Limits, Plan, Source, Trained
from models.versions import Version
from schemas.progress import Progress

FOLDS = 5
DEPTH, SUBSPACE, QUICK = 6, 0.4, 0.12
_COPIES = 8
_SEEN = "seen.npy"
_FEWEST_COMPARED = 500


@dataclass(frozen=True)
class Evaluation:
    """Rows that were held out of some fold, and what the full model said of them there."""

    table: Table
    probabilities: Floats
    seed: int


class FraudTrainer:
    """Trains `wallet-fraud` or `pool-rugpull` on a table of labelled subjects."""

    def __init__(self, model: str) -> None:
        self.spec: Spec = SPECS[model]

    def plan(self, source: Source, limits: Limits) -> Plan:
        """By the figures of one core: about 4 ms a row and fold for both models."""
        rows = len(read_table(self.spec, source).labels)
        return Plan(rows, FOLDS, 5 + rows * (FOLDS + 1) * 4e-3 / min(limits.threads, 2))

    def train(self, source: Source, progress: Progress, *, seed: int, limits: Limits) -> Trained:
        """As `models.trainers.Trainer` says."""
        progress(0, 1, "read")
        run = Run(self.spec, read_table(self.spec, source), seed, limits, progress)
        unseen, judged = run.validate()
        labels = run.table.labels[judged]
        calibration = {name: Platt.fit(raw[judged], labels) for name, raw in unseen.items()}
        said = {name: calibration[name](raw[judged]) for name, raw in unseen.items()}
        files = {name: run.fit(run.table, name, FOLDS).dump() for name in unseen}
        share = np.full(len(labels), labels.mean())
        seen = np.column_stack([run.table.rows[judged], said[FULL]])
        reference = Reference.of([*self.spec.fields, SCORE], seen)
        return Trained(
            files=files | {_SEEN: _npy(fingerprints(run.table.rows)), REFERENCE: reference.dump()},
            metrics={**figures(labels, said[FULL]), "partial": figures(labels, said[PARTIAL]), "rows": len(labels)},
            baselines={"base rate": figures(labels, share)},
            card={
                "calibration": {name: {"slope": p.slope, "offset": p.offset} for name, p in calibration.items()},
                "parameters": {
                    "iterations": iterations(len(run.table.labels)),
                    "depth": DEPTH,
                    "rsm": SUBSPACE,
                    "learningRate": {FULL: self.spec.learning_rate, PARTIAL: QUICK},
                    "copies": _COPIES,
                },
                "split": {"folds": FOLDS, "by": self.spec.time or "groups of near-duplicates"},
                "data": _fingerprint(source, run.table),
                "features": list(self.spec.wire_names),
                "monotone": dict(self.spec.monotone),
            },
            evaluation=Evaluation(run.table.part(judged), said[FULL], seed),
        )

    def compare(self, trained: Trained, champion: Version) -> Comparison:
        """On held-out rows that the champion has not seen either; on all of them where those are too few.

        In the second case the champion may have learnt what it is tested on, which only ever favours it.
        """
        evaluation: Evaluation = trained.evaluation
        seen = np.load(io.BytesIO(champion.read(_SEEN)), allow_pickle=False)
        fresh = ~np.isin(fingerprints(evaluation.table.rows), seen)
        chosen = fresh if fresh.sum() >= _FEWEST_COMPARED else np.ones(len(fresh), bool)
        table = evaluation.table.part(chosen)
        before = Detector.load(self.spec, champion).score(table.rows.tolist()).probabilities
        share = np.full(len(table.labels), evaluation.table.labels.mean())
        said = evaluation.probabilities[chosen]
        return compare_brier(table.labels, said, before, share, table.groups, seed=evaluation.seed)


class _Fitted:
    """A CatBoost classifier of a spec's rows."""

    def __init__(self, spec: Spec, model: Any) -> None:
        self._spec, self._model = spec, model

    def raw(self, rows: Floats) -> Floats:
        """Log-odds of rows, as the serving code computes them from the same features."""
        found: Floats = self._model.predict(self._spec.matrix(rows), prediction_type="RawFormulaVal", thread_count=1)
        return found

    def probability(self, rows: Floats) -> Floats:
        """Of fraud, not calibrated."""
        said: Floats = 1 / (1 + np.exp(-self.raw(rows)))
        return said

    def dump(self) -> bytes:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "model.cbm"
            self._model.save_model(str(path))
            return path.read_bytes()


class Run:
    """One training: a table, a seed, a time limit, and someone who watches."""

    def __init__(self, spec: Spec, table: Table, seed: int, limits: Limits, progress: Progress) -> None:
        self.spec, self.table, self.seed, self.limits, self.progress = spec, table, seed, limits, progress
        self._end = time.monotonic() + limits.seconds

    def validate(self) -> tuple[dict[str, Floats], Bools]:
        """Log-odds of both models for rows that they had not seen, and which rows those are."""
        unseen = {name: np.zeros(len(self.table.labels)) for name in (FULL, PARTIAL)}
        judged = np.zeros(len(self.table.labels), bool)
        asked = {FULL: self.table.rows, PARTIAL: mask(self.spec, self.table, self.seed + 1, 1).rows}
        for number, (train, test) in enumerate(folds(self.spec, self.table, self.seed)):
            judged[test] = True
            for name, rows in asked.items():
                unseen[name][test] = self.fit(self.table.part(train), name, number).raw(rows[test])
        return unseen, judged

    def fit(self, table: Table, name: str, fold: int) -> _Fitted:
        """The full model, or the partial one from masked copies; shuffled, for row order may follow the label."""
        from catboost import CatBoostClassifier

        material = table if name == FULL else mask(self.spec, table, self.seed, _COPIES)
        order = np.random.default_rng(self.seed).permutation(len(material.labels))
        constraints = [self.spec.monotone.get(feature, 0) for feature in self.spec.features]
        constrained = name == FULL and any(constraints)
        trees = iterations(len(self.table.labels))
        model = CatBoostClassifier(
            iterations=trees,
            depth=DEPTH,
            rsm=SUBSPACE,
            learning_rate=self.spec.learning_rate if name == FULL else QUICK,
            monotone_constraints=constraints if constrained else None,
            random_seed=self.seed,
            thread_count=self.limits.threads,
            allow_writing_files=False,
            verbose=False,
        )
        watch = Stopper(lambda share: self._report(fold, name, share), trees)
        model.fit(self.spec.matrix(material.rows[order]), material.labels[order], callbacks=[watch])
        if watch.error is not None:
            raise watch.error
        return _Fitted(self.spec, model)

    def _report(self, fold: int, name: str, share: float) -> None:
        if time.monotonic() > self._end:
            raise Timeout(f"the training took longer than its limit of {self.limits.seconds:g} s")
        stage = f"fold {fold + 1} of {FOLDS}" if fold < FOLDS else "all rows"
        self.progress(2 * fold + (name == PARTIAL) + share, 2 * FOLDS + 2, "train", f"{stage}, {name}")


def iterations(rows: int) -> int:
    """Trees for so many rows: 600 from 2,000 on, fewer for fewer, which could only be learnt by heart."""
    return int(np.clip(0.3 * rows, 60, 600))


def folds(spec: Spec, table: Table, seed: int) -> Iterator[tuple[Ints, Ints]]:
    """Training and test rows, FOLDS times: the past and what came next, or groups parted at random.

    Raises InvalidInput where the past at some time held rows of one label only.
    """
    if spec.time is None:
        from sklearn.model_selection import StratifiedGroupKFold

        yield from StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed).split(
            table.rows, table.labels, table.groups
        )
        return
    edges = np.quantile(table.times, np.linspace(0, 1, FOLDS + 2))
    for start, end in pairwise(edges[1:]):
        later = (table.times >= start) & ((table.times < end) | (end == edges[-1]))
        past = table.times < start
        if not 0 < table.labels[past].mean() < 1:
            raise InvalidInput.at("source.path", "expected rows of both labels at all times")
        yield np.flatnonzero(past), np.flatnonzero(later & ~np.isin(table.groups, table.groups[past]))


def _fingerprint(source: Source, table: Table) -> dict[str, Any]:
    """What the model was trained on: the file's own hash, or that of the rows where outcomes came in."""
    content = source.path.read_bytes() if source.path and not source.outcomes else table.rows.tobytes()
    names = ([source.path.name] if source.path else []) + (["outcomes"] if source.outcomes else [])
    digest = hashlib.sha256(content).hexdigest()
    return {"name": " + ".join(names), "sha256": digest, "rows": len(table.labels), "fraud": int(table.labels.sum())}


def _npy(array: Ints) -> bytes:
    out = io.BytesIO()
    np.save(out, array, allow_pickle=False)
    return out.getvalue()
