"""The bridge as a whole: what it is made of, how it starts, how it drains."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from bridge.answers import Answers
from bridge.background import Background
from bridge.batches import Batch, Sender, cut
from bridge.cancels import Cancels
from bridge.care import Care
from bridge.consumer import Consumer
from bridge.flight import Flight
from bridge.job import Job
from bridge.metrics import Metrics
from bridge.outcomes import Outcomes
from bridge.record import Record
from bridge.scripts import Scripts
from foundation.errors import SobaError
from foundation.settings import Settings
from schemas import keys
from schemas.primitives import QUEUES
from tasks.operation import Operation

if TYPE_CHECKING:
    from celery import Celery

log = logging.getLogger(__name__)
_DRAIN_SECONDS = 25.0


class Bridge:
    """One bridge over all queues; several may run side by side."""

    def __init__(
        self, settings: Settings, app: Celery, operations: Mapping[str, Operation], stop: asyncio.Event
    ) -> None:
        self.id, self._stop = uuid.uuid4().hex, stop
        self._settings, self._operations = settings, operations
        redis, reply = self._connect(), keys.reply(self.id)
        self._metrics, self._background = Metrics(), Background()
        self._outcomes = Outcomes(redis, self._metrics, settings.result_ttl)
        self._flight = Flight(Sender(app, redis, reply), self._metrics, settings.bridge_in_flight, stop)
        self._consumers = {queue: self._consumer(redis, queue) for queue in QUEUES}
        parts = (self._consumers, self._flight, self._outcomes, self._background)
        self._answers = Answers(self._connect(), reply, *parts)
        self._cancels = Cancels(redis, *parts)
        self._care = Care(redis, self._consumers, self._flight, self._outcomes, self._cancels)
        self._record = Record(redis, self.id, self._consumers, self._flight, self._metrics)

    def _connect(self) -> Redis:
        """Without retries of its own: a command that may have been carried out is never given again unseen.

        The time limit is that of `patience.persist`: one timer a round trip in the place of one a reply.
        """
        once = Retry(NoBackoff(), 0)
        return Redis.from_url(self._settings.redis, retry=once, socket_timeout=None, socket_keepalive=True)

    def _consumer(self, redis: Redis, queue: str) -> Consumer:
        scripts = Scripts(redis, self._settings.bull_prefix, queue, self.id, self._settings.bridge_lock_ms)
        return Consumer(queue, self._connect(), scripts, 1 if queue == "bulk" else self._settings.bridge_batch)

    async def run(self) -> None:
        """Serve until the stop, then drain: what is under way is answered, nothing new is taken."""
        port = self._metrics.serve(self._settings.metrics_host, self._settings.bridge_metrics_port)
        spawn = self._background.spawn
        fetching = [spawn(self._consume(consumer)) for consumer in self._consumers.values()]
        duties = [
            spawn(self._answers.read()),
            spawn(self._cancels.listen()),
            spawn(self._care.look_after()),
            spawn(self._care.renew(self._settings.bridge_lock_ms / 3000)),
            spawn(self._care.sweep()),
            spawn(self._record.keep(port)),
        ]
        log.info("bridge %s serves %d operations, metrics on port %d", self.id[:8], len(self._operations), port)
        await self._stop.wait()
        await self._flight.wake()
        await asyncio.gather(*fetching)
        await self._drain(duties)

    async def _drain(self, duties: list[asyncio.Task[None]]) -> None:
        try:
            async with asyncio.timeout(_DRAIN_SECONDS):
                await self._flight.empty()
        except TimeoutError:
            log.warning("%d batches are left to the bridge that takes them over", len(self._flight.batches))
        for duty in duties:
            duty.cancel()
        await self._background.finish()
        await self._record.take_back()

    async def _consume(self, consumer: Consumer) -> None:
        async def take(jobs: list[Job]) -> None:
            await self._flight.begin(await self._sorted(consumer, jobs))

        await consumer.run(lambda: self._flight.room(consumer.queue), take, self._stop)

    async def _sorted(self, consumer: Consumer, jobs: list[Job]) -> list[Batch]:
        """Batches by operation; what cannot be run is failed here."""
        groups: dict[str, list[Job]] = {}
        refused: list[tuple[Job, SobaError]] = []
        for job in jobs:
            try:
                job.check(self._operations, self._settings.max_payload_bytes)
                groups.setdefault(job.name, []).append(job)
            except SobaError as error:
                refused.append((job, error))
        if refused:
            self._background.spawn(self._outcomes.end(consumer, [], refused))
        return [batch for name, group in groups.items() for batch in cut(self._operations[name], group)]
