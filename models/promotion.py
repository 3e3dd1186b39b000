"""Whether a challenger may take the champion's place."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_RESAMPLES = 2000
_MIN_BLOCKS = 10


@dataclass(frozen=True)
class Comparison:
    """Challenger against champion on the same rows: Brier scores, and the interval of their difference."""

    rows: int
    challenger_brier: float
    champion_brier: float
    baseline_brier: float
    low: float
    """Lower end of the 95% interval of challenger minus champion; below zero is better."""
    high: float
    promote: bool
    reason: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def compare_brier(
    y: ArrayLike,
    challenger: ArrayLike,
    champion: ArrayLike,
    baseline: ArrayLike,
    blocks: ArrayLike,
    *,
    seed: int = 0,
) -> Comparison:
    """Judge by the Brier score: `y` is 0 or 1, the others are probabilities of 1, all of shape (rows,).

    Rows that share a block (a day, a group of near-duplicates) are drawn together by the bootstrap, for they are not
    independent. The challenger is promoted where the whole 95% interval of the difference lies below zero and its
    score is no worse than the baseline's (Künsch 1989, "The jackknife and the bootstrap for general stationary
    observations", for blocks; Brier 1950 for the score).
    """
    import numpy as np

    truth = np.asarray(y, float)
    errors = [(np.asarray(p, float) - truth) ** 2 for p in (challenger, champion, baseline)]
    new, old, simple = (float(e.mean()) for e in errors)
    _, owner = np.unique(np.asarray(blocks), return_inverse=True)
    sums, counts = np.bincount(owner, errors[0] - errors[1]), np.bincount(owner)
    if len(counts) < _MIN_BLOCKS:
        reason = f"only {len(counts)} independent blocks of rows to compare on, {_MIN_BLOCKS} are needed"
        return Comparison(len(truth), new, old, simple, -1.0, 1.0, False, reason)
    draws = np.random.default_rng(seed).integers(0, len(counts), (_RESAMPLES, len(counts)))
    differences = sums[draws].sum(1) / counts[draws].sum(1)
    low, high = (float(x) for x in np.quantile(differences, [0.025, 0.975]))
    promote, reason = _verdict(new, simple, low, high)
    return Comparison(len(truth), new, old, simple, low, high, promote, reason)


def _verdict(new: float, simple: float, low: float, high: float) -> tuple[bool, str]:
    interval = f"the 95% interval of its Brier score less the champion's is {low:+.5f} to {high:+.5f}"
    if new > simple:
        return False, f"it is worse than the baseline: Brier score {new:.4f} against {simple:.4f}"
    if high < 0:
        return True, f"it beats the champion: {interval}"
    return False, f"no proof that it beats the champion: {interval}"
