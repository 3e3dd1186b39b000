"""Sybil verdicts on components that the model has not seen, beside the rule that it must beat.

    python -m benchmarks.cluster_sybil --data DIR [--seeds N]

DIR holds hop_nodes.csv.gz, hop_edges.csv.gz and hop_labels.csv.gz. A weakly connected component is trained on or judged
as a whole (five folds); the threshold of each fold is chosen within its training part. `half seen` judges the held-out
wallets by half of all addresses, drawn at random: what is left of it where much of the surroundings is not known.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from models.blockchain.clusters.dataset import Labelled, part, read
from models.blockchain.clusters.links import Bools, Floats, Ints
from models.blockchain.clusters.trainer import (
    Table,
    component_rule,
    figures,
    fit,
    folds,
    judge,
    said_of,
    table_of,
)


def half_seen(labelled: Labelled, seed: int) -> tuple[Table, Floats, Bools]:
    """The wallets of half of the addresses, judged by what is seen of them, by models of the other components."""
    kept = np.random.default_rng(0).random(labelled.links.size) < 0.5
    table, seen = table_of(labelled), table_of(part(labelled, kept))
    said, convicted = np.zeros(len(seen.labels)), np.zeros(len(seen.labels), bool)
    limit = judge(table, seed=seed).threshold
    for train, test in folds(table.groups, seed):
        chosen = np.isin(seen.groups, table.groups[test])
        said[chosen] = said_of(fit(table, train, seed=seed), seen.matrix[chosen])
        convicted[chosen] = (said[chosen] >= limit) & seen.supported[chosen]
    return seen, said, convicted


def show(name: str, labels: Ints, said: Floats, convicted: Bools) -> None:
    scores = figures(labels, said, convicted)
    print(name, " ".join(f"{key} {value:.3f}" for key, value in scores.items()), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    labelled = read(options.data)
    rule = component_rule(labelled)
    show("baseline:", labelled.labels, rule.astype(float), rule)
    for seed in range(options.seeds):
        judged = judge(table_of(labelled), seed=seed)
        show(f"seed {seed}, threshold {judged.threshold:.2f}:", labelled.labels, judged.said, judged.convicted)
    seen, said, convicted = half_seen(labelled, 0)
    show("half seen, seed 0:", seen.labels, said, convicted)


if __name__ == "__main__":
    main()
