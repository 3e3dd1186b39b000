"""What the market models said lately, kept in Redis so that it can be scored once the outcome is known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from typing import Any

import orjson
from redis import Redis

from schemas.keys import predictions

_ENTRIES = 2000
_AN_ENTRY = 16
_DAYS = 60


@dataclass(frozen=True)
class Said:
    """One prediction, and what had just come to pass when it was made."""

    version: str
    asset: str | None
    as_of: int
    """Open of the last candle, epoch milliseconds."""
    probability: float
    came: bool
    """Whether the statement whose horizon ended with the last candle came true: the outcome of the prediction that was
    made a horizon earlier."""


class PredictionLog:
    """One Redis stream a model, at most two thousand entries of up to sixteen predictions, for sixty days."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def write(self, made: Iterable[tuple[str, Said]]) -> None:
        """Append (model, prediction) pairs in one round trip; of a large batch the first sixteen a model are kept."""
        by_model: dict[str, list[Any]] = defaultdict(list)
        for model, said in made:
            if len(by_model[model]) < _AN_ENTRY:
                by_model[model].append(astuple(said))
        pipe = self._redis.pipeline(transaction=False)
        for model, rows in by_model.items():
            pipe.xadd(predictions(model), {"said": orjson.dumps(rows)}, maxlen=_ENTRIES, approximate=True)
            pipe.expire(predictions(model), _DAYS * 86_400)
        pipe.execute()

    def recent(self, model: str) -> list[Said]:
        """Everything kept of a model, the oldest first."""
        entries: Any = self._redis.xrange(predictions(model))
        return [Said(*row) for _, fields in entries for row in orjson.loads(fields[b"said"])]
