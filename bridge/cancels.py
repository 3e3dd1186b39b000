"""Takes running jobs back: by the channel at once, by the key where the word got lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from redis.asyncio import Redis
from redis.exceptions import RedisError

from bridge.background import Background
from bridge.batches import Batch
from bridge.consumer import Consumer
from bridge.flight import Flight
from bridge.outcomes import Outcomes
from foundation.errors import Cancelled
from schemas import keys

log = logging.getLogger(__name__)
_GRACE_SECONDS = 2.0


class Cancels:
    """A cancelled job fails at once; a batch that it had to itself is stopped, first by word, then by signal."""

    def __init__(
        self,
        redis: Redis,
        consumers: Mapping[str, Consumer],
        flight: Flight,
        outcomes: Outcomes,
        background: Background,
    ) -> None:
        self._redis, self._consumers = redis, consumers
        self._flight, self._outcomes, self._background = flight, outcomes, background

    async def listen(self) -> None:
        while True:
            try:
                async with self._redis.pubsub() as channel:
                    await channel.subscribe(keys.CANCEL_CHANNEL)
                    while True:
                        message = await channel.get_message(ignore_subscribe_messages=True, timeout=5)
                        if message:
                            queue, _, job_id = message["data"].decode(errors="replace").partition(":")
                            await self.cancel(queue, job_id)
            except (RedisError, OSError) as error:
                log.warning("cancel channel: %s; subscribing again", str(error)[:120])
                await asyncio.sleep(0.3)

    async def cancel(self, queue: str, job_id: str) -> None:
        """Nothing where the job is not this bridge's."""
        consumer = self._consumers.get(queue)
        job = consumer.live.get(job_id) if consumer else None
        if consumer is None or job is None:
            return
        await self._outcomes.end(consumer, [], [(job, Cancelled("the job was cancelled while it ran"))])
        for batch in tuple(self._flight.batches.values()):
            if batch.jobs == [job]:
                self._background.spawn(self._stop(batch))

    async def _stop(self, batch: Batch) -> None:
        await asyncio.sleep(_GRACE_SECONDS)
        if batch.id in self._flight.batches:
            await self._flight.revoke(batch)
