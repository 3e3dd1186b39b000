"""One candle of a market."""

from __future__ import annotations

from schemas.base import Wire
from schemas.primitives import Millis


class Candle(Wire):
    """Open, high, low, close and base volume of one interval; `timestamp` is its open."""

    timestamp: Millis
    open: float
    high: float
    low: float
    close: float
    volume: float


COLUMNS = tuple(Candle.model_fields)
