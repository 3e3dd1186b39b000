"""Spoilt contracts: every one gets a report."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.contracts_fuzz import mutated, mutated_code
from models.blockchain.contracts.analysis import analyze
from models.blockchain.contracts.source.rules.base import RULES

SOURCES = [rule.example for rule in RULES]
CODES = [
    bytes.fromhex(code)
    for code in (
        "363d3d373d3d3d363d73bebebebebebebebebebebebebebebebebebebebe5af43d82803e903d91602b57fd5bf3",
        "60003560e01c80631234567814601557" + "80638da5cb5b1460165700" * 3 + "5b600160005560015433146020575b3233ff",
    )
]


@given(st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_a_spoilt_source_gets_a_report(seed: int) -> None:
    report = analyze(None, mutated(SOURCES, random.Random(seed))[:40_000])
    assert 0 <= report.risk_score <= 100
    assert all(finding.line is None or finding.line >= 1 for finding in report.findings)


@given(st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_a_spoilt_bytecode_gets_a_report(seed: int) -> None:
    report = analyze(mutated_code(CODES, random.Random(seed))[:20_000], None)
    assert 0 <= report.risk_score <= 100


def test_mutation_is_the_same_for_the_same_seed_and_changes_something() -> None:
    made = [mutated(SOURCES, random.Random(seed)) for seed in range(40)]
    assert made == [mutated(SOURCES, random.Random(seed)) for seed in range(40)]
    assert sum(text not in SOURCES for text in made) > 30
