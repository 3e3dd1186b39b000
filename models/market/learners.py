"""The families that compete.

Some learn the margin, by how much the outcome passed its threshold, rather than only whether it did: a margin says
more than its sign.
"""

from __future__ import annotations

from models.market.boosted import Boosted, BoostedMargin, RidgeBoosted
from models.market.histogram import Histogram
from models.market.learner import Learner
from models.market.linear import Logistic, Ridge

LEARNERS: dict[str, type[Learner]] = {
    kind.family: kind for kind in (Boosted, BoostedMargin, RidgeBoosted, Histogram, Logistic, Ridge)
}
FAMILIES: dict[str, tuple[str, ...]] = {family: (family,) for family in LEARNERS} | {
    "blend": (BoostedMargin.family, Ridge.family),
    "event-and-margin": (Boosted.family, RidgeBoosted.family),
}
"""What competes, and of which learners it consists: each alone, and two blends."""
