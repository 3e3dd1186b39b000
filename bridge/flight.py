"""The batches under way, and how many of a queue there may be."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping

from bridge.batches import Batch, Sender
from bridge.metrics import Metrics
from schemas.primitives import QUEUES


class Flight:
    """Every batch that was sent and not yet answered, by id.

    Who has no room for one more waits for an answer or for `stop`.
    """

    def __init__(self, sender: Sender, metrics: Metrics, least: int, stop: asyncio.Event) -> None:
        self.batches: dict[str, Batch] = {}
        self._least, self._limits = least, dict.fromkeys(QUEUES, least)
        self._sender, self._metrics, self._stop = sender, metrics, stop
        self._changed = asyncio.Condition()

    def under_way(self, queue: str) -> int:
        return sum(batch.queue == queue for batch in self.batches.values())

    async def room(self, queue: str) -> None:
        """Until one more batch of the queue may be begun, or the bridge stops."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._stop.is_set() or self.under_way(queue) < self._limits[queue])

    def fit(self, processes: Mapping[str, int]) -> None:
        """Allow a queue one batch more than its workers have processes, and never fewer than the settings' least."""
        self._limits = {queue: max(self._least, processes.get(queue, 0) + 1) for queue in QUEUES}

    async def empty(self) -> None:
        """Until every batch is answered."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self.batches)

    async def wake(self) -> None:
        """Have those who wait look again: the stop was given, or a limit has changed."""
        async with self._changed:
            self._changed.notify_all()

    async def begin(self, batches: Iterable[Batch]) -> None:
        for batch in batches:
            self.batches[batch.id] = batch
            self._metrics.batch.labels(batch.queue).observe(len(batch.jobs))
            await self._sender.send(batch)

    async def again(self, batch: Batch) -> None:
        """Send a batch that got lost, or a piece of one."""
        batch.seen = time.time()
        self.batches[batch.id] = batch
        self._metrics.resend(batch.queue)
        await self._sender.send(batch)

    async def release(self, batch_id: str) -> Batch | None:
        """The batch, which is no longer under way; None where it was not."""
        batch = self.batches.pop(batch_id, None)
        await self.wake()
        return batch

    async def revoke(self, batch: Batch) -> None:
        """End the process that runs it, and expect no answer."""
        await self._sender.revoke(batch)
        await self.release(batch.id)
