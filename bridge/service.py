"""The bridge as a whole: consumers, batches, answers, and the care for what got lost on the way."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from bridge.batches import Batch, Sender, cut
from bridge.consumer import Consumer
from bridge.job import Job
from bridge.metrics import Metrics
from bridge.outcomes import Outcomes
from bridge.patience import persist
from bridge.scripts import Scripts
from foundation import heartbeat
from foundation.errors import Cancelled, DeadlineExceeded, Internal, SobaError, Timeout, from_envelope
from foundation.settings import Settings
from schemas import keys
from schemas.primitives import QUEUES
from tasks.operation import Operation

if TYPE_CHECKING:
    from celery import Celery

log = logging.getLogger(__name__)
_CARE_SECONDS = 1.0
_LOST_SECONDS = 3.0
_LOST_IN_QUEUE_SECONDS = 60.0
_CANCEL_GRACE_SECONDS = 2.0
_RECORD_SECONDS = 2.0
_RECORD_TTL = 15
_SWEEP_MS = 4000


class Bridge:
    """One bridge over all queues; several may run side by side."""

    def __init__(self, settings: Settings, app: Celery, operations: Mapping[str, Operation]) -> None:
        self.id = uuid.uuid4().hex
        self._settings, self._operations = settings, operations
        self._redis, self._replies = self._connect(), self._connect()
        self._metrics = Metrics()
        self._outcomes = Outcomes(self._redis, self._metrics, settings.result_ttl)
        self._sender = Sender(app, self._redis, keys.reply(self.id))
        self._consumers = {queue: self._consumer(queue) for queue in QUEUES}
        self._batches: dict[str, Batch] = {}
        self._limits = dict.fromkeys(QUEUES, settings.bridge_in_flight)
        self._freed = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()
        self._port = 0

    def _connect(self) -> Redis:
        """Without retries of its own: a command that may have been carried out is never given again unseen."""
        url = self._settings.redis_url or "redis://127.0.0.1:6379/0"
        return Redis.from_url(url, retry=Retry(NoBackoff(), 0), socket_timeout=None, socket_keepalive=True)

    def _consumer(self, queue: str) -> Consumer:
        lock_ms = self._settings.bridge_lock_ms
        scripts = Scripts(self._redis, self._settings.bull_prefix, queue, self.id, lock_ms)
        largest = self._settings.bridge_batch
        return Consumer(queue, self._connect(), scripts, 1 if queue == "bulk" else largest)

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop`, then drain: what is under way is answered, nothing new is taken."""
        self._port = self._metrics.serve(self._settings.metrics_host, self._settings.bridge_metrics_port)
        fetching = [self._spawn(self._consume(consumer)) for consumer in self._consumers.values()]
        duties = (self._answers, self._cancels, self._look_after, self._renew, self._sweep, self._record)
        care = [self._spawn(duty()) for duty in duties]
        log.info("bridge %s serves %d operations, metrics on port %d", self.id[:8], len(self._operations), self._port)
        await stop.wait()
        for task in fetching:
            task.cancel()
        await self._drain(care)

    async def _drain(self, care: list[asyncio.Task[None]], limit: float = 25.0) -> None:
        try:
            async with asyncio.timeout(limit), self._freed:
                await self._freed.wait_for(lambda: not self._batches)
        except TimeoutError:
            log.warning("%d batches are left to the bridge that takes their jobs over", len(self._batches))
        for task in care:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._redis.delete(keys.bridge(self.id))
        await self._redis.zrem(keys.BRIDGES, keys.bridge(self.id))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._over)
        return task

    def _over(self, task: asyncio.Task[None]) -> None:
        """A fault in one task ends the process, so that the supervisor sees it and BullMQ gives the jobs back."""
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.critical("a task of the bridge failed", exc_info=error)
            os._exit(70)

    # ---- jobs in

    async def _consume(self, consumer: Consumer) -> None:
        async def room() -> None:
            async with self._freed:
                await self._freed.wait_for(lambda: self._under_way(consumer.queue) < self._limits[consumer.queue])

        async def take(jobs: list[Job]) -> None:
            batches = await self._sorted(consumer, jobs)
            for batch in batches:
                self._batches[batch.id] = batch
                self._metrics.batch.labels(batch.queue).observe(len(batch.jobs))
            for batch in batches:
                await self._sender.send(batch)

        await consumer.run(room, take)

    def _under_way(self, queue: str) -> int:
        return sum(batch.queue == queue for batch in self._batches.values())

    async def _sorted(self, consumer: Consumer, jobs: list[Job]) -> list[Batch]:
        """Batches by operation; what cannot be run is failed here."""
        groups: dict[str, list[Job]] = {}
        refused: list[tuple[Job, SobaError]] = []
        for job in jobs:
            try:
                job.check(self._operations, self._settings.max_payload_bytes)
                groups.setdefault(job.name, []).append(job)
            except SobaError as error:
                refused.append((job, error))
        if refused:
            self._spawn(self._outcomes.end(consumer, [], refused))
        return [batch for name, group in groups.items() for batch in cut(self._operations[name], group)]

    # ---- answers out

    async def _answers(self) -> None:
        handlers: dict[str, Callable[..., Awaitable[None]]] = {
            "batch": self._answered,
            "progress": self._progressed,
            "lost": self._lost,
        }
        while True:
            popped = await persist("answers", lambda: self._replies.blpop([keys.reply(self.id)], 5))
            if popped:
                kind, *rest = orjson.loads(popped[1])
                await handlers[kind](*rest)

    async def _answered(self, batch_id: str, outcomes: list[tuple[bool, Any]], seconds: float) -> None:
        if not (batch := await self._release(batch_id)):
            return
        consumer = self._consumers[batch.queue]
        consumer.learn(len(batch.jobs), seconds)
        pairs = list(zip(batch.jobs, outcomes, strict=True))
        done = [(job, value) for job, (ok, value) in pairs if ok]
        failed = [(job, from_envelope(value)) for job, (ok, value) in pairs if not ok]
        self._spawn(self._outcomes.end(consumer, done, failed))

    async def _progressed(self, queue: str, job_ids: list[str], progress: dict[str, Any]) -> None:
        consumer = self._consumers[queue]
        for job_id in job_ids:
            if job_id in consumer.live:
                try:
                    await persist("progress", partial(consumer.scripts.progress, job_id, progress))
                except TypeError as error:  # the package's way to say that the job is gone
                    log.info("no progress for %s:%s: %s", queue, job_id, error)

    async def _lost(self, batch_id: str, why: str) -> None:
        """A pool process ended with the batch in hand: one by one the jobs show which of them was at fault."""
        if not (batch := await self._release(batch_id)):
            return
        if len(batch.jobs) > 1:
            log.warning("batch %s (%d jobs) was lost by a %s: sent one by one", batch.id, len(batch.jobs), why)
            for job in batch.jobs:
                await self._resend(Batch(batch.operation, [job]))
            return
        limit = f"{batch.operation.name} took longer than its limit of {batch.operation.time_limit:g} s"
        crash = f"the process that ran {batch.operation.name} died each time"
        error = Timeout(limit) if why == "timeout" else Internal(crash)
        self._spawn(self._outcomes.end(self._consumers[batch.queue], [], [(batch.jobs[0], error)]))

    async def _release(self, batch_id: str) -> Batch | None:
        async with self._freed:
            batch = self._batches.pop(batch_id, None)
            self._freed.notify_all()
        return batch

    async def _resend(self, batch: Batch) -> None:
        batch.seen = time.time()
        self._batches[batch.id] = batch
        self._metrics.resend(batch.queue)
        await self._sender.send(batch)

    # ---- cancellation

    async def _cancels(self) -> None:
        while True:
            try:
                async with self._redis.pubsub() as channel:
                    await channel.subscribe(keys.CANCEL_CHANNEL)
                    while True:
                        message = await channel.get_message(ignore_subscribe_messages=True, timeout=5)
                        if message:
                            queue, _, job_id = message["data"].decode(errors="replace").partition(":")
                            await self._cancel(queue, job_id)
            except (RedisError, OSError) as error:
                log.warning("cancel channel: %s; subscribing again", str(error)[:120])
                await asyncio.sleep(0.3)

    async def _cancel(self, queue: str, job_id: str) -> None:
        """Fail the job at once; a batch that it had to itself is stopped, first by word, then by signal."""
        consumer = self._consumers.get(queue)
        job = consumer.live.get(job_id) if consumer else None
        if consumer is None or job is None:
            return
        await self._outcomes.end(consumer, [], [(job, Cancelled("the job was cancelled while it ran"))])
        for batch in tuple(self._batches.values()):
            if batch.jobs == [job]:
                self._spawn(self._stop(batch))

    async def _stop(self, batch: Batch) -> None:
        await asyncio.sleep(_CANCEL_GRACE_SECONDS)
        if batch.id in self._batches:
            await self._sender.revoke(batch)
            await self._release(batch.id)

    # ---- care

    async def _look_after(self) -> None:
        """Send again what no worker has and no queue holds; see deadlines and cancels that came by another way."""
        while True:
            await asyncio.sleep(_CARE_SECONDS)
            overdue = [b for b in tuple(self._batches.values()) if time.time() - b.seen > _CARE_SECONDS]
            if overdue:
                await self._look_at(overdue)

    async def _look_at(self, overdue: list[Batch]) -> None:
        async def ask() -> list[Any]:
            pipe = self._redis.pipeline(transaction=False)
            for batch in overdue:
                pipe.exists(keys.claim(batch.id))
                pipe.llen(batch.queue)
                pipe.exists(keys.cancel(batch.queue, batch.jobs[0].id))
            answers: list[Any] = await pipe.execute()
            return answers

        answers = iter(await persist("claims", ask))
        now = time.time()
        for batch, claimed, queued, cancelled in zip(overdue, answers, answers, answers, strict=False):
            if cancelled and len(batch.jobs) == 1:
                await self._cancel(batch.queue, batch.jobs[0].id)
            if claimed:
                batch.seen = now
                continue
            late = [job for job in batch.jobs if job.deadline is not None and job.deadline < now * 1000]
            if late:
                error = DeadlineExceeded("the deadline passed before the work was begun")
                await self._outcomes.end(self._consumers[batch.queue], [], [(job, error) for job in late])
            if now - batch.seen > (_LOST_IN_QUEUE_SECONDS if queued else _LOST_SECONDS) and batch.id in self._batches:
                log.warning("batch %s of %s (%d jobs) is lost: sent again", batch.id, batch.queue, len(batch.jobs))
                await self._resend(batch)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._settings.bridge_lock_ms / 3000)
            for consumer in self._consumers.values():
                if ids := list(consumer.live):
                    await self._attempt("renew locks", partial(consumer.scripts.renew, ids))

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_MS / 1000)
            for consumer in self._consumers.values():
                await self._attempt("sweep stalled jobs", partial(consumer.scripts.sweep, _SWEEP_MS - 500))

    async def _attempt(self, what: str, action: Callable[[], Awaitable[Any]]) -> None:
        """Something that is done again soon anyway."""
        try:
            await action()
        except (RedisError, OSError) as error:
            log.warning("%s: %s", what, str(error)[:120])

    # ---- record

    async def _record(self) -> None:
        while True:
            await self._attempt("record", self._tell)
            await asyncio.sleep(_RECORD_SECONDS)

    async def _tell(self) -> None:
        await self._count_capacity()
        queues = {queue: await self._measure(queue) for queue in QUEUES}
        record = {
            "id": self.id,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "at": int(time.time() * 1000),
            "metricsPort": self._port,
            "queues": queues,
        }
        name, ends = keys.bridge(self.id), time.time() + _RECORD_TTL
        await self._redis.set(name, orjson.dumps(record), ex=_RECORD_TTL)
        await self._redis.zadd(keys.BRIDGES, {name: ends})
        await self._redis.zremrangebyscore(keys.BRIDGES, 0, time.time())
        heartbeat.beat()

    async def _measure(self, queue: str) -> dict[str, Any]:
        consumer, count = self._consumers[queue], self._under_way(queue)
        pipe = self._redis.pipeline(transaction=False)
        pipe.llen(consumer.scripts.key("wait"))
        pipe.zcard(consumer.scripts.key("prioritized"))
        pipe.lindex(consumer.scripts.key("wait"), -1)
        waiting, prioritized, oldest = await pipe.execute()
        stamp = await self._redis.hget(consumer.scripts.key(oldest.decode()), "timestamp") if oldest else None
        age = max(0, int(time.time() * 1000) - int(stamp)) if stamp else 0
        metrics = self._metrics
        metrics.waiting.labels(queue).set(waiting + prioritized)
        metrics.active.labels(queue).set(len(consumer.live))
        metrics.oldest.labels(queue).set(age / 1000)
        metrics.in_flight.labels(queue).set(count)
        return {
            "waiting": waiting + prioritized,
            "active": len(consumer.live),
            "oldestAgeMs": age,
            "inFlight": count,
            "done": metrics.done.get(queue, 0),
            "failed": metrics.failed.get(queue, 0),
            "resends": metrics.resent.get(queue, 0),
        }

    async def _count_capacity(self) -> None:
        """Have as many batches under way as keep every pool process of a queue's workers busy, and one more."""
        names: Any = await self._redis.zrangebyscore(keys.WORKERS, time.time(), "+inf")
        records = [orjson.loads(found) for found in (await self._redis.mget(names) if names else []) if found]
        for queue in QUEUES:
            processes = sum(record["concurrency"] for record in records if record["queue"] == queue)
            self._limits[queue] = max(self._settings.bridge_in_flight, processes + 1)
