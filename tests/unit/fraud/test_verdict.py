"""One score of many parts: never lower for one part more or a higher one; reasons add up to it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.fraud.scorer import Evidence
from models.fraud.verdict import Fired, Opinion, combine, decide, explain, level_of, together
from models.fraud.wallet import WALLET

parts = st.lists(st.floats(0, 1), min_size=1, max_size=6)
rules = st.lists(st.builds(Fired, st.just("r"), st.floats(0, 1), st.just("R"), st.just("m")), max_size=5)
evidence = st.lists(
    st.builds(Evidence, st.integers(0, len(WALLET.features) - 1), st.floats(-1e300, 1e300), st.floats(1e-9, 9)),
    max_size=5,
)


def score(values: list[float]) -> float:
    return float(combine([np.array([value]) for value in values])[0])


@given(parts, st.integers(0, 5), st.floats(0, 1))
def test_a_higher_part_never_lowers_the_score(values: list[float], place: int, higher: float) -> None:
    place %= len(values)
    raised = [*values[:place], max(values[place], higher), *values[place + 1 :]]
    assert score(raised) >= score(values) - 1e-12


@given(parts, st.floats(0, 1))
def test_another_part_never_lowers_the_score(values: list[float], more: float) -> None:
    assert max(values) - 1e-12 <= score(values) <= score([*values, more]) + 1e-12 <= 1 + 1e-12


@given(st.floats(0, 1))
def test_one_part_alone_is_the_score(value: float) -> None:
    assert score([value]) == value
    assert score([float("nan"), value, float("nan")]) == value


def test_nothing_asked_is_no_risk() -> None:
    assert score([float("nan")]) == 0


@given(st.floats(0, 1), st.floats(0, 1), rules, evidence)
def test_reasons_are_never_none_and_never_more_than_the_score(
    reached: float, probability: float, fired: list[Fired], found: list[Evidence]
) -> None:
    reasons = explain(reached, [Opinion(WALLET, probability, found)], fired)
    assert reasons
    contributions = [reason.contribution for reason in reasons]
    assert contributions == sorted(contributions, reverse=True)
    assert 0 <= sum(contributions) <= reached * (1 + 1e-9) + 1e-12


@pytest.mark.parametrize(
    ("value", "decision", "level"), [(0, "allow", "low"), (0.5, "review", "high"), (0.9, "block", "critical")]
)
def test_decisions_and_levels(value: float, decision: str, level: str) -> None:
    assert decide(value, 0.5, 0.9) == decision
    assert level_of(value) == level


def test_rules_together_weigh_more_than_each() -> None:
    assert together([Fired("a", 0.5, "A", ""), Fired("b", 0.5, "B", "")]) == pytest.approx(0.75)
    assert together([]) == 0
