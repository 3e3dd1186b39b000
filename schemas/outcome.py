"""A subject whose label is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Labelled(NamedTuple):
    """Measured fields of a wallet or pool, 1 for fraud or 0, and when that became known (epoch milliseconds)."""

    features: Mapping[str, float | None]
    label: int
    at: int
