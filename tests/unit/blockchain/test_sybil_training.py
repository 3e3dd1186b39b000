"""The Sybil scorer on the labelled wallets: better than the rule on components it has not seen, and by no leak."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from foundation.errors import InvalidInput
from models.blockchain.clusters.dataset import Labelled, read
from models.blockchain.clusters.features import features
from models.blockchain.clusters.links import Floats
from models.blockchain.clusters.scorer import probability, supported
from models.blockchain.clusters.trainer import THRESHOLD, component_rule, figures, fit, folds

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def labelled(data_dir: Path) -> Labelled:
    return read(data_dir / "chain" / "sybil")


@pytest.fixture(scope="module")
def table(labelled: Labelled) -> tuple[Floats, list[str]]:
    columns = features(labelled.links)
    return np.stack(list(columns.values()), axis=1), list(columns)


def unseen(table: tuple[Floats, list[str]], labels: np.ndarray, groups: np.ndarray) -> Floats:
    """What is said of each wallet by a model that has not seen its component."""
    matrix, columns = table
    said = np.zeros(len(labels))
    for train, test in folds(groups, seed=0):
        assert not set(groups[train]) & set(groups[test])
        model = fit(matrix[train], labels[train], columns, seed=0)
        said[test] = probability(model.predict(matrix[test], prediction_type="RawFormulaVal"))
    return said


def test_unseen_components_are_judged_better_than_by_the_rule(
    labelled: Labelled, table: tuple[Floats, list[str]]
) -> None:
    said, truth = unseen(table, labelled.labels, labelled.groups), labelled.labels
    mine = figures(truth, said, (said >= THRESHOLD) & supported(labelled.links))
    rule = component_rule(labelled)
    assert mine["f1"] > figures(truth, rule.astype(float), rule)["f1"] + 0.02
    assert mine["precision"] > 0.94
    assert mine["auc"] > 0.95


def test_with_labels_shuffled_among_components_nothing_is_learnt(
    labelled: Labelled, table: tuple[Floats, list[str]]
) -> None:
    """Each component gets the label of another one: what is left is what the features leak."""
    rng = np.random.default_rng(0)
    ids = np.unique(labelled.groups)
    given = dict(zip(ids.tolist(), rng.permutation(ids).tolist(), strict=True))
    first = dict(zip(labelled.groups.tolist(), labelled.labels.tolist(), strict=True))
    labels = np.array([first[given[group]] for group in labelled.groups.tolist()])
    train, test = next(iter(folds(labelled.groups, seed=0)))
    model = fit(table[0][train], labels[train], table[1], seed=0)
    said = probability(model.predict(table[0][test], prediction_type="RawFormulaVal"))
    assert 0.3 < figures(labels[test], said, said > THRESHOLD)["auc"] < 0.7


def test_no_feature_tells_the_label_by_itself(labelled: Labelled, table: tuple[Floats, list[str]]) -> None:
    from sklearn.metrics import roc_auc_score

    matrix, columns = table
    scores = {name: roc_auc_score(labelled.labels, matrix[:, i]) for i, name in enumerate(columns)}
    assert all(0.04 < score < 0.96 for score in scores.values()), scores


def test_a_folder_without_the_tables_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"source\.path"):
        read(tmp_path)
