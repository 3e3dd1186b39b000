"""Why a prediction came out as it did, in groups of features that a person can read."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """One group of features: its code, what it adds to the event's probability, and its leading figure in words."""

    code: str
    message: str
    feature: str
    contribution: float


_SAME_HOUR = "the coming hour of the day is usually at {ratio:.2f} times the average hour's level"
_SAME_DAY = "the same day of earlier weeks was at {ratio:.2f} times the last day's level"
GROUPS: dict[str, dict[str, tuple[str, str]]] = {
    "VOLATILITY": {"": ("rv_day", "volatility of the last day is {ratio:.2f} times its 30-day median")},
    "RANGE": {"": ("range_fading_5", "high-low ranges of the last hours are about {ratio:.2f}%")},
    "VOLUME": {
        "": ("volume_fading_5", "volume of the last hours is {ratio:.2f} times the week's median"),
        "volume-regime-24h": ("volume_day", "volume of the last day is {ratio:.2f} times its 30-day median"),
    },
    "SEASON": {
        "": ("range_same_hour_lift", _SAME_HOUR),
        "volume-spike-1h": ("volume_same_hour_lift", _SAME_HOUR),
        "volatility-regime-24h": ("rv_same_day_lift", _SAME_DAY),
        "volume-regime-24h": ("volume_same_day_lift", _SAME_DAY),
        "direction-24h": ("rv_same_day_lift", _SAME_DAY),
    },
    "TREND": {"": ("return_24", "the price moved {value:+.2f} standard deviations in a day")},
}
"""Code to the leading feature and how it is said, by model (the empty name stands for every other)."""

_PREFIXES = {
    "SEASON": ("hour", "week_", "weekday", "weekend"),
    "VOLATILITY": ("rv_", "down_", "jump_", "garman_"),
    "RANGE": ("range_", "wide_"),
    "VOLUME": ("volume_", "spike"),
}


def group_of(name: str) -> str:
    """Code of the group that a feature belongs to."""
    if "_same_" in name:
        return "SEASON"
    return next((code for code, prefixes in _PREFIXES.items() if name.startswith(prefixes)), "TREND")


def reasons(
    model: str, contributions: Mapping[str, float], value_of: Callable[[str], float], count: int = 3
) -> list[Reason]:
    """The groups that add or take most, the strongest first."""
    made = []
    for code in sorted(GROUPS, key=lambda code: -abs(contributions[code]))[:count]:
        feature, text = GROUPS[code].get(model, GROUPS[code][""])
        value = value_of(feature)
        said = text.format(value=value, ratio=math.exp(min(value, 50)))
        made.append(Reason(code, said, feature, contributions[code]))
    return made
