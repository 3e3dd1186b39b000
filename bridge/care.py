"""The care for jobs in hand: locks renewed, stalled jobs of others taken over, lost batches sent again."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from bridge.batches import Batch
from bridge.cancels import Cancels
from bridge.consumer import Consumer
from bridge.flight import Flight
from bridge.outcomes import Outcomes
from bridge.patience import persist
from foundation.errors import DeadlineExceeded
from foundation.processes import are_gone
from schemas import keys

log = logging.getLogger(__name__)
_LOOK_SECONDS = 1.0
_LOST_SECONDS = 3.0
_LOST_IN_QUEUE_SECONDS = 60.0
_SWEEP_MS = 4000


class Care:
    """A batch is lost once no living worker has claimed it for three seconds and Celery's queue holds nothing."""

    def __init__(
        self, redis: Redis, consumers: Mapping[str, Consumer], flight: Flight, outcomes: Outcomes, cancels: Cancels
    ) -> None:
        self._redis, self._consumers = redis, consumers
        self._flight, self._outcomes, self._cancels = flight, outcomes, cancels

    async def look_after(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            batches = tuple(self._flight.batches.values())
            overdue = [batch for batch in batches if time.time() - batch.seen > _LOOK_SECONDS]
            if overdue:
                await self._look_at(overdue)

    async def _look_at(self, overdue: list[Batch]) -> None:
        async def ask() -> list[Any]:
            pipe = self._redis.pipeline(transaction=False)
            for batch in overdue:
                pipe.get(keys.claim(batch.id))
                pipe.llen(batch.queue)
                pipe.exists(keys.cancel(batch.queue, batch.jobs[0].id))
            answers: list[Any] = await pipe.execute()
            return answers

        answers = await persist("claims", ask)
        for number, batch in enumerate(overdue):
            claim, queued, cancelled = answers[3 * number : 3 * number + 3]
            if cancelled and len(batch.jobs) == 1:
                await self._cancels.cancel(batch.queue, batch.jobs[0].id)
            if claim and not are_gone(claim.decode(errors="replace")):
                batch.seen = time.time()
            else:
                await self._unclaimed(batch, queued)

    async def _unclaimed(self, batch: Batch, queued: int) -> None:
        now = time.time()
        late = [job for job in batch.jobs if job.deadline is not None and job.deadline < now * 1000]
        if late:
            error = DeadlineExceeded("the deadline passed before the work was begun")
            await self._outcomes.end(self._consumers[batch.queue], [], [(job, error) for job in late])
        patience = _LOST_IN_QUEUE_SECONDS if queued else _LOST_SECONDS
        if now - batch.seen > patience and batch.id in self._flight.batches:
            log.warning("batch %s of %s (%d jobs) is lost: sent again", batch.id, batch.queue, len(batch.jobs))
            await self._flight.again(batch)

    async def renew(self, period: float) -> None:
        """Keep the locks of all jobs in hand."""
        while True:
            await asyncio.sleep(period)
            for consumer in self._consumers.values():
                if ids := list(consumer.live):
                    await attempt("renew locks", partial(consumer.scripts.renew, ids))

    async def sweep(self) -> None:
        """Give jobs whose bridge is gone back to waiting."""
        while True:
            await asyncio.sleep(_SWEEP_MS / 1000)
            for consumer in self._consumers.values():
                await attempt("sweep stalled jobs", partial(consumer.scripts.sweep, _SWEEP_MS - 500))


async def attempt(what: str, action: Callable[[], Awaitable[Any]]) -> None:
    """Something that is done again soon anyway."""
    try:
        await action()
    except (RedisError, OSError) as error:
        log.warning("%s: %s", what, str(error)[:120])
