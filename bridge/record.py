"""What the bridge says of itself and of its queues: a record in Redis, gauges, the heartbeat file."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Mapping
from typing import Any

import orjson
from redis.asyncio import Redis

from bridge.care import attempt
from bridge.consumer import Consumer
from bridge.flight import Flight
from bridge.metrics import Metrics
from foundation import heartbeat
from schemas import keys
from schemas.primitives import QUEUES

_PERIOD = 2.0
_DEGRADED_SECONDS = 180
_TTL = 15


class Record:
    """Written every two seconds; runs out fifteen seconds after its bridge."""

    def __init__(
        self, redis: Redis, bridge_id: str, consumers: Mapping[str, Consumer], flight: Flight, metrics: Metrics
    ) -> None:
        self._redis, self._id, self._key = redis, bridge_id, keys.bridge(bridge_id)
        self._consumers, self._flight, self._metrics = consumers, flight, metrics

    async def keep(self, port: int) -> None:
        while True:
            await attempt("record", lambda: self._tell(port))
            await asyncio.sleep(_PERIOD)

    async def take_back(self) -> None:
        await self._redis.delete(self._key)
        await self._redis.zrem(keys.BRIDGES, self._key)

    async def _tell(self, port: int) -> None:
        await self._count_capacity()
        await self.mark_models()
        record = {
            "id": self._id,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "at": int(time.time() * 1000),
            "metricsPort": port,
            "queues": {queue: await self._measure(queue) for queue in QUEUES},
        }
        await self._redis.set(self._key, orjson.dumps(record), ex=_TTL)
        await self._redis.zadd(keys.BRIDGES, {self._key: time.time() + _TTL})
        await self._redis.zremrangebyscore(keys.BRIDGES, 0, time.time())
        heartbeat.beat()

    async def mark_models(self) -> None:
        """Show the models for which a worker had to serve another version, within the last minutes."""
        found: Any = await self._redis.hgetall(keys.DEGRADED)
        self._metrics.degraded.clear()
        for model, at in found.items():
            self._metrics.degraded.labels(model.decode()).set(time.time() - int(at) < _DEGRADED_SECONDS)

    async def _measure(self, queue: str) -> dict[str, Any]:
        consumer, metrics = self._consumers[queue], self._metrics
        pipe = self._redis.pipeline(transaction=False)
        pipe.llen(consumer.scripts.key("wait"))
        pipe.zcard(consumer.scripts.key("prioritized"))
        pipe.lindex(consumer.scripts.key("wait"), -1)
        waiting, prioritized, oldest = await pipe.execute()
        stamp = await self._redis.hget(consumer.scripts.key(oldest.decode()), "timestamp") if oldest else None
        age = max(0, int(time.time() * 1000) - int(stamp)) if stamp else 0
        metrics.waiting.labels(queue).set(waiting + prioritized)
        metrics.active.labels(queue).set(len(consumer.live))
        metrics.oldest.labels(queue).set(age / 1000)
        metrics.in_flight.labels(queue).set(self._flight.under_way(queue))
        return {
            "waiting": waiting + prioritized,
            "active": len(consumer.live),
            "oldestAgeMs": age,
            "inFlight": self._flight.under_way(queue),
            "done": metrics.done.get(queue, 0),
            "failed": metrics.failed.get(queue, 0),
            "resends": metrics.resent.get(queue, 0),
        }

    async def _count_capacity(self) -> None:
        """Have as many batches under way as keep every pool process of a queue's workers busy, and one more."""
        names: Any = await self._redis.zrangebyscore(keys.WORKERS, time.time(), "+inf")
        records = [orjson.loads(found) for found in (await self._redis.mget(names) if names else []) if found]
        self._flight.fit({q: sum(r["concurrency"] for r in records if r["queue"] == q) for q in QUEUES})
        await self._flight.wake()
