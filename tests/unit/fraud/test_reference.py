"""Drift: no change is none, a change is seen, and unknown counts as a change."""

from __future__ import annotations

import numpy as np
import pytest

from models.fraud.reference import BINS, Reference, shift_of

RANDOM = np.random.default_rng(5)
TRAINED = np.column_stack([RANDOM.normal(size=4000), RANDOM.integers(0, 3, 4000), np.zeros(4000)])
NAMES = ("smooth", "few values", "constant")


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference.parse(Reference.of(NAMES, TRAINED).dump())


def test_the_training_rows_have_not_moved(reference: Reference) -> None:
    found = reference.stability(reference.count(TRAINED))
    assert found == pytest.approx(dict.fromkeys(NAMES, 0.0), abs=1e-6)


def test_rows_of_the_same_kind_are_stable_and_others_are_not(reference: Reference) -> None:
    same = np.column_stack([RANDOM.normal(size=2000), RANDOM.integers(0, 3, 2000), np.zeros(2000)])
    other = np.column_stack([RANDOM.normal(1.0, size=2000), np.full(2000, 2), np.full(2000, 9)])
    assert {shift_of(psi) for psi in reference.stability(reference.count(same)).values()} == {"stable"}
    assert {shift_of(psi) for psi in reference.stability(reference.count(other)).values()} == {"shifted"}


def test_unknown_is_a_bin_of_its_own(reference: Reference) -> None:
    counts = reference.count(np.full((10, 3), np.nan))
    assert counts[:, BINS - 1].tolist() == [10, 10, 10]
    assert reference.stability(counts)["smooth"] > 1


def test_every_row_falls_into_one_bin(reference: Reference) -> None:
    extreme = np.array([[1e308, -1e308, 0.0], [-np.inf, np.inf, np.nan]])
    assert reference.count(extreme).sum(axis=1).tolist() == [2, 2, 2]
    assert np.isfinite(list(reference.stability(np.zeros((3, BINS), int)).values())).all()


@pytest.mark.parametrize(("psi", "expected"), [(0.0, "stable"), (0.1, "moving"), (0.26, "shifted")])
def test_shifts_have_names(psi: float, expected: str) -> None:
    assert shift_of(psi) == expected
