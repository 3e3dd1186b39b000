"""Health by real jobs: one ping a queue every half minute, by the same way that every job goes."""

from __future__ import annotations

import time
from typing import Any

import orjson
from redis import Redis

from beat.job import JobSpec
from schemas import keys
from schemas.primitives import QUEUES, to_millis
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
    options = {"removeOnFail": True}  # a probe that failed is no dead letter
    return [
        JobSpec(queue, f"{queue}.ping", {"echo": job_id}, job_id, deadline=now + PERIOD_MS, options=options)
        for queue in QUEUES
    ]


def _write_down(redis: Redis, now: int) -> None:
    """Add each last probe's fate to its queue's list, newest first; an hour is kept."""
    found: Any = redis.hgetall(keys.PROBES_SENT)
    sent = {queue.decode(): job_id.decode() for queue, job_id in found.items()}
    fates: Any = redis.mget([keys.result(queue, job_id) for queue, job_id in sent.items()]) if sent else []
    pipe = redis.pipeline(transaction=False)
    for queue, fate in zip(sent, fates, strict=True):
        pipe.lpush(keys.probe(queue), orjson.dumps(_fate(now, orjson.loads(fate) if fate else None)))
        pipe.ltrim(keys.probe(queue), 0, _KEPT - 1)
        pipe.expire(keys.probe(queue), 2 * 3600)
    pipe.execute()


def _fate(now: int, meta: dict[str, Any] | None) -> dict[str, object]:
    """From what the probe's polling key holds; the latency is that of the way to the worker."""
    if meta and meta["status"] == "SUCCESS":
        at = to_millis(meta["result"]["at"])
        return {"at": at, "ok": True, "latencyMs": at - meta["jobTimestamp"]}
    why = meta["result"]["message"] if meta else f"no answer in {PERIOD_MS // 1000} s"
    return {"at": now, "ok": False, "latencyMs": None, "error": why}
