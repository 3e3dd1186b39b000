"""The Sybil scorer on the labelled wallets: better than the rule on components it has not seen, and by no leak."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from foundation.errors import InvalidInput
from models.blockchain.clusters.dataset import Labelled, read
from models.blockchain.clusters.trainer import (
    Table,
    component_rule,
    figures,
    fit,
    folds,
    said_of,
    table_of,
    threshold_of,
)

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def labelled(data_dir: Path) -> Labelled:
    return read(data_dir / "chain" / "sybil")


@pytest.fixture(scope="module")
def table(labelled: Labelled) -> Table:
    return table_of(labelled)


def test_unseen_components_are_judged_better_than_by_the_rule(labelled: Labelled, table: Table) -> None:
    """The threshold of each fold comes from the scores of the other folds."""
    said, convicted = np.zeros(len(table.labels)), np.zeros(len(table.labels), bool)
    splits = list(folds(table.groups, 0, 3))
    for train, test in splits:
        assert not set(table.groups[train]) & set(table.groups[test])
        said[test] = said_of(fit(table, train, seed=0), table.matrix[test])
    for train, test in splits:
        limit = threshold_of(table.rows(train), said[train])
        convicted[test] = (said[test] >= limit) & table.supported[test]
    mine, rule = figures(table.labels, said, convicted), component_rule(labelled)
    assert mine["f1"] > figures(table.labels, rule.astype(float), rule)["f1"] + 0.02
    assert mine["precision"] > 0.94
    assert mine["auc"] > 0.95


def test_with_labels_shuffled_among_components_nothing_is_learnt(table: Table) -> None:
    """Each component gets the label of another one: what is left is what the features leak."""
    rng = np.random.default_rng(0)
    ids = np.unique(table.groups)
    given = dict(zip(ids.tolist(), rng.permutation(ids).tolist(), strict=True))
    first = dict(zip(table.groups.tolist(), table.labels.tolist(), strict=True))
    labels = np.array([first[given[group]] for group in table.groups.tolist()])
    train, test = next(iter(folds(table.groups, seed=0)))
    said = said_of(fit(replace(table, labels=labels), train, seed=0), table.matrix[test])
    assert 0.3 < figures(labels[test], said, said > 0.5)["auc"] < 0.7


def test_a_threshold_has_the_precision_asked_for_or_convicts_nobody() -> None:
    said, labels = np.array([0.9, 0.8, 0.7, 0.6]), np.array([1, 1, 0, 1])
    made = Table(np.zeros((4, 0)), [], labels, np.arange(4), np.ones(4, bool))
    assert threshold_of(made, said) == 0.8
    assert threshold_of(replace(made, labels=np.zeros(4, int)), said) == 1.0
    assert threshold_of(replace(made, supported=np.array([False, True, True, True])), said) == 0.8


def test_no_feature_tells_the_label_by_itself(table: Table) -> None:
    from sklearn.metrics import roc_auc_score

    scores = {name: roc_auc_score(table.labels, table.matrix[:, i]) for i, name in enumerate(table.columns)}
    assert all(0.04 < score < 0.96 for score in scores.values()), scores


def test_a_folder_without_the_tables_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"source\.path"):
        read(tmp_path)
