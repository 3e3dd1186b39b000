"""Predictions for many series at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.market.features import features
from models.market.predictor import Predictor
from models.market.reasons import GROUPS, Reason, reasons
from models.market.targets import TARGETS
from models.market.windows import FULL, Windows
from schemas.series import HOUR_MS, Series

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST = max(target.hours for target in TARGETS.values())


@dataclass(frozen=True)
class Forecast:
    """What a model says of one series, beside what the baselines say."""

    model: str
    version: str
    probability: float
    """Of the event (for a direction: up)."""
    abstained: bool
    persistence: bool
    majority: bool
    reversal: bool | None
    """For a direction: the opposite of the last one."""
    as_of: int
    """Open of the last candle, epoch milliseconds."""
    expires_at: int
    """When the outcome is known."""
    hours: int
    """How many hours of candles the features looked at; 744 where there are as many."""
    reasons: Sequence[Reason]


def forecasts(asked: Sequence[tuple[str, Series]], load: Callable[[str], Predictor]) -> list[Forecast]:
    """One for each (model, series), in order; `load` gives the predictor of a model."""
    made: dict[int, Forecast] = {}
    by_length: dict[int, list[int]] = defaultdict(list)
    for position, (_, series) in enumerate(asked):
        by_length[min(len(series), _MOST)].append(position)
    for hours, positions in by_length.items():
        windows = Windows.of([asked[i][1] for i in positions], hours)
        names, x = features(windows.last(FULL))
        by_model: dict[str, list[int]] = defaultdict(list)
        for row, position in enumerate(positions):
            by_model[asked[position][0]].append(row)
        for model, rows in by_model.items():
            part = _of_model(load(model), model, windows.take(rows), names, x[rows])
            made |= zip([positions[row] for row in rows], part, strict=True)
    return [made[position] for position in range(len(asked))]


def _of_model(
    predictor: Predictor, model: str, windows: Windows, names: tuple[str, ...], x: NDArray[np.float64]
) -> list[Forecast]:
    target = TARGETS[model]
    probability, added = predictor.explained(names, x)
    came, threshold = target.observed(windows)
    persistence = (came > threshold).tolist()
    known = windows.end + HOUR_MS  # the last candle's close
    place = {name: column for column, name in enumerate(names)}
    return [
        Forecast(
            model=model,
            version=predictor.version,
            probability=float(p),
            abstained=abs(float(p) - 0.5) < predictor.band,
            persistence=persistence[row],
            majority=predictor.base_rate > 0.5,
            reversal=not persistence[row] if target.answers[0] == "up" else None,
            as_of=int(windows.end[row]),
            expires_at=int(known[row]) + target.horizon * HOUR_MS,
            hours=min(windows.close.shape[1], FULL),
            reasons=reasons(
                model,
                dict(zip(GROUPS, added[row].tolist(), strict=True)),
                lambda name, row=row: float(x[row, place[name]]),  # type: ignore[misc]  # bound to this row
            ),
        )
        for row, p in enumerate(probability)
    ]
