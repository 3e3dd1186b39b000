"""Ends jobs: completions and failures of a batch in one pipeline, every reply looked at."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import orjson
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from bridge.consumer import Consumer
from bridge.job import Job
from bridge.metrics import Metrics
from bridge.patience import persist
from bridge.scripts import is_noscript
from foundation.errors import SobaError
from schemas import keys

log = logging.getLogger(__name__)
_WHY = {-1: "its key is gone", -2: "its lock is gone", -3: "it is not active", -6: "another owns it"}

Completions = Sequence[tuple[Job, str]]
"""Jobs and their results as JSON text."""
Failures = Sequence[tuple[Job, SobaError]]


class Outcomes:
    """Moves a consumer's jobs on; a job that is no longer ours is left to its new owner."""

    def __init__(self, redis: Redis, metrics: Metrics, result_ttl: int) -> None:
        self._redis, self._metrics, self._ttl = redis, metrics, result_ttl

    async def end(self, consumer: Consumer, done: Completions, failed: Failures) -> None:
        """Complete `done` (job, JSON text), fail `failed`; jobs that were ended before are left out."""
        done = [(job, value) for job, value in done if consumer.live.pop(job.id, None) is job]
        failed = [(job, error) for job, error in failed if consumer.live.pop(job.id, None) is job]
        final = [(job, error) for job, error in failed if job.is_last_attempt(error)]
        commands = [(job, consumer.scripts.complete(job, value)) for job, value in done]
        reasons = {job.id: orjson.dumps(error.envelope(job.request_id)).decode() for job, error in failed}
        if final:
            await persist("store failures", lambda: self._store(final))
        commands += [(job, consumer.scripts.fail(job, reasons[job.id])) for job, _ in final]
        if commands:
            await self._finish(consumer, commands)
        for job, error in failed:
            if not job.is_last_attempt(error):
                await self._retry(consumer, job, reasons[job.id])
        self._metrics.ended(done, failed, final)

    async def _store(self, failed: Failures) -> None:
        pipe = self._redis.pipeline(transaction=False)
        for job, error in failed:
            meta: dict[str, Any] = {
                "status": "FAILURE",
                "result": error.envelope(job.request_id),
                "traceback": None,
                "children": [],
                "task_id": f"{job.queue}:{job.id}",
            }
            pipe.set(keys.result(job.queue, job.id), orjson.dumps(meta), ex=self._ttl)
        await pipe.execute()

    async def _finish(self, consumer: Consumer, commands: list[tuple[Job, tuple[object, ...]]]) -> None:
        """A command whose reply got lost is given again; it then finds the job moved, which is what was asked for."""

        async def go() -> list[object]:
            pipe = self._redis.pipeline(transaction=False)
            for _, command in commands:
                pipe.execute_command(*command)
            replies: list[object] = await pipe.execute(raise_on_error=False)
            return replies

        replies = await persist(f"finish {consumer.queue}", go)
        forgotten = [command for command, reply in zip(commands, replies, strict=True) if is_noscript(reply)]
        for (job, _), reply in zip(commands, replies, strict=True):
            if isinstance(reply, int) and reply < 0:
                log.info("job %s:%s is not ours any more: %s", job.queue, job.id, _WHY.get(reply, reply))
            elif isinstance(reply, Exception) and not is_noscript(reply):
                log.error("job %s:%s could not be ended: %s", job.queue, job.id, reply)
        if forgotten:
            await persist("load scripts", consumer.scripts.load)
            await self._finish(consumer, forgotten)

    async def _retry(self, consumer: Consumer, job: Job, reason: str) -> None:
        try:
            await persist(f"retry {job.id}", lambda: consumer.scripts.retry(job, reason))
        except (TypeError, ResponseError) as error:  # the package says TypeError where a job is no longer ours
            log.info("job %s:%s is not ours any more: %s", job.queue, job.id, error)
