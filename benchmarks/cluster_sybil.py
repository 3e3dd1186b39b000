"""Sybil verdicts on components that the model has not seen, beside the rule that it must beat.

    python -m benchmarks.cluster_sybil --data DIR [--seeds N]

DIR holds hop_nodes.csv.gz, hop_edges.csv.gz and hop_labels.csv.gz. A weakly connected component is trained on or judged
as a whole (five folds). `half seen` judges the held-out wallets by half of all addresses, drawn at random: what is left
of the score where much of the surroundings is not known.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from models.blockchain.clusters.dataset import Labelled, part, read
from models.blockchain.clusters.features import features
from models.blockchain.clusters.links import Floats
from models.blockchain.clusters.scorer import probability, supported
from models.blockchain.clusters.trainer import THRESHOLD, component_rule, figures, fit, folds


def matrix_of(labelled: Labelled) -> tuple[Floats, list[str]]:
    columns = features(labelled.links)
    return np.stack(list(columns.values()), axis=1), list(columns)


def unseen(labelled: Labelled, other: Labelled, seed: int) -> Floats:
    """What is said of the wallets of `other` by models trained on the other components of `labelled`."""
    (matrix, columns), (judged, _) = matrix_of(labelled), matrix_of(other)
    said = np.zeros(len(other.labels))
    for train, test in folds(labelled.groups, seed):
        model = fit(matrix[train], labelled.labels[train], columns, seed=seed)
        chosen = np.isin(other.groups, labelled.groups[test])
        said[chosen] = probability(model.predict(judged[chosen], prediction_type="RawFormulaVal"))
    return said


def show(name: str, labelled: Labelled, said: Floats) -> None:
    convicted = (said >= THRESHOLD) & supported(labelled.links)
    print(name, " ".join(f"{key} {value:.3f}" for key, value in figures(labelled.labels, said, convicted).items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    labelled = read(options.data)
    half = part(labelled, np.random.default_rng(0).random(labelled.links.size) < 0.5)
    for name, seen in (("whole", labelled), ("half ", half)):
        rule = component_rule(seen)
        scores = figures(seen.labels, rule.astype(float), rule)
        print(f"{name} baseline:", " ".join(f"{key} {value:.3f}" for key, value in scores.items()))
    for seed in range(options.seeds):
        show(f"whole seed {seed}:", labelled, unseen(labelled, labelled, seed))
    show("half  seed 0:", half, unseen(labelled, half, 0))


if __name__ == "__main__":
    main()
