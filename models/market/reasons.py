"""Why a prediction came out as it did, in groups of features that a person can read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """One group of features: its code, what it adds to the event's probability, and its leading figure in words."""

    code: str
    message: str
    feature: str
    value: float
    contribution: float


@dataclass(frozen=True)
class Group:
    """Features whose names begin (or, for the season, contain) so, and how the leading one is said."""

    code: str
    feature: Mapping[str, str]
    """The leading feature, by the kind of the statement."""
    text: str


_SEASON_PARTS = ("hour", "week_", "weekday", "weekend", "_same_hour", "_same_week", "_same_day")
GROUPS: dict[str, Group] = {
    "VOLATILITY": Group(
        "VOLATILITY", {"": "rv_day"}, "volatility of the last day is {ratio:.2f} times its 30-day median"
    ),
    "RANGE": Group("RANGE", {"": "range_fading_5"}, "hourly high-low ranges lately are about {percent:.2f}%"),
    "VOLUME": Group(
        "VOLUME",
        {"": "volume_fading_5", "volume-regime-24h": "volume_day"},
        "volume lately is {ratio:.2f} times its median",
    ),
    "SEASON": Group(
        "SEASON",
        {
            "": "range_same_hour_lift",
            "volume-spike-1h": "volume_same_hour_lift",
            "volatility-regime-24h": "rv_same_day_lift",
            "volume-regime-24h": "volume_same_day_lift",
        },
        "the coming hours of day and week are usually at {ratio:.2f} times the usual level",
    ),
    "TREND": Group("TREND", {"": "return_24"}, "the price moved {value:+.2f} standard deviations in a day"),
}


def group_of(name: str) -> str:
    """Code of the group that a feature belongs to."""
    if name.startswith(_SEASON_PARTS[:4]) or any(part in name for part in _SEASON_PARTS[4:]):
        return "SEASON"
    if name.startswith(("rv_", "down_", "jump_", "garman_")):
        return "VOLATILITY"
    if name.startswith(("range_", "wide_")):
        return "RANGE"
    return "VOLUME" if name.startswith(("volume_", "spike")) else "TREND"


def reasons(
    model: str, contributions: Mapping[str, float], values: Mapping[str, float], count: int = 3
) -> list[Reason]:
    """The groups that add or take most, the strongest first."""
    ordered = sorted(GROUPS, key=lambda code: -abs(contributions[code]))[:count]
    made = []
    for code in ordered:
        group = GROUPS[code]
        feature = group.feature.get(model, group.feature[""])
        value = values[feature]
        said = group.text.format(value=value, ratio=math.exp(min(value, 50)), percent=math.exp(min(value, 50)))
        made.append(Reason(code, said, feature, value, contributions[code]))
    return made
