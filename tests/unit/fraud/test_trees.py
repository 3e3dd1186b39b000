"""Shapley values by table look-up are CatBoost's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.fraud.trees import Trees


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, Trees, np.ndarray]:
    """Trees of several depths in which features repeat, and rows with unknowns."""
    from catboost import CatBoostClassifier

    random = np.random.default_rng(1)
    rows = random.normal(size=(900, 5))
    rows[random.random(rows.shape) < 0.1] = np.nan
    labels = (np.nan_to_num(rows[:, 0] * rows[:, 1]) + np.nan_to_num(rows[:, 2]) > 0).astype(int)
    model = CatBoostClassifier(iterations=40, depth=6, verbose=0, allow_writing_files=False, thread_count=1)
    model.fit(rows, labels)
    path = Path(tmp_path_factory.mktemp("trees")) / "model.cbm"
    model.save_model(str(path))
    return model, Trees(path.read_bytes()), rows


def test_raw_values_are_those_of_catboost(fitted: tuple) -> None:
    model, trees, rows = fitted
    theirs = model.predict(rows, prediction_type="RawFormulaVal")
    np.testing.assert_allclose(trees.raw(trees.leaves(rows)), theirs, atol=1e-12)


@pytest.mark.parametrize("unknown", ["Min", "Max"])
def test_few_rows_fall_into_the_leaves_that_catboost_names(unknown: str, tmp_path: Path) -> None:
    from catboost import CatBoostClassifier

    random = np.random.default_rng(3)
    rows = random.normal(size=(600, 4)).round(1)
    rows[random.random(rows.shape) < 0.2] = np.nan
    labels = (np.nan_to_num(rows[:, 0]) + np.nan_to_num(rows[:, 1], nan=1.0) > 0).astype(int)
    model = CatBoostClassifier(
        iterations=30, depth=5, nan_mode=unknown, verbose=0, allow_writing_files=False, thread_count=1
    )
    model.fit(rows, labels)
    model.save_model(str(tmp_path / "model.cbm"))
    trees = Trees((tmp_path / "model.cbm").read_bytes())
    borders = np.concatenate([np.array(found, np.float32) for found in model.get_borders().values()])
    near = [borders, np.nextafter(borders, np.float32(9)), np.nextafter(borders, np.float32(-9)), [np.nan, 1e300]]
    asked = random.choice(np.concatenate(near), size=(2000, 4))
    few = np.concatenate([trees.leaves(asked[i : i + 4]) for i in range(0, len(asked), 4)])
    assert np.array_equal(few, trees.leaves(asked))


def test_contributions_are_the_exact_shapley_values(fitted: tuple) -> None:
    from catboost import Pool

    model, trees, rows = fitted
    theirs = model.get_feature_importance(Pool(rows), type="ShapValues")
    leaves = trees.leaves(rows)
    np.testing.assert_allclose(trees.contributions(leaves), theirs[:, :-1], atol=1e-9)
    np.testing.assert_allclose(trees.contributions(leaves).sum(axis=1), trees.raw(leaves) - theirs[:, -1], atol=1e-9)


def test_a_row_answers_alike_alone_and_in_company(fitted: tuple) -> None:
    _, trees, rows = fitted
    together = trees.raw(trees.leaves(rows))
    alone = np.concatenate([trees.raw(trees.leaves(rows[i : i + 1])) for i in range(len(rows))])
    assert together.tobytes() == alone.tobytes()


def test_infinite_and_huge_values_are_answered(fitted: tuple) -> None:
    _, trees, _ = fitted
    extreme = np.array([[1e300, -1e300, np.inf, -np.inf, np.nan]])
    assert np.isfinite(trees.raw(trees.leaves(extreme))).all()
