"""BullMQ's own Lua scripts, as commands for pipelines (by digest) and, for the rare paths, through its package."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import bullmq
import msgpack
from bullmq.backoffs import Backoffs
from bullmq.redis_connection import RedisConnection
from bullmq.scripts import Scripts as BullScripts
from redis.asyncio import Redis

from bridge.job import Job, kept

_COMMANDS = Path(bullmq.__file__).parent / "commands"
_ACTIVE = ("wait", "active", "prioritized", "events", "stalled", "limiter", "delayed", "paused", "meta", "pc", "marker")
MAX_STALLED = 1000


def is_noscript(error: object) -> bool:
    """After a server's restart its script cache is empty; redis-py's error for that lacks the word NOSCRIPT."""
    return type(error).__name__ == "NoScriptError" or "matching script" in str(error)


class Scripts:
    """The scripts of one queue under one bridge's lock token."""

    def __init__(self, redis: Redis, prefix: str, queue: str, token: str, lock_ms: int) -> None:
        self._redis, self._base, self._token, self._lock_ms = redis, f"{prefix}:{queue}:", token, lock_ms
        self._keys = [self._base + name for name in _ACTIVE]
        self._bull = BullScripts(prefix, queue, RedisConnection(redis, skipVersionCheck=True))
        self._activate = self._finish = ""

    def key(self, name: str) -> str:
        return self._base + name

    async def load(self) -> None:
        """Put the hot scripts into the server's cache; again after its restart."""
        self._activate = await self._redis.script_load((_COMMANDS / "moveToActive-11.lua").read_text())
        self._finish = await self._redis.script_load((_COMMANDS / "moveToFinished-14.lua").read_text())

    def activate(self) -> tuple[Any, ...]:
        """The command that takes one job: [hash as a flat list or 0, id, rate limit ms, next delayed ms]."""
        options = msgpack.packb({"token": self._token, "lockDuration": self._lock_ms, "limiter": None})
        return ("EVALSHA", self._activate, len(self._keys), *self._keys, self._base, _now(), options)

    def complete(self, job: Job, value: str) -> tuple[Any, ...]:
        """The command that moves a job to completed with this JSON text."""
        return self._finished(job, value, "returnvalue", "completed", kept(job.opts.get("removeOnComplete")))

    def fail(self, job: Job, reason: str) -> tuple[Any, ...]:
        """The command that moves a job to failed for good."""
        return self._finished(job, reason, "failedReason", "failed", kept(job.opts.get("removeOnFail")))

    def _finished(self, job: Job, value: str, field: str, target: str, keep: dict[str, int]) -> tuple[Any, ...]:
        names = [*self._keys[:10], self.key(target), self.key(job.id), self.key(f"metrics:{target}"), self._keys[10]]
        options = msgpack.packb(
            {
                "token": self._token,
                "keepJobs": keep,
                "limiter": None,
                "lockDuration": self._lock_ms,
                "attempts": job.attempts,
                "attemptsMade": job.attempts_made,
                "maxMetricsSize": "",
                "fpof": bool(job.opts.get("fpof")),
                "cpof": bool(job.opts.get("cpof")),
                "idof": bool(job.opts.get("idof")),
                "rdof": bool(job.opts.get("rdof")),
            }
        )
        arguments = (job.id, _now(), field, value, target, "", self._base, options)
        return ("EVALSHA", self._finish, len(names), *names, *arguments)

    async def retry(self, job: Job, reason: str) -> None:
        """Back to waiting, or to delayed by the job's backoff."""
        fields = {"failedReason": reason, "stacktrace": "[]"}
        delay = await self._delay(job)
        if delay > 0:
            options = {"fieldsToUpdate": fields}
            await self._bull.moveToDelayed(job.id, _now(), delay, self._token, options)
        else:
            await self._bull.retryJob(job.id, bool(job.opts.get("lifo")), self._token, {"fieldsToUpdate": fields})

    @staticmethod
    async def _delay(job: Job) -> int:
        """Milliseconds before the next attempt; a strategy that only Node knows waits for the plain delay."""
        backoff = Backoffs.normalize(job.opts.get("backoff"))
        if not isinstance(backoff, dict):
            return 0
        if backoff.get("type") not in Backoffs.builtin_strategies:
            return int(backoff.get("delay") or 0)
        return int(await Backoffs.calculate(backoff, job.attempts_made + 1, None, None, None) or 0)

    async def progress(self, job_id: str, progress: dict[str, Any]) -> None:
        await self._bull.updateProgress(job_id, progress)

    async def renew(self, job_ids: list[str]) -> list[bytes]:
        """Renew the locks; returns the ids that are no longer ours."""
        lost: list[bytes] = await self._bull.extendJobLocks(job_ids, [self._token] * len(job_ids), self._lock_ms)
        return lost

    async def sweep(self, interval_ms: int) -> list[bytes]:
        """Move jobs whose owner is gone back to waiting; returns their ids."""
        return list(await self._bull.moveStalledJobsToWait(MAX_STALLED, interval_ms))


def _now() -> int:
    return int(time.time() * 1000)
