"""Ends jobs: completions and failures of a batch in one round trip, every reply looked at."""

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
from foundation.errors import SobaError
from schemas import keys

log = logging.getLogger(__name__)
_WHY = {-1: "its key is gone", -2: "its lock is gone", -3: "it is not active", -6: "another owns it"}

Completions = Sequence[tuple[Job, bytes]]
"""Jobs and their results as JSON."""
Failures = Sequence[tuple[Job, SobaError]]


class Outcomes:
    """Moves a consumer's jobs on; a job that is no longer ours is left to its new owner."""

    def __init__(self, redis: Redis, metrics: Metrics, result_ttl: int) -> None:
        self._redis, self._metrics, self._ttl = redis, metrics, result_ttl

    async def end(self, consumer: Consumer, done: Completions, failed: Failures) -> None:
        """Complete `done` (job, JSON), fail `failed`; jobs that were ended before are left out."""
        done = [(job, value) for job, value in done if consumer.live.pop(job.id, None) is job]
        failed = [(job, error) for job, error in failed if consumer.live.pop(job.id, None) is job]
        final = [(job, error) for job, error in failed if job.is_last_attempt(error)]
        reasons = {job.id: orjson.dumps(error.envelope(job.request_id)).decode() for job, error in failed}
        if final:
            await persist("store failures", lambda: self._store(final))
        rows = [consumer.scripts.completion(job, value) for job, value in done]
        rows += [consumer.scripts.failure(job, reasons[job.id]) for job, _ in final]
        if rows:
            await self._finish(consumer, rows)
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

    async def _finish(self, consumer: Consumer, rows: list[Any]) -> None:
        """Rows whose reply got lost are given again; the jobs are then found moved, which is what was asked for."""
        ends = await persist(f"finish {consumer.queue}", lambda: consumer.scripts.finish(rows), consumer.scripts.load)
        for (job_id, *_), end in zip(rows, ends, strict=True):
            if isinstance(end, bytes):
                log.error("job %s:%s could not be ended: %s", consumer.queue, job_id, end.decode(errors="replace"))
            elif isinstance(end, int) and end < 0:
                log.info("job %s:%s is not ours any more: %s", consumer.queue, job_id, _WHY.get(end, end))

    async def _retry(self, consumer: Consumer, job: Job, reason: str) -> None:
        try:
            await persist(f"retry {job.id}", lambda: consumer.scripts.retry(job, reason))
        except (TypeError, ResponseError) as error:  # the package says TypeError where a job is no longer ours
            log.info("job %s:%s is not ours any more: %s", job.queue, job.id, error)
