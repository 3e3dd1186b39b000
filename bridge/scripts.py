"""BullMQ's own Lua scripts, as commands for pipelines (by digest) and, for the rare paths, through its package."""

from __future__ import annotations

import time
from functools import lru_cache
from pathlib import Path
from typing import Any

import bullmq
import msgpack
from bullmq.backoffs import Backoffs
from bullmq.redis_connection import RedisConnection
from bullmq.scripts import Scripts as BullScripts
from redis.asyncio import Redis

from bridge.job import Job, kept, options_of, whole

_COMMANDS = Path(bullmq.__file__).parent / "commands"
_NAMES = ("wait", "active", "prioritized", "events", "stalled", "limiter", "delayed", "paused", "meta", "pc", "marker")
MAX_STALLED = 1000
_LONGEST_DELAY_MS = 365 * 86_400_000  # times beyond a few years are more than the scripts' doubles hold


# The package's scripts move one job a call. Wrapped in a function they move a batch in one: KEYS and ARGV are its
# parameters, so that the script's own text stays as it is. Each job that the script takes sets the marker that wakes
# the next worker; where nothing is left, it is taken away again.
_TAKE = """
local function once(KEYS, ARGV)
%s
end
local taken = {}
for i = 1, tonumber(ARGV[4]) do
  taken[i] = once(KEYS, ARGV)
  if not taken[i][1] or taken[i][1] == 0 then break end
end
if redis.call('LLEN', KEYS[1]) == 0 and redis.call('ZCARD', KEYS[3]) == 0 then redis.call('ZREM', KEYS[11], '0') end
return taken
"""
_FINISH = """
local function once(KEYS, ARGV)
%s
end
local base = ARGV[1]
local keys = {}
for i, key in ipairs(KEYS) do keys[i] = key end
keys[14] = KEYS[11]
local ends = {}
for i, job in ipairs(cmsgpack.unpack(ARGV[3])) do
  local id, field, value, target, options = unpack(job)
  keys[11], keys[12], keys[13] = base .. target, base .. id, base .. 'metrics:' .. target
  local ok, reply = pcall(once, keys, {id, ARGV[2], field, value, target, '', base, options})
  if ok then ends[i] = reply else ends[i] = tostring(type(reply) == 'table' and reply.err or reply) end
end
return ends
"""


def is_noscript(error: object) -> bool:
    """After a server's restart its script cache is empty; redis-py's error for that lacks the word NOSCRIPT."""
    return type(error).__name__ == "NoScriptError" or "matching script" in str(error)


class Scripts:
    """The scripts of one queue under one bridge's lock token."""

    def __init__(self, redis: Redis, prefix: str, queue: str, token: str, lock_ms: int) -> None:
        self._redis, self._base, self._token, self._lock_ms = redis, f"{prefix}:{queue}:", token, lock_ms
        self._keys = [self._base + name for name in _NAMES]
        self._bull = BullScripts(prefix, queue, RedisConnection(redis, skipVersionCheck=True))
        self._take = self._finish = ""

    def key(self, name: str) -> str:
        return self._base + name

    async def load(self) -> None:
        """Put the hot scripts into the server's cache; again after its restart."""
        self._take = await self._redis.script_load(_TAKE % (_COMMANDS / "moveToActive-11.lua").read_text())
        self._finish = await self._redis.script_load(_FINISH % (_COMMANDS / "moveToFinished-14.lua").read_text())

    async def take(self, count: int) -> list[Any]:
        """Activate up to `count` jobs: [hash as a flat list, id, ...] of each.

        Where there are fewer, the last item is [0, 0, ms to wait for the rate limit, epoch ms of the next delayed job].
        """
        options = msgpack.packb({"token": self._token, "lockDuration": self._lock_ms, "limiter": None})
        arguments = (self._base, _now(), options, count)
        taken: list[Any] = await self._redis.evalsha(self._take, len(self._keys), *self._keys, *arguments)
        return taken

    async def finish(self, rows: list[Any]) -> list[Any]:
        """End jobs by rows of `completion` and `failure`; 0, a negative code, or an error's text for each."""
        arguments = (self._base, _now(), msgpack.packb(rows, use_bin_type=False))
        ends: list[Any] = await self._redis.evalsha(self._finish, len(self._keys), *self._keys, *arguments)
        return ends

    def completion(self, job: Job, value: bytes) -> Any:
        """The row that moves a job to completed with this JSON."""
        return job.id, "returnvalue", value, "completed", self._packed(job, "removeOnComplete")

    def failure(self, job: Job, reason: str) -> Any:
        """The row that moves a job to failed for good."""
        return job.id, "failedReason", reason, "failed", self._packed(job, "removeOnFail")

    def _packed(self, job: Job, keep: str) -> bytes:
        return _packed(job.raw.get(b"opts") or b"{}", keep, job.attempts_made, self._token, self._lock_ms)

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
        delay, kind = whole(backoff.get("delay")), str(backoff.get("type"))
        if kind in Backoffs.builtin_strategies:
            plain = {"type": kind, "delay": delay}
            delay = await Backoffs.calculate(plain, min(job.attempts_made + 1, 64), None, None, None)
        return min(delay, _LONGEST_DELAY_MS)

    async def progress(self, job_id: str, progress: dict[str, Any]) -> None:
        await self._bull.updateProgress(job_id, progress)

    async def renew(self, job_ids: list[str]) -> list[bytes]:
        """Renew the locks; returns the ids that are no longer ours."""
        lost: list[bytes] = await self._bull.extendJobLocks(job_ids, [self._token] * len(job_ids), self._lock_ms)
        return lost

    async def sweep(self, interval_ms: int) -> list[bytes]:
        """Move jobs whose owner is gone back to waiting; returns their ids."""
        return list(await self._bull.moveStalledJobsToWait(MAX_STALLED, interval_ms))


@lru_cache(maxsize=256)
def _packed(opts: bytes, keep: str, attempts_made: int, token: str, lock_ms: int) -> bytes:
    """What moveToFinished wants to know; the same for all jobs that were added with the same options."""
    options = options_of(opts)
    packed: bytes = msgpack.packb(
        {
            "token": token,
            "keepJobs": kept(options.get(keep)),
            "limiter": None,
            "lockDuration": lock_ms,
            "attempts": whole(options.get("attempts")) or 1,
            "attemptsMade": attempts_made,
            "maxMetricsSize": "",
            **{name: bool(options.get(name)) for name in ("fpof", "cpof", "idof", "rdof")},
        }
    )
    return packed


def _now() -> int:
    return int(time.time() * 1000)
