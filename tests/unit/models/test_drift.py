"""Drift: what moved is seen, what did not is left alone."""

from __future__ import annotations

import numpy as np
import pytest

from models.drift import MOVED, Spread, has_fallen

DRAW = np.random.default_rng(2)


def test_the_same_population_has_an_index_near_zero_and_another_does_not() -> None:
    spread = Spread.of(DRAW.beta(2, 2, 5000))
    assert spread.stability_index(DRAW.beta(2, 2, 2000)) < 0.05
    assert spread.stability_index(DRAW.beta(4, 2, 2000)) > MOVED
    assert Spread.of([0.3, 0.7] * 50).stability_index([0.7, 0.3] * 20) < 0.05


def test_the_index_by_hand() -> None:
    spread = Spread(tuple(float(n) for n in range(1, 10)), (0.1,) * 10)
    half = np.repeat([0.5, 1.5, 2.5, 3.5, 4.5], 20)
    expected = 5 * (0.2 - 0.1) * np.log(2) + 5 * (0.001 - 0.1) * np.log(0.01)
    assert spread.stability_index(half) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("right", "scored", "fallen"), [(780, 1000, False), (740, 1000, True), (7, 10, False), (0, 0, False)]
)
def test_an_accuracy_has_fallen_only_beyond_chance(right: int, scored: int, fallen: bool) -> None:
    assert has_fallen(right, scored, 0.8) is fallen
