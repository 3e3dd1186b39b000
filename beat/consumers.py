"""Standing consumers of event streams: one job at a time reads each stream that the setting `event_streams` names.

A job follows its stream for a while and ends; the next one goes on where it stood, in whichever worker it lands. So a
worker may be drained or killed at any time, and nothing stands still for longer than this schedule's period.
"""

from __future__ import annotations

import time
from hashlib import blake2b
from typing import TYPE_CHECKING

from beat.job import JobSpec
from foundation.settings import get_settings
from schemas import keys
from tasks.resources import resources

if TYPE_CHECKING:
    from redis import Redis

FOLLOW_S = 50
"""How long a job waits for new entries before it ends."""


def due() -> list[JobSpec]:
    """A job for each stream whose last one has ended."""
    redis, settings = resources().redis, get_settings()
    if redis is None:
        return []
    streams = [name.strip() for name in settings.event_streams.split(",") if name.strip()]
    return [_next(redis, stream) for stream in streams if not _under_way(redis, settings.bull_prefix, stream)]


def _under_way(redis: Redis, prefix: str, stream: str) -> bool:
    last = redis.hget(keys.CONSUMERS_SENT, stream)
    if last is None:
        return False
    job = f"{prefix}:bulk:{last.decode()}"  # type: ignore[union-attr]  # the client is not asynchronous
    return bool(redis.exists(job)) and redis.hget(job, "finishedOn") is None


def _next(redis: Redis, stream: str) -> JobSpec:
    name = blake2b(stream.encode(), digest_size=6).hexdigest()
    job_id = f"consume-{name}-{int(time.time() * 1000)}"
    redis.hset(keys.CONSUMERS_SENT, stream, job_id)
    request = {"stream": stream, "followSeconds": FOLLOW_S}
    return JobSpec("bulk", "data.process-event-stream", request, job_id)
