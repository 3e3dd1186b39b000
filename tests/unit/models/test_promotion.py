"""Promotion: only proof counts."""

from __future__ import annotations

import numpy as np

from models.promotion import compare_brier

DRAW = np.random.default_rng(7)
TRUTH = DRAW.uniform(0.05, 0.95, 4000)
Y = (DRAW.uniform(size=4000) < TRUTH).astype(float)
NOISY = np.clip(TRUTH + DRAW.normal(0, 0.3, 4000), 0.01, 0.99)
DAYS = np.arange(4000) // 20
COIN = np.full(4000, 0.5)


def test_a_better_challenger_is_promoted() -> None:
    verdict = compare_brier(Y, TRUTH, NOISY, COIN, DAYS)
    assert verdict.promote
    assert verdict.high < 0
    assert verdict.challenger_brier < verdict.champion_brier


def test_a_worse_one_and_an_equal_one_are_not() -> None:
    assert not compare_brier(Y, NOISY, TRUTH, COIN, DAYS).promote
    assert not compare_brier(Y, TRUTH, TRUTH, COIN, DAYS).promote


def test_one_that_a_coin_beats_is_not_even_against_a_worse_champion() -> None:
    verdict = compare_brier(Y, 1 - TRUTH, 1 - Y, COIN, DAYS)
    assert not verdict.promote
    assert "worse than the baseline" in verdict.reason


def test_rows_of_one_day_are_not_many_proofs() -> None:
    few = compare_brier(Y, TRUTH, NOISY, COIN, DAYS // 50)
    assert not few.promote
    assert "blocks" in few.reason
    alone, together = (compare_brier(Y, TRUTH, NOISY, COIN, blocks) for blocks in (np.arange(4000), DAYS // 10))
    assert together.high - together.low != alone.high - alone.low
