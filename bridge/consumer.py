"""Takes jobs of one queue from BullMQ: blocks while there are none, takes what waits in one round trip."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from redis.asyncio import Redis

from bridge.job import Job
from bridge.patience import persist
from bridge.scripts import Scripts

_BLOCK = 5.0
_TARGET_SECONDS = 0.25


class Consumer:
    """The fetch loop of one queue.

    `room` says how many batches may still be begun; `take` gets what was taken. The size of a batch follows the pace
    of the last ones, so that slow work is spread over workers and urgent jobs wait for a quarter of a second at most.
    """

    def __init__(self, queue: str, blocking: Redis, scripts: Scripts, largest: int) -> None:
        self.queue, self.scripts = queue, scripts
        self.live: dict[str, Job] = {}
        self._blocking, self._largest = blocking, largest
        self._pace = 0.01
        self._limited_until = self._due = 0.0
        self._emptied = False

    def learn(self, jobs: int, seconds: float) -> None:
        """A batch of so many jobs took so long."""
        self._pace = 0.7 * self._pace + 0.3 * seconds / max(jobs, 1)

    @property
    def appetite(self) -> int:
        return max(1, min(self._largest, int(_TARGET_SECONDS / max(self._pace, 1e-6))))

    async def run(
        self, room: Callable[[], Awaitable[None]], take: Callable[[list[Job]], Awaitable[None]], stop: asyncio.Event
    ) -> None:
        """Until the stop; jobs that were taken by then are handed on."""
        await persist("load scripts", self.scripts.load)
        stopped = asyncio.create_task(stop.wait())
        while not stop.is_set():
            await room()
            if stop.is_set():
                return
            jobs = await persist(f"fetch {self.queue}", self._fetch, self.scripts.load)
            if jobs:
                await take(jobs)
            if self._emptied:
                waiting = asyncio.create_task(persist(f"block {self.queue}", self._wait))
                await asyncio.wait({waiting, stopped}, return_when=asyncio.FIRST_COMPLETED)
                if not waiting.cancel():
                    waiting.result()

    async def _fetch(self) -> list[Job]:
        taken = await self.scripts.take(self.appetite)
        self._limited_until = self._due = 0.0
        self._emptied = not taken[-1][0]
        if self._emptied:
            _, _, limited, due = taken.pop()
            self._limited_until = time.time() + limited / 1000 if limited else 0.0
            self._due = float(due or 0) / 1000
        jobs = [Job.of(self.queue, job_id, flat) for flat, job_id, *_ in taken]
        self.live.update((job.id, job) for job in jobs)
        return jobs

    async def _wait(self) -> None:
        """Until BullMQ's marker says that there is something, or the next delayed job is due."""
        now = time.time()
        if self._limited_until > now:
            await asyncio.sleep(min(self._limited_until - now, _BLOCK))
            return
        timeout = _BLOCK if not self._due else min(_BLOCK, max(self._due - now, 0.001))
        await self._blocking.bzpopmin(self.scripts.key("marker"), timeout)
