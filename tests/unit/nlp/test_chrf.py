"""chrF against values worked out by hand."""

from __future__ import annotations

import pytest

from models.nlp.translation.chrf import chrf


@pytest.mark.parametrize(
    ("pairs", "score"),
    [
        ([("abc", "abc")], 100.0),
        ([("a b c", "abc")], 100.0),
        ([("abc", "xyz")], 0.0),
        ([], 0.0),
        ([("", "abc")], 0.0),
        # one letter of two in one of one: precision 1, recall 1/2, F2 = 5 * .5 / 4.5
        ([("a", "ab")], 100 * 2.5 / 4.5),
        # letters 1 of 2 and 1 of 2, pairs 0 of 1: mean of .5 and 0
        ([("ab", "ac")], 25.0),
        # counts are summed over segments before they are divided
        ([("a", "a"), ("b", "c")], 50.0),
    ],
)
def test_scores(pairs: list[tuple[str, str]], score: float) -> None:
    assert chrf(pairs) == pytest.approx(score)
