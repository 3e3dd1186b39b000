"""Counters in Redis by day, for what is counted often and read seldom: drift, and how a shadow model agrees."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from redis import Redis

_DAY = 86_400
_KEPT_DAYS = 32


class Tallies:
    """Named numbers below `prefix`, added up by day (UTC) and kept for a month."""

    def __init__(self, redis: Redis, prefix: str = "soba:fraud:tally", clock: Callable[[], float] = time.time) -> None:
        self._redis, self._prefix, self._clock = redis, prefix, clock

    def _key(self, name: str, days_ago: int) -> str:
        return f"{self._prefix}:{name}:{int(self._clock() // _DAY) - days_ago}"

    def add(self, name: str, numbers: Mapping[str, float]) -> None:
        """Add to today's numbers, in one round trip; raises RedisError."""
        key = self._key(name, 0)
        pipeline = self._redis.pipeline(transaction=False)
        for field, number in numbers.items():
            pipeline.hincrbyfloat(key, field, number)
        pipeline.expire(key, _KEPT_DAYS * _DAY)
        pipeline.execute()

    def total(self, name: str, days: int) -> dict[str, float]:
        """Sums over the last `days` days, today included."""
        pipeline = self._redis.pipeline(transaction=False)
        for ago in range(days):
            pipeline.hgetall(self._key(name, ago))
        sums: dict[str, float] = {}
        for answer in cast("Iterable[Mapping[bytes, bytes]]", pipeline.execute()):
            for field, number in answer.items():
                sums[field.decode()] = sums.get(field.decode(), 0.0) + float(number)
        return sums
