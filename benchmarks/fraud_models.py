"""Fraud models on rows that they had not seen, beside what they must beat.

    python -m benchmarks.fraud_models --data FOLDER [--only wallet-fraud] [--folds 5]

FOLDER holds eth_wallet_fraud.parquet and uniswap_rugpull.parquet. Wallets: folds of near-duplicate groups. Pools:
the past and what came next. Peers: untuned CatBoost (600 trees), logistic regression, isolation forest; for partial
activity the full model, to which the unknown is absent. All see the same folds and features.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from models.fraud.dataset import Table, read_table
from models.fraud.metrics import figures
from models.fraud.scorer import FULL, PARTIAL
from models.fraud.spec import Spec
from models.fraud.specs import SPECS
from models.fraud.trainer import Run, folds
from models.fraud.trees import Floats
from models.trainers import Limits, Source
from schemas.progress import no_progress

FILES = {"wallet-fraud": "eth_wallet_fraud.parquet", "pool-rugpull": "uniswap_rugpull.parquet"}
KNOWN = {
    "counts, totals and times": "avg_minutes_between_sent avg_minutes_between_received active_minutes sent_count "
    "received_count unique_senders unique_recipients total_transactions total_sent_eth total_received_eth balance_eth "
    "avg_received_eth",
    "values": "sent_count received_count min_received_eth max_received_eth avg_received_eth min_sent_eth max_sent_eth "
    "avg_sent_eth total_sent_eth total_received_eth balance_eth active_minutes",
    "counts and tokens": "sent_count received_count unique_senders unique_recipients total_transactions balance_eth "
    "active_minutes erc20_transactions erc20_unique_senders erc20_unique_recipients erc20_unique_sent_tokens "
    "erc20_unique_received_tokens",
}
"""Twelve fields each, as light indexers might give them."""
Fit = Callable[[Floats, Floats], Callable[[Floats], Floats]]


def catboost(rows: Floats, labels: Floats) -> Callable[[Floats], Floats]:
    from catboost import CatBoostClassifier

    model = CatBoostClassifier(iterations=600, verbose=False, thread_count=1, allow_writing_files=False)
    model.fit(rows, labels)
    return lambda unseen: np.asarray(model.predict_proba(unseen)[:, 1])


def logistic(rows: Floats, labels: Floats) -> Callable[[Floats], Floats]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import QuantileTransformer

    model = make_pipeline(QuantileTransformer(random_state=0), LogisticRegression(max_iter=2000))
    model.fit(np.nan_to_num(rows), labels)
    return lambda unseen: np.asarray(model.predict_proba(np.nan_to_num(unseen))[:, 1])


def isolation(rows: Floats, labels: Floats) -> Callable[[Floats], Floats]:
    """Told no labels: how unlike the others a row is."""
    from sklearn.ensemble import IsolationForest

    model = IsolationForest(random_state=0).fit(np.nan_to_num(rows))
    return lambda unseen: np.asarray(-model.score_samples(np.nan_to_num(unseen)))


PEERS: Mapping[str, Fit] = {
    "untuned CatBoost": catboost,
    "logistic regression": logistic,
    "isolation forest": isolation,
}


def hide(spec: Spec, rows: Floats, known: set[str]) -> Floats:
    """Rows of which only the fields in `known` are given."""
    absent = [0.0 if name in spec.zero_when_absent else np.nan for name in spec.fields]
    return np.where([name in known for name in spec.fields], rows, absent)


def judge(spec: Spec, table: Table, number: int) -> dict[str, tuple[Floats, Floats]]:
    """Labels and scores of unseen rows for each model, all folds together."""
    run = Run(spec, table, 0, Limits(), no_progress)
    found: dict[str, list[tuple[Floats, Floats]]] = {}
    for train, test in islice(folds(spec, table, 0), number):
        rows, labels = table.rows[test], table.labels[test]
        full = run.fit(table.part(train), FULL, 0)
        partial = run.fit(table.part(train), PARTIAL, 0)
        said = {"full model": full.probability(rows)}
        for name, fit in PEERS.items():
            said[name] = fit(table.rows[train], table.labels[train])(rows)
        for name, fields in KNOWN.items() if spec.name == "wallet-fraud" else ():
            part = hide(spec, rows, set(fields.split()))
            said[f"12 fields, {name}"] = partial.probability(part)
            said[f"full model on {name}"] = full.probability(part)
        for name, scores in said.items():
            found.setdefault(name, []).append((labels, scores))
    return {
        name: (np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts]))
        for name, parts in found.items()
    }


def show(spec: Spec, path: Path, number: int) -> None:
    table = read_table(spec, Source(path=path))
    print(f"\n{spec.name}: {len(table.labels)} rows, {int(table.labels.sum())} fraud, {len(set(table.groups))} groups")
    print(f"{'':44}{'AUC':>7}{'PR-AUC':>8}{'rec@1%':>8}{'rec@5%':>8}{'Brier':>8}")
    for name, (labels, scores) in judge(spec, table, number).items():
        f: dict[str, Any] = figures(labels, scores)
        brier = f"{f['brier']:8.4f}" if scores.min() >= 0 and scores.max() <= 1 and "isolation" not in name else " " * 8
        print(f"{name:44}{f['auc']:7.4f}{f['prAuc']:8.3f}{f['recallAt1']:8.3f}{f['recallAt5']:8.3f}{brier}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", choices=list(FILES))
    parser.add_argument("--folds", type=int, default=5, help="of five, how many are judged")
    options = parser.parse_args()
    for model, file in FILES.items():
        if options.only in (None, model):
            show(SPECS[model], options.data / file, options.folds)


if __name__ == "__main__":
    main()
