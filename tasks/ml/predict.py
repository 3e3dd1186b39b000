"""ml.predict: what the next hour or day of a market will be like, beside what the simplest guesses say."""

from __future__ import annotations

import logging
import math
import random
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field

from schemas.base import Wire
from schemas.candle_text import read
from schemas.primitives import from_millis
from schemas.series import HOUR_MS, HourlyCandles
from tasks.operation import operation
from tasks.resources import resources

if TYPE_CHECKING:
    from models.market.forecast import Forecast

Model = Literal[
    "range-1h", "volume-spike-1h", "volatility-regime-24h", "volume-regime-24h", "direction-1h", "direction-24h"
]
_RECOMMENDED = 744
log = logging.getLogger(__name__)


class Request(Wire):
    """Which statement, and the past of a market."""

    model: Model
    candles: HourlyCandles
    """168 to 10,000 hourly candles, the oldest first and without gaps, the last one complete; 744 recommended: with
    fewer, figures of the month are taken over what there is, and the answer says so."""
    asset: str | None = Field(None, max_length=64)
    """What the market is called; it is given back and plays no part in the prediction."""

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Any) -> Self:
        """As pydantic's, with the candles read in one go; what is no JSON is left to pydantic, which says why."""
        try:
            content = read(json_data)
        except ValueError:
            return super().model_validate_json(json_data, **options)
        return cls.model_validate(content, **options)


class Answer(Wire):
    """What a baseline says."""

    label: str


class Baselines(Wire):
    """The simplest guesses: a prediction is worth something where it is right and they are not."""

    persistence: Answer
    """The last observed value of the same statement holds again."""
    majority: Answer
    """What was more frequent in training."""
    reversal: Answer | None = None
    """For a direction: the opposite of the last one."""


class Reason(Wire):
    """What one group of figures adds to the probability."""

    code: str
    """VOLATILITY, RANGE, VOLUME, SEASON or TREND."""
    message: str
    feature: str
    """The group's leading figure."""
    contribution: float
    """Difference that the group makes to the event's probability."""


class Result(Wire):
    """The prediction, beside the baselines."""

    model: str
    version: str
    """Of the model."""
    asset: str | None
    label: str
    """yes or no; up or down."""
    probability: float
    """Calibrated, of the event (yes, up)."""
    confidence: float
    """Probability of the label."""
    abstained: bool
    """Whether the model would rather not say: near one half it is right about as often as a coin."""
    baselines: Baselines
    horizon: str
    """1h or 24h."""
    as_of: str
    """Open of the last candle, ISO 8601 UTC."""
    expires_at: str
    """When the outcome is known and the prediction is of no more use."""
    reasons: list[Reason]
    """The strongest first."""
    candles_used: int
    warnings: list[str]
    """Such as that there were fewer candles than recommended."""


def _example() -> list[dict[str, float]]:
    """A week of a market that does not exist: calm nights, busy afternoons."""
    draw, price, candles = random.Random(4), 2000.0, []  # an example, no secret
    for hour in range(168):
        busy = 1 + 0.6 * math.sin((hour % 24 - 9) * math.pi / 12)
        close = price * math.exp(draw.gauss(0, 0.004 * busy))
        edge = abs(draw.gauss(0, 0.002 * busy))
        high, low = max(price, close) * (1 + edge), min(price, close) * (1 - edge)
        prices = {"open": price, "high": high, "low": low, "close": close}
        candle = {name: round(value, 2) for name, value in prices.items()}
        candles.append(
            {"timestamp": 1_714_521_600_000 + hour * HOUR_MS, **candle, "volume": round(900 * busy * busy, 1)}
        )
        price = round(close, 2)
    return candles


def _load() -> None:
    """Have every model ready before the first job."""
    from typing import get_args

    for model in get_args(Model):
        _predictor(model)


@operation(
    queue="ml",
    examples=[{"model": "range-1h", "asset": "ETH/USDT", "candles": _example()}],
    time_limit=20,
    max_bytes=4 * 1024 * 1024,
    load=_load,
)
def predict(requests: list[Request]) -> list[Result]:
    """Predict range, volume spikes, volatility and volume regimes, or direction from hourly candles.

    Any market will do: the models see nothing but scale-free figures of the candles given. Probabilities are
    calibrated on later data than they were learnt from. Direction is close to chance, and says so.
    """
    from models.market.forecast import forecasts

    made = forecasts([(request.model, request.candles) for request in requests], _predictor)
    _remember(requests, made)
    return [_result(request, forecast) for request, forecast in zip(requests, made, strict=True)]


def _remember(requests: list[Request], made: list[Forecast]) -> None:
    """Keep what was said until its outcome is known; a Redis that does not answer costs no one a prediction."""
    redis = resources().redis
    if redis is None:
        return
    from redis import RedisError

    from features.predictions import PredictionLog, Said

    pairs = zip(requests, made, strict=True)
    try:
        PredictionLog(redis).write(
            (one.model, Said(one.version, request.asset, one.as_of, one.probability, one.persistence))
            for request, one in pairs
        )
    except RedisError as error:
        log.warning("predictions were not kept: %s", error)


def _predictor(model: str) -> Any:
    from models.market.predictor import Predictor

    return resources().registry.load(model, Predictor.load)


def _result(request: Request, forecast: Forecast) -> Result:
    from models.market.targets import TARGETS

    target, p = TARGETS[forecast.model], forecast.probability
    yes, no = ({"label": answer} for answer in target.answers)
    baselines = {"persistence": yes if forecast.persistence else no, "majority": yes if forecast.majority else no}
    if forecast.reversal is not None:
        baselines["reversal"] = yes if forecast.reversal else no
    return Result.model_validate(  # pydantic's core makes the models faster than `model_construct` does
        {
            "model": forecast.model,
            "version": forecast.version,
            "asset": request.asset,
            "label": target.answers[0 if p > 0.5 else 1],
            "probability": p,
            "confidence": max(p, 1 - p),
            "abstained": forecast.abstained,
            "baselines": baselines,
            "horizon": f"{target.horizon}h",
            "as_of": from_millis(forecast.as_of),
            "expires_at": from_millis(forecast.expires_at),
            "reasons": [vars(reason) for reason in forecast.reasons],
            "candles_used": min(len(request.candles), forecast.hours),
            "warnings": _warnings(len(request.candles)),
        }
    )


def _warnings(candles: int) -> list[str]:
    if candles >= _RECOMMENDED:
        return []
    return [f"{candles} candles, {_RECOMMENDED} are recommended: medians of a month are taken over what there is"]
