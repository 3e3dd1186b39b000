"""Lengths of candles: `1m`, `15m`, `1h`, `1d`, `1w`."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

SECOND, MINUTE, HOUR, DAY, WEEK = 1000, 60_000, 3_600_000, 86_400_000, 604_800_000
MONDAY = 4 * DAY
"""The first Monday after the epoch, a Thursday: weeks count from there."""
_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": WEEK}
_FORM = re.compile(r"([1-9][0-9]{0,4})([smhdw])\Z", re.ASCII)


def to_interval(value: Any) -> int:
    """Milliseconds of an interval's text, or of an integer that is milliseconds already; raises ValueError."""
    if isinstance(value, str) and (form := _FORM.match(value)):
        return int(form[1]) * _UNITS[form[2]]
    if type(value) is int and 1 <= value <= 1000 * WEEK:
        return value
    raise ValueError("expected a number and a unit (s, m, h, d or w), such as 15m, or milliseconds")


def aligned(timestamp: int, interval: int) -> int:
    """The open of the UTC-aligned interval that holds a time; whole weeks begin on Mondays."""
    offset = MONDAY if interval % WEEK == 0 else 0
    return (timestamp - offset) // interval * interval + offset


Interval = Annotated[
    int,
    BeforeValidator(to_interval),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": "^[1-9][0-9]{0,4}[smhdw]$"},
                {"type": "integer", "minimum": 1, "maximum": 1000 * WEEK},
            ],
            "description": "a number and a unit (s, m, h, d or w), such as 15m; or milliseconds",
        }
    ),
]
"""An interval as milliseconds."""
