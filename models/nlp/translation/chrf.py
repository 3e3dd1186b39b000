"""chrF: character n-gram F-score of translations against references, over a whole set.

Source: Popović, "chrF: character n-gram F-score for automatic MT evaluation", WMT 2015; n-grams up to 6, beta 2,
spaces removed, counts summed over all segments, orders averaged, as sacreBLEU's `chrF2` does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

ORDER = 6
BETA = 2.0


def _grams(text: str, n: int) -> Counter[str]:
    return Counter(text[i : i + n] for i in range(len(text) - n + 1))


def chrf(pairs: Iterable[tuple[str, str]]) -> float:
    """0 to 100 over pairs of (translation, reference)."""
    matched, made, wanted = [0] * ORDER, [0] * ORDER, [0] * ORDER
    for translation, reference in pairs:
        ours, theirs = "".join(translation.split()), "".join(reference.split())
        for n in range(1, ORDER + 1):
            mine, its = _grams(ours, n), _grams(theirs, n)
            made[n - 1] += mine.total()
            wanted[n - 1] += its.total()
            matched[n - 1] += (mine & its).total()
    scores = [_f(m, a, b) for m, a, b in zip(matched, made, wanted, strict=True) if a and b]
    return 100 * sum(scores) / len(scores) if scores else 0.0


def _f(matched: int, made: int, wanted: int) -> float:
    precision, recall = matched / made, matched / wanted
    weighted = BETA**2 * precision + recall
    return (1 + BETA**2) * precision * recall / weighted if weighted else 0.0
