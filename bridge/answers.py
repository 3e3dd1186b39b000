"""What workers say: answers of batches, progress of jobs, batches that were lost with their process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import msgpack
from redis.asyncio import Redis

from bridge.background import Background
from bridge.batches import Batch
from bridge.consumer import Consumer
from bridge.flight import Flight
from bridge.outcomes import Outcomes
from bridge.patience import persist
from foundation.errors import Internal, Timeout, from_envelope

log = logging.getLogger(__name__)


class Answers:
    """Reads the bridge's reply list."""

    def __init__(
        self,
        redis: Redis,
        reply: str,
        consumers: Mapping[str, Consumer],
        flight: Flight,
        outcomes: Outcomes,
        background: Background,
    ) -> None:
        self._redis, self._reply = redis, reply
        self._consumers, self._flight, self._outcomes, self._background = consumers, flight, outcomes, background

    async def read(self) -> None:
        handlers: dict[str, Callable[..., Awaitable[None]]] = {
            "batch": self._answered,
            "progress": self._progressed,
            "lost": self._lost,
        }
        while True:
            popped = await persist("answers", lambda: self._redis.blpop([self._reply], 5))
            if popped:
                kind, *rest = msgpack.unpackb(popped[1])
                await handlers[kind](*rest)
                await asyncio.sleep(0)  # what the handler has begun goes first, then the next read

    async def _answered(self, batch_id: str, outcomes: list[tuple[bool, Any]], seconds: float) -> None:
        if not (batch := await self._flight.release(batch_id)):
            return
        consumer = self._consumers[batch.queue]
        consumer.learn(len(batch.jobs), seconds)
        pairs = list(zip(batch.jobs, outcomes, strict=True))
        done = [(job, value) for job, (ok, value) in pairs if ok]
        failed = [(job, from_envelope(value)) for job, (ok, value) in pairs if not ok]
        self._background.spawn(self._outcomes.end(consumer, done, failed))

    async def _progressed(self, queue: str, job_ids: list[str], progress: dict[str, Any]) -> None:
        consumer = self._consumers[queue]
        for job_id in job_ids:
            if job_id in consumer.live:
                try:
                    await persist("progress", partial(consumer.scripts.progress, job_id, progress))
                except TypeError as error:  # the package's way to say that the job is gone
                    log.info("no progress for %s:%s: %s", queue, job_id, error)

    async def _lost(self, batch_id: str, why: str) -> None:
        """One by one the jobs show which of them ended the process; one that was alone has shown it."""
        if not (batch := await self._flight.release(batch_id)):
            return
        if len(batch.jobs) > 1:
            log.warning("batch %s (%d jobs) was lost by a %s: sent one by one", batch.id, len(batch.jobs), why)
            for job in batch.jobs:
                await self._flight.again(Batch(batch.operation, [job]))
            return
        limit = f"{batch.operation.name} took longer than its limit of {batch.operation.time_limit:g} s"
        crash = f"the process that ran {batch.operation.name} died each time"
        error = Timeout(limit) if why == "timeout" else Internal(crash)
        self._background.spawn(self._outcomes.end(self._consumers[batch.queue], [], [(batch.jobs[0], error)]))
