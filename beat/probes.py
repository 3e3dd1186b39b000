"""Health by real jobs: one ping a queue every half minute, by the same way that every job goes."""

from __future__ import annotations

import time
from typing import Any

import orjson
from redis import Redis

from beat.job import JobSpec
from foundation.settings import get_settings
from schemas import keys
from schemas.primitives import QUEUES
from tasks.resources import resources

PERIOD_MS = 30_000
_KEPT = 120


def due() -> list[JobSpec]:
    """The next probe of each queue; how the last ones fared is written down first."""
    redis = resources().redis
    if redis is None:
        return []
    now = int(time.time() * 1000)
    _write_down(redis, now)
    job_id = f"probe-{now}"
    for queue in QUEUES:
        redis.hset(keys.PROBES_SENT, queue, job_id)
    kept = {"removeOnFail": {"age": 2 * PERIOD_MS // 1000}}  # a probe that failed is no dead letter
    return [
        JobSpec(queue, f"{queue}.ping", {"echo": job_id}, job_id, deadline=now + PERIOD_MS, options=kept)
        for queue in QUEUES
    ]


def _write_down(redis: Redis, now: int) -> None:
    """Add each last probe's fate to its queue's list, newest first; an hour is kept."""
    prefix = get_settings().bull_prefix
    found: Any = redis.hgetall(keys.PROBES_SENT)
    sent = {queue.decode(): job_id.decode() for queue, job_id in found.items()}
    pipe = redis.pipeline(transaction=False)
    for queue, job_id in sent.items():
        pipe.hmget(f"{prefix}:{queue}:{job_id}", "timestamp", "finishedOn", "failedReason")
    for queue, fields in zip(sent, pipe.execute(), strict=True):
        pipe.lpush(keys.probe(queue), orjson.dumps(_fate(now, *fields)))
        pipe.ltrim(keys.probe(queue), 0, _KEPT - 1)
        pipe.expire(keys.probe(queue), 2 * 3600)
    pipe.execute()


def _fate(now: int, added: bytes | None, finished: bytes | None, reason: bytes | None) -> dict[str, object]:
    if added and finished and not reason:
        return {"at": int(finished), "ok": True, "latencyMs": int(finished) - int(added)}
    why = reason.decode(errors="replace") if reason else f"no answer in {PERIOD_MS // 1000} s"
    return {"at": now, "ok": False, "latencyMs": None, "error": why}
